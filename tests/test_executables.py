"""Programs that the system can start, and those that it cannot, found before anything runs."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from ksweep.errors import InputError, Where
from ksweep.executables import find_program

PATH = "/usr/bin:/bin"


def script(folder: Path, content: bytes, name: str = "a.sh") -> str:
    file = folder / name
    file.write_bytes(content)
    file.chmod(0o755)
    return f"./{name}"


def starts(program: str, folder: Path) -> bool:
    """Whether the system starts it, and what it names as well."""
    try:
        code = subprocess.run(
            [program], cwd=folder, env={"PATH": PATH}, capture_output=True
        ).returncode
    except OSError:
        return False
    return code not in (126, 127)


def test_programs_are_found_before_anything_runs(tmp_path: Path) -> None:
    program = tmp_path / "bin/tool"
    program.parent.mkdir()
    program.write_text("#!/bin/sh\n")
    with pytest.raises(InputError, match="tool"):
        find_program("tool", str(tmp_path), str(program.parent))  # not executable
    program.chmod(0o755)
    find_program("tool", str(tmp_path), str(program.parent))
    find_program("bin/tool", str(tmp_path), "")
    with pytest.raises(InputError, match="nowhere"):
        find_program("nowhere", str(tmp_path), str(program.parent))


@pytest.mark.parametrize(
    "content",
    [
        b"#!/bin/sh\n", b"#! /bin/sh -e\nexit 3\n", b"#!\t/bin/sh\t\n", b"#!/usr/bin/env sh\n",
        b"#!/usr/bin/env -S sh -e\n", b"#!/usr/bin/env -S A=1 sh\n", b"#!/bin/sh", b"#!inner/sh\n",
    ],
)  # fmt: skip
def test_scripts_that_start(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "inner").symlink_to("/bin")
    program = script(tmp_path, content)
    assert starts(program, tmp_path)
    find_program(program, str(tmp_path), PATH)


@pytest.mark.parametrize(
    ("content", "what"),
    [
        (b"#!/bin/sh\r\necho\r\n", "`#!/bin/sh`, ends in a carriage return, as on Windows; run"),
        (b"#!/usr/bin/env sh\r\n", "`#!/usr/bin/env sh`, ends in a carriage return"),
        (b"echo acc: 1\n", "it has no first line `#!"),
        (b"", "it is empty"),
        (b"\xef\xbb\xbf#!/bin/sh\n", "a byte order mark stands before its `#!`"),
        (b"#!\n", "its first line names no interpreter"),
        (b"#!/opt/none/python -u\n", "`#!/opt/none/python -u`, asks for /opt/none/python, which is no program"),
        (b"#!/tmp\n", "asks for /tmp, which is no program here"),
        (b"#!/usr/bin/env python9\n", "asks for `python9`, which is not in PATH (/usr/bin:/bin)"),
        (b"#!/usr/bin/env sh -e\n", "asks for `sh -e` as one name (`env -S` splits words)"),
        (b"#!/usr/bin/env -S A=1 python9 -u\n", "asks for `python9`"),
    ],
)  # fmt: skip
def test_scripts_that_do_not(tmp_path: Path, content: bytes, what: str) -> None:
    program = script(tmp_path, content)
    assert not content or not starts(program, tmp_path)
    with pytest.raises(InputError) as caught:
        find_program(program, str(tmp_path), PATH, Where("range", 2))
    assert str(caught.value).startswith(f"range:2: {tmp_path}/a.sh cannot be started: ")
    assert what in str(caught.value)


def test_the_interpreter_may_be_a_script_and_the_program_in_path(tmp_path: Path) -> None:
    script(tmp_path, b"#!/opt/none\n", "outer")
    script(tmp_path, f"#!{tmp_path}/outer\n".encode(), "tool")
    with pytest.raises(InputError, match=f"{tmp_path}/outer cannot be started"):
        find_program("tool", "/", f"{tmp_path}:/bin")


def test_what_is_no_text_is_left_to_the_system(tmp_path: Path) -> None:
    find_program(script(tmp_path, b"MZ\0\0"), str(tmp_path), PATH)
    find_program("/bin/true", "/", "")


def test_what_is_no_program(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="is a directory"):
        find_program("./", str(tmp_path), PATH)
    program = script(tmp_path, b"#!/bin/sh\n")
    (tmp_path / "a.sh").chmod(0o644)
    with pytest.raises(InputError, match="may not be executed; run `chmod"):
        find_program(program, str(tmp_path), PATH)
