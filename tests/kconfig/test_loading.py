"""What a Kconfig tree may run, and how much of it is read."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from ksweep.errors import InputError
from ksweep.kconfig import Tree, tools

ONE = 'config A\n\tbool "a"\n'


def tree_of(directory: Path, text: str, shell: bool = True) -> Tree:
    (directory / "Kconfig").write_text(text)
    return Tree(directory / "Kconfig", shell)


SHELLS = {
    "in a default": 'config B\n\tstring\n\tdefault "$(shell,touch mark)"\n',
    "in a variable": "x := $(shell,touch mark)\n",
    "behind another": 'c = touch\nx = $(shell,$(c) mark)\nconfig B\n\tstring\n\tdefault "$(x)"\n',
    "in a prompt": 'config B\n\tbool "$(shell,touch mark)"\n',
}


@pytest.mark.parametrize("case", SHELLS)
def test_without_a_shell_nothing_runs(
    case: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(InputError) as caught:
        tree_of(tmp_path, ONE + SHELLS[case], shell=False)
    assert caught.value.what == "$(shell,touch mark) would run a program"
    assert caught.value.fix == "allow it: leave out --no-shell"
    used = "$(x)" if "behind" in case else "$(shell"
    line = 3 + SHELLS[case].partition(used)[0].count("\n")
    assert str(caught.value.where) == f"{tmp_path}/Kconfig:{line}"
    assert not (tmp_path / "mark").exists()
    tree_of(tmp_path, ONE + SHELLS[case])
    assert (tmp_path / "mark").exists()


def test_a_shell_that_is_not_used_is_no_error(tmp_path: Path) -> None:
    tree = tree_of(tmp_path, "x = $(shell,touch mark)\n" + ONE, shell=False)
    assert tree.render()


def test_editing_without_a_shell(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "Kconfig").write_text(ONE + SHELLS["in a variable"])
    for edit in (tools.olddefconfig, tools.oldconfig):
        with pytest.raises(InputError, match="would run a program"):
            edit("Kconfig", shell=False)
    with pytest.raises(InputError, match="would run a program"):
        tools.defconfig("Kconfig", None, shell=False)


def test_functions_of_a_module(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "ownfunctions.py").write_text(
        "def fail(kconf, name):\n    raise LookupError('gone')\n"
        "functions = {'fail': (fail, 0, 0), 'none': (lambda *_: None, 0, 0)}\n"
    )
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.setenv("KCONFIG_FUNCTIONS", "ownfunctions")
    with pytest.raises(InputError, match="KCONFIG_FUNCTIONS: the Python module `ownfunctions`"):
        tree_of(tmp_path, ONE, shell=False)
    with pytest.raises(InputError, match=r"Kconfig:1: \$\(fail\) failed: LookupError: gone"):
        tree_of(tmp_path, "x := $(fail)\n" + ONE)
    with pytest.raises(InputError, match=r"Kconfig:1: \$\(none\) gives no text"):
        tree_of(tmp_path, "x := $(none)\n" + ONE)


DEEP = {
    "if": "if A\n" * 1_000 + 'config X\n\tbool "x"\n' + "endif\n" * 1_000,
    "menu": 'menu "m"\ndepends on A\n' * 500 + 'config X\n\tbool "x"\n' + "endmenu\n" * 500,
    "terms": 'config X\n\tbool "x"\n\tdepends on ' + " || ".join("A" * 5_000) + "\n",
    "parentheses": f'config X\n\tbool "x"\n\tdepends on {"(" * 900}A{")" * 900}\n',
    "not": f'config X\n\tbool "x"\n\tdepends on {"!" * 3_000}A\n',
    "depends": 'config X\n\tbool "x"\n' + "\tdepends on A\n" * 3_000,
    "select": 'config X\n\tbool "x"\n'
    + "".join(f'config S{n}\n\tbool "s"\n\tselect Y\n' for n in range(2_000))
    + "config Y\n\tbool\n",
    "chain": 'config X\n\tbool "x"\n\tdepends on C0\n'
    + "".join(f'config C{n}\n\tbool "c"\n\tdepends on C{n + 1}\n' for n in range(1_000))
    + 'config C1000\n\tbool "c"\n',
    "macros": "".join(f"m{n} = $(m{n + 1})\n" for n in range(1_000))
    + 'm1000 = y\nconfig X\n\tbool "x"\n\tdefault $(m0)\n',
}


@pytest.mark.parametrize("case", DEEP)
def test_deep_trees_are_resolved(case: str, tmp_path: Path) -> None:
    assert "CONFIG_A" in tree_of(tmp_path, ONE + DEEP[case]).render()[0]


def test_too_deep_a_tree_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"Kconfig:\d+: .*nested too deeply; .*`ulimit -s`"):
        tree_of(tmp_path, ONE + "if A\n" * 30_000)


ENDLESS = {
    "doubling": "".join(f"m{n} = $(m{n + 1})$(m{n + 1})\n" for n in range(40)) + "x := $(m0)\n",
    "growing": "m0 := aaaa\n" + "".join(f"m{n + 1} := $(m{n})$(m{n})\n" for n in range(40)),
}


@pytest.mark.parametrize("case", ENDLESS)
def test_macros_that_explode(case: str, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="expands to too much; look for macros that name each"):
        tree_of(tmp_path, ENDLESS[case])


def test_what_is_no_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    os.mkfifo("fifo")
    with open("huge", "wb") as file:
        file.truncate(1 << 32)
    for name, reason in {
        "fifo": "it is a FIFO",
        "/dev/zero": "it is a device",
        ".": "Is a directory",
        "huge": "it has more than 16,777,216 bytes",
    }.items():
        with pytest.raises(InputError, match=f"{name}: cannot read the Kconfig file: {reason}"):
            Tree(name)
        with pytest.raises(InputError, match=f"Kconfig:3: .*{reason}"):
            tree_of(tmp_path, ONE + f'source "{name}"\n')
        tree = tree_of(tmp_path, ONE)
        with pytest.raises(InputError, match=f"{name}: cannot read the base .*: {reason}"):
            tree.load_base(name)
        (tmp_path / ".config").unlink(missing_ok=True)
        (tmp_path / ".config").symlink_to(name)
        with pytest.raises(InputError, match=f".config: cannot read the conf.*: {reason}"):
            tools.olddefconfig("Kconfig")
    assert tree_of(tmp_path, ONE).load_base("/dev/null") == ()


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ('menu "m"\n\tbool "a"\nendmenu\n', 4),
        ('comment "c"\n\tprompt "a"\n\tprompt "b"\n', 4),
        ('menu "m"\n\tmodules\nendmenu\n', 4),
        ("if A\n\ttransitional\nendif\n", 4),
        ("\tdepends on A if\n", 3),
        ("\tdepends on A if A A\n", 3),
    ],
)
def test_properties_where_they_do_not_belong(text: str, line: int, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=rf"Kconfig:{line}: couldn't parse"):
        tree_of(tmp_path, ONE + text)


WITHOUT_ENVIRONMENT = {
    'source "arch/$(OWN_ARCH)/Kconfig"\n': ("'arch//Kconfig' not found", "OWN_ARCH, srctree"),
    'source "arch/$OWN_ARCH/Kconfig"\n': (r"'arch/\$OWN_ARCH/Kc", "OWN_ARCH, srctree"),
    "$(error-if,y,no compiler $(OWN_CC))\n": ("no compiler", "OWN_CC"),
    "cc := $(OWN_CC)\n$(error-if,y,no $(cc))\n": ("no", "OWN_CC"),
    "config $(OWN_NAME)\n": ("couldn't parse .*", "OWN_NAME"),
}


@pytest.mark.parametrize("text", WITHOUT_ENVIRONMENT)
def test_what_fails_for_want_of_the_environment(
    text: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("srctree", raising=False)
    what, names = WITHOUT_ENVIRONMENT[text]
    fix = f"set {names} in the environment, or correct the Kconfig file"
    line = 2 + text.count("\n")
    with pytest.raises(InputError, match=rf"Kconfig:{line}: {what}.*; {fix}$"):
        tree_of(tmp_path, ONE + text)
    for name in names.split(", "):
        monkeypatch.setenv(name, "")
    with pytest.raises(InputError, match=r"; correct the Kconfig file$"):
        tree_of(tmp_path, ONE + text)


LOOPS = {
    "\tdepends on B\nconfig B\n\tbool\n\tdefault A\n": "1: a dependency loop: A → B → A",
    "\tdepends on A || B\nconfig B\n\tbool\n": "1: a dependency loop: A → A",
    '\tdepends on T\nconfig T\n\ttristate "t"\n\tdepends on A || !A || A = m\n': None,
    '\tdepends on T\nconfig T\n\tint "t"\n\tdepends on !A || C || A = y\n': None,
    "\tdepends on A if A\n": None,
    "\tdepends on T || !T\nconfig T\n\ttristate\n\tdefault A\n": "1: .*: A → T → A",
    "\tdepends on !!A || A\n": "1: a dependency loop: A → A",
}


@pytest.mark.parametrize("text", LOOPS)
def test_dependency_loops(text: str, tmp_path: Path) -> None:
    if LOOPS[text] is None:
        assert tree_of(tmp_path, ONE + text).render()
        return
    with pytest.raises(InputError, match=f"Kconfig:{LOOPS[text]}; remove one of these"):
        tree_of(tmp_path, ONE + text)


def test_an_error_of_the_whole_tree_is_at_its_symbol(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"Kconfig:3: the int symbol B has a malformed default"):
        tree_of(tmp_path, ONE + "config B\n\tint\n\tdefault A && A\n")


def test_files_that_double(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("ksweep.kconfig.loading._FILES", 500)
    for number in range(30):
        next_one = f'source "k{number + 1}"\n'
        (tmp_path / f"k{number}").write_text(next_one * 2)
    (tmp_path / "k30").write_text('comment "end"\n')
    with pytest.raises(InputError, match="more than 500 files are read; source each file once"):
        tree_of(tmp_path, ONE + 'source "k0"\n')
