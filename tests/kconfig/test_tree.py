"""Loading, bases, rendering and identity."""

from __future__ import annotations

import hashlib
from contextlib import chdir
from pathlib import Path

import pytest

from ksweep.errors import InputError, Where
from ksweep.kconfig import Tree

HERE = Where("range", 1)


def tree_of(directory: Path, text: str) -> Tree:
    path = directory / "Kconfig"
    path.write_text(text)
    return Tree(path)


def test_properties_of_modern_kernels_are_tolerated_and_lines_keep_their_numbers(
    tmp_path: Path,
) -> None:
    tree = tree_of(
        tmp_path,
        'config MODULES\n\tbool "Modules"\n\tmodules\n\tdefault y\n'
        "config OLD\n\tbool\n\ttransitional\n"
        'config LAST\n\ttristate "Last"\n'
        "\thelp\n\t  Names modules and\n\t  transitional\n\t  things.\n"
        'config AFTER\n\tbool "After"\n',
    )
    last = tree.symbol("LAST", HERE)
    assert last.where.line == 8
    assert tree.symbol("AFTER", HERE).where.line == 14
    last.assign("m")
    assert last.refusal("m") is None
    assert "CONFIG_LAST=m" in tree.render()[0]


def test_syntax_error_has_the_parsers_position(tmp_path: Path) -> None:
    with pytest.raises(InputError) as caught:
        tree_of(tmp_path, 'config A\n\tbool "A"\nconfigure B\n')
    assert str(caught.value).startswith(f"{tmp_path}/Kconfig:3: couldn't parse 'configure B'")


def test_dependency_loop_is_an_error(tmp_path: Path) -> None:
    text = 'config A\n\tbool "A"\n\tdepends on B\nconfig B\n\tbool "B"\n\tdepends on A\n'
    with pytest.raises(InputError, match=r"Kconfig:1: a dependency loop: A → B → A; "):
        tree_of(tmp_path, text)


@pytest.mark.parametrize("name", ["missing", "."])
def test_unreadable_kconfig_is_an_error(tmp_path: Path, name: str) -> None:
    with pytest.raises(InputError, match=r"cannot read the Kconfig file: .*--kconfig"):
        Tree(tmp_path / name)


def test_missing_source_names_the_line_of_the_source(tmp_path: Path) -> None:
    with pytest.raises(InputError) as caught:
        tree_of(tmp_path, 'source "nowhere/Kconfig"\n')
    assert f"{tmp_path}/Kconfig:1: " in str(caught.value)
    assert "nowhere/Kconfig" in str(caught.value)


def test_texts_of_any_encoding(tmp_path: Path) -> None:
    for head in (b"", b"\xef\xbb\xbf"):
        (tmp_path / "Kconfig").write_bytes(head + b'config A\n\tbool "\xff"\nsource "more"\n')
        (tmp_path / "more").write_bytes(head + 'config B\n\tstring "b"\n\tdefault "é"\n'.encode())
        (tmp_path / "base").write_bytes(head + b"CONFIG_A=y\n")
        with chdir(tmp_path):
            tree = Tree("Kconfig")
            assert tree.load_base("base") == ()
            assert [line for line in tree.render()[0].splitlines() if line[0] != "#"] == [
                "CONFIG_A=y",
                'CONFIG_B="é"',
            ]


def test_no_module_is_imported_from_the_current_directory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "kconfigfunctions.py").write_text("raise SystemExit('imported')\n")
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(tmp_path)
    assert tree_of(tmp_path, 'config A\n\tbool "A"\n').has("A")
    monkeypatch.setenv("KCONFIG_FUNCTIONS", "kconfigfunctions")
    with pytest.raises(SystemExit, match="imported"):
        Tree(tmp_path / "Kconfig")


def test_the_settings_can_be_sourced_by_any_project(tmp_path: Path) -> None:
    tree = tree_of(tmp_path, 'source "$(KSWEEP)/Kconfig.sweep"\nconfig A\n\tbool "A"\n')
    assert tree.has("SWEEP_COMMAND")


def test_unknown_symbol_names_the_nearest(tmp_path: Path) -> None:
    tree = tree_of(tmp_path, 'config BATCH_SIZE\n\tint "B"\n')
    with pytest.raises(InputError) as caught:
        tree.symbol("BATCHSIZE", Where("range", 7))
    assert str(caught.value).startswith("range:7: CONFIG_BATCHSIZE is not defined in ")
    assert str(caught.value).endswith("; did you mean CONFIG_BATCH_SIZE?")


BASE_TREE = """
config MODULES
	bool "modules"
	modules
config SMALL
	int "small"
	range 1 3
config BELOW
	int "below"
	range 0 LIMIT
config LIMIT
	int "limit"
	default 5
config TAKES
	bool "takes"
	default y
	select TAKEN
config TAKEN
	bool "taken"
config OFF
	bool "off"
config HIDDEN
	int "hidden"
	depends on OFF
config AXIS
	bool "an axis"
config UNDER_AXIS
	int "under it"
	depends on AXIS
	range 1 9
config TEXT
	string "text"
config DERIVED
	int
	default 7
choice
	prompt "one"
config ONE
	bool "1"
config TWO
	bool "2"
endchoice
config DRIVER
	tristate "driver"
"""
UNTAKEN = {
    "CONFIG_SMALL=9": "1 to 3 is allowed",
    "CONFIG_BELOW=7": "outside its range here, 0 to 5 (CONFIG_LIMIT); it is empty",
    "# CONFIG_TAKEN is not set": "CONFIG_TAKES selects it; it is y",
    "CONFIG_HIDDEN=4": "OFF is not met",
    "CONFIG_UNDER_AXIS=10": "1 to 9 is allowed",
    "CONFIG_TEXT=plain": "it is no string",
    "CONFIG_DERIVED=8": "it follows from other symbols and is 7",
    "CONFIG_ONE=y": "its choice selects CONFIG_TWO; it is n",
    "CONFIG_DRIVER=m": "CONFIG_MODULES is n, which leaves no m; it is y",
    "CONFIG_LIMIT=many": "it is no int",
    "CONFIG_OFF=maybe": "it is no bool",
}


def test_each_base_line_that_does_not_hold_is_told_once(tmp_path: Path) -> None:
    tree = tree_of(tmp_path, BASE_TREE)
    text = "".join(f"{line}\n" for line in UNTAKEN)
    assert tree.load_base("base", f"{text}CONFIG_TWO=y\nCONFIG_GONE=y\nnothing\n") == (
        "base:13: attempt to assign the value 'y' to the undefined symbol GONE",
        "base:14: ignoring malformed line 'nothing'",
    )
    assert tree.untaken_base(["AXIS"]) == tuple(
        f"base:{number}: {line} does not hold: {reason}"
        for number, (line, reason) in enumerate(UNTAKEN.items(), 1)
    )


def test_base_lines_that_hold_or_may_hold(tmp_path: Path) -> None:
    tree = tree_of(tmp_path, BASE_TREE)
    text = 'CONFIG_UNDER_AXIS=5\n# CONFIG_TAKEN is not set\nCONFIG_ONE=y\nCONFIG_TEXT="t"\n'
    assert tree.load_base("base", text + "# CONFIG_HIDDEN is not set\n") == ()
    assert tree.untaken_base(["AXIS", "TAKES", "TWO"]) == ()
    assert len(tree.untaken_base([])) == 2
    rendered = tree.render()[0]
    tree.load_base("base", rendered)
    assert tree.untaken_base([]) == ()


def test_unreadable_base_is_an_error(tmp_path: Path) -> None:
    tree = tree_of(tmp_path, 'config A\n\tbool "A"\n')
    with pytest.raises(InputError, match="nowhere: cannot read the base configuration"):
        tree.load_base(tmp_path / "nowhere")
    (tmp_path / "base").write_bytes(b"CONFIG_A=y\n# \xff\n")
    with pytest.raises(InputError, match=r"base:2: cannot read the base .*: it is not UTF-8"):
        tree.load_base(tmp_path / "base")


def test_identity_is_of_the_resolved_values_in_canonical_form(tmp_path: Path) -> None:
    tree = tree_of(
        tmp_path,
        'config Z\n\tint "Z"\n\tdefault 7\nconfig H\n\thex "H"\n\tdefault 0x0AB\n'
        'config S\n\tstring "S"\n\tdefault "a\\"b"\nconfig B\n\tbool "B"\n'
        'config HIDDEN\n\tbool "Hidden"\n\tdepends on B\n'
        'config SWEEP_JOBS\n\tint "not part of it"\n\tdefault 4\n',
    )
    text, identity = tree.render()
    expected = 'B=n\nH=0xab\nS=a"b\nZ=7\n'
    assert identity == hashlib.sha256(expected.encode()).hexdigest()[:12]
    assert "CONFIG_SWEEP_JOBS=4" in text
    assert "HIDDEN" not in text


def test_restoring_a_choice_also_forgets_its_selection(tmp_path: Path) -> None:
    tree = tree_of(
        tmp_path,
        'choice\n\tprompt "C"\n\tdefault SGD\n'
        'config SGD\n\tbool "SGD"\nconfig ADAM\n\tbool "Adam"\nendchoice\n',
    )
    before = tree.render()
    choice = tree.choice(tree.symbol("ADAM", HERE))
    choice.assign("ADAM")
    assert choice.refusal("ADAM") is None
    assert tree.render() != before
    choice.restore()
    assert tree.render() == before


def test_digest_follows_the_contents_of_all_files(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "sub").write_text('config A\n\tbool "A"\n')
    (tmp_path / "Kconfig").write_text('source "sub"\n')
    first = Tree("Kconfig")
    assert first.files == ("Kconfig", "sub")
    (tmp_path / "sub").write_text('config A\n\tbool "B"\n')
    assert Tree("Kconfig").digest != first.digest
