"""What is wrong with a range file is said with its line and what to do, word by word."""

from __future__ import annotations

from pathlib import Path

import pytest

from ksweep import rangefile
from ksweep.errors import InputError
from ksweep.space import Space

KCONFIG = """\
config S
	string "s"
config T
	string "t"
config I
	int "i"
	range 0 1000
config H
	hex "h"
config B
	bool "b"
config C
	bool "c"
"""

CASES = [
    ("CONFIG_S=1:0:3", "range:1: `1:0:3` has a step of 0; write a step such as `1:1:3`"),
    ("CONFIG_S=1:-1:3", "range:1: the step of `1:-1:3` leads away from its end; write `1:1:3`"),
    ("CONFIG_S=3:1:1", "range:1: the step of `3:1:1` leads away from its end; write `3:-1:1`"),
    (
        "CONFIG_S=0:*2:8",
        "range:1: `0:*2:8` starts at 0, which no factor changes; start above 0 and write the 0 beside it: `0|1:*2:8`",
    ),
    (
        "CONFIG_S=1:*1:8",
        "range:1: `1:*1:8` has the factor 1; it must be above 0 and not 1; write a factor such as `1:*2:8`",
    ),
    (
        "CONFIG_S=1:*-2:8",
        "range:1: `1:*-2:8` has the factor -2; it must be above 0 and not 1; write a factor such as `1:*2:8`",
    ),
    (
        "CONFIG_S=1:*0:8",
        "range:1: `1:*0:8` has the factor 0; it must be above 0 and not 1; write a factor such as `1:*2:8`",
    ),
    ("CONFIG_S=1||2", 'range:1: there is an empty choice; remove the separator, or write ""'),
    ("CONFIG_S=|1", 'range:1: there is an empty choice; remove the separator, or write ""'),
    ("CONFIG_S=1|", 'range:1: there is an empty choice; remove the separator, or write ""'),
    (
        "CONFIG_S=1|2|1",
        "range:1: CONFIG_S has the value `1` twice; remove one, or shorten the range",
    ),
    (
        "CONFIG_I=7|007",
        "range:1: CONFIG_I has the value `7` twice; remove one, or shorten the range",
    ),
    (
        "CONFIG_S=a\nCONFIG_S=b",
        "range:2: CONFIG_S is already set at range:1; keep one of the two lines",
    ),
    (
        "(CONFIG_S, CONFIG_T)=(1, 2)|(3)",
        "range:1: row 2, (3), has 1 values for 2 symbols; write 2 values in every row",
    ),
    (
        'CONFIG_S="abc',
        'range:1: the quote in column 10 is not closed; close it with " (a quote inside quotes is \\")',
    ),
    (
        "CONFIG_S=a b",
        'range:1: `a b` has white space and no quotes; write "a b", or leave the white space out',
    ),
    ('CONFIG_S="a\\n"', "range:1: `\\n` in quotes is not an escape; write `\\\\n` for a backslash"),
    ("CONFIG_S=a\x01b", "range:1: there is a control character ('\\x01') in column 11; remove it"),
    (
        "CONFIG_S=uniform(0, 1)",
        "range:1: CONFIG_S=uniform(0, 1) is a distribution, which the grid method cannot list; write values (1|2|3 or start:step:end), or choose a method that samples: random, qmc, tpe or nsga2",
    ),
    (
        "CONFIG_S=uniform(2, 1)",
        "range:1: `uniform(2, 1)` has its ends the wrong way round; write uniform(1, 2)",
    ),
    (
        "CONFIG_S=loguniform(0, 1)",
        "range:1: `loguniform(0, 1)` starts at 0 or below, which has no logarithm; start above 0, or use uniform",
    ),
    (
        "CONFIG_S=1|uniform(0,1)",
        'range:1: `uniform(0,1)` cannot be mixed with other values; write it alone, or in quotes ("uniform(0,1)") if the text is meant',
    ),
    (
        "CONFIG_S=uniform(0)",
        "range:1: `uniform(0)` does not have two numbers; write uniform(LOW, HIGH) with numbers",
    ),
    (
        "CONFIG_NOPE=1",
        "range:1: CONFIG_NOPE is not defined in Kconfig; define it in Kconfig or remove the line",
    ),
    (
        "CONFIG_I=abc",
        "range:1: CONFIG_I is an int and `abc` is not one; write a whole number such as 4",
    ),
    (
        "CONFIG_I=1:*1.5:10",
        "range:1: `1:*1.5:10` has values that are not whole numbers, and the symbol is an int; write `1:1:5`, say",
    ),
    (
        "CONFIG_I=1:0.5:3",
        "range:1: `1:0.5:3` has values that are not whole numbers, and the symbol is an int; write `1:1:5`, say",
    ),
    (
        "CONFIG_H=xyz|1",
        "range:1: CONFIG_H is a hex and `xyz` is not one; write a hexadecimal number such as 0x1f",
    ),
    ("CONFIG_B=maybe|n", "range:1: CONFIG_B is a bool and `maybe` is not one; write y or n"),
    (
        "CONFIG_I=2000|3",
        "range:1: CONFIG_I can never be 2000 (int at Kconfig:5); it allows 0 to 1000",
    ),
    (
        "CONFIG_SWEEP_JOBS=1|2",
        "range:1: CONFIG_SWEEP_JOBS is a setting of the sweep, which cannot vary; write one value, in quotes if it has |, : or * in it",
    ),
    ("exclude if", 'range:1: the expression is empty; write A && B > 1 || C = "text", say'),
    ("exclude if S >", "range:1: `S >` breaks off; complete it"),
    (
        "exclude if NOPE = 1",
        "range:1: CONFIG_NOPE is not defined in Kconfig; define it in Kconfig or remove the line",
    ),
    ("exclude if eval(1)", "range:1: there is no function `eval`; there are min, max, ceil"),
    ("exclude if CONFIG_S = 1", "range:1: `CONFIG_S` has its CONFIG_; write S"),
    (
        "hello",
        'range:1: `hello` is none of the forms of a line; write CONFIG_X=1|2, CONFIG_A|CONFIG_B=y, (CONFIG_A, CONFIG_B)=(1, 2)|(3, 4), exclude if …, source "…", rsource "…" or a comment behind #',
    ),
    ("S=1", "range:1: the name `S` does not begin with CONFIG_; write CONFIG_S"),
    ("config_S=1", "range:1: the name `config_S` does not begin with CONFIG_; write CONFIG_S"),
    ("CONFIG_S = 1", "range:1: there is white space around `=`; write CONFIG_S=1"),
    (
        "CONFIG_B|CONFIG_C=n",
        "range:1: one of several symbols can only be y at a time, not `n`; write CONFIG_B|CONFIG_C=y, or a line for every symbol",
    ),
    (
        "CONFIG_B|CONFIG_C=y",
        "range:1: CONFIG_B is not in one choice with CONFIG_C; name members of one Kconfig choice (CONFIG_B is defined at Kconfig:10)",
    ),
    (
        "(CONFIG_S, CONFIG_T)=(1, 2)|(1, 2)",
        "range:1: the row (1, 2) is repeated; remove one of the two",
    ),
    (
        "(CONFIG_S, CONFIG_T)=1|2",
        "range:1: linked symbols need rows in parentheses, and there is `1|2`; write rows such as (1, 2)|(3, 4)",
    ),
    (
        "CONFIG_S=*",
        'range:1: `*` is every value, and a string has no end of them; write the values, or "*" in quotes if the text is meant',
    ),
    (
        "CONFIG_H=*",
        "range:1: `*` lists values, and CONFIG_H is a hex without a range (Kconfig:8); write the values, or give it a range in Kconfig",
    ),
    (
        'source "nowhere"',
        "range:1: `nowhere` cannot be read: No such file or directory; `source` is relative to $srctree, `rsource` to the file that it is in",
    ),
    ('rsource "range"', "range:1: `range` is included in a circle; remove this line"),
    ("", "range: the file is empty; write a line such as CONFIG_X=1|2"),
    ('CONFIG_S="a" b', 'range:1: there is `b` behind "a"; put all of it in quotes, or `|` between'),
    (
        'CONFIG_S="x" # ok\nCONFIG_I=1:1:3|bad',
        "range:2: CONFIG_I is an int and `bad` is not one; write a whole number such as 4",
    ),
    (
        "exclude if I / 0 > 1\nCONFIG_I=1|2",
        "range:1: there is a division by zero in `I / 0 > 1`; test the divisor before",
    ),
    (
        'exclude if S < "x"\nCONFIG_S=a|b',
        'range:1: the text "a" cannot be ordered in `S < "x"`; compare text with `=` or `!=`',
    ),
    (
        "(CONFIG_S CONFIG_T)=(1, 2)",
        'range:1: `(CONFIG_S CONFIG_T)=(1, 2)` is none of the forms of a line; write CONFIG_X=1|2, CONFIG_A|CONFIG_B=y, (CONFIG_A, CONFIG_B)=(1, 2)|(3, 4), exclude if …, source "…", rsource "…" or a comment behind #',
    ),
    (
        "CONFIG_S=a|b c",
        'range:1: `b c` has white space and no quotes; write "b c", or leave the white space out',
    ),
    (
        'exclude if "a',
        'range:1: the quote in column 12 is not closed; close it with " (a quote inside quotes is \\")',
    ),
    ("source nowhere", 'range:1: the path behind `source` has no quotes; write source "nowhere"'),
    ("rsource", 'range:1: `rsource` names no file; write rsource "common-range", say'),
    (
        "(CONFIG_S, CONFIG_S)=(1,2)|(3,4)",
        "range:1: CONFIG_S is named twice; name every symbol once",
    ),
    (
        "CONFIG_B=y\n# CONFIG_B is not set",
        "range:2: CONFIG_B is already set at range:1; keep one of the two lines",
    ),
]


@pytest.mark.parametrize(("text", "message"), CASES, ids=[repr(text) for text, _ in CASES])
def test_message(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str, message: str) -> None:
    monkeypatch.chdir(tmp_path)
    Path("Kconfig").write_text(KCONFIG)
    Path("range").write_text(f"{text}\n" if text else "")
    with pytest.raises(InputError) as caught:
        Space(rangefile.read(Path("range"), Path()), "Kconfig").enumerate(100)
    assert str(caught.value) == message


def test_all_mistakes_of_a_file_are_told_at_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("range").write_text('CONFIG_S=1||2\nCONFIG_T="open\nCONFIG_I=1:1:3\n')
    with pytest.raises(InputError) as caught:
        rangefile.read(Path("range"), Path())
    assert [line.partition(" ")[0] for line in str(caught.value).splitlines()] == [
        "range:1:",
        "range:2:",
    ]


def test_other_bytes_than_utf8_are_an_error(tmp_path: Path) -> None:
    (tmp_path / "range").write_bytes(b"CONFIG_S=\xff\n")
    with pytest.raises(InputError, match=r"range:1?:? ?.*UTF-8"):
        rangefile.read(tmp_path / "range", Path())
