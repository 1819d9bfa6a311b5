"""The command of a trial: split, checked, filled in, found."""

from __future__ import annotations

import pytest

from ksweep.command import Template
from ksweep.errors import InputError, Where

HERE = Where("range", 3)


def expanded(text: str, **values: str) -> tuple[str, ...]:
    template = Template.parse(text, HERE)
    return template.expand(values, config="/c/config.txt", directory="/d", name="config_001")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("python3 train.py", ("python3", "train.py")),
        ("a 'b c' \"d e\" f\\ g", ("a", "b c", "d e", "f g")),
        ("p --lr={LR} {dir}/x {name} {config}", ("p", "--lr=1e-3; rm -rf /", "/d/x", "config_001", "/c/config.txt")),
        ("p {{LR}} x{{}}", ("p", "{LR}", "x{}")),
        ("p [{GONE}]", ("p", "[]")),
    ],
)  # fmt: skip
def test_expansion(text: str, words: tuple[str, ...]) -> None:
    assert expanded(text, LR="1e-3; rm -rf /") == words


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            "p 'open",
            "range:3: the command `p 'open` cannot be split into words: no closing quotation; ",
        ),
        ("p {LR", "range:3: "),
        ("p LR}", "range:3: "),
        ("  ", "range:3: CONFIG_SWEEP_COMMAND is empty"),
    ],
)
def test_malformed(text: str, message: str) -> None:
    with pytest.raises(InputError) as caught:
        Template.parse(text, HERE)
    assert str(caught.value).startswith(message)


@pytest.mark.parametrize(
    ("text", "fragments"),
    [
        ("p {LRR}", ["range:3: ", "LRR", "LR"]),
        ("sh -c 'echo {LR}'", ["range:3: ", "$CONFIG_LR"]),
        ("/bin/bash -ec 'echo {LR}'", ["$CONFIG_LR"]),
        ("env sh -c 'echo {LR}'", ["$CONFIG_LR"]),
    ],
)
def test_wrong_in_this_kconfig(text: str, fragments: list[str]) -> None:
    with pytest.raises(InputError) as caught:
        Template.parse(text, HERE).check(["LR", "EPOCHS"])
    assert all(fragment in str(caught.value) for fragment in fragments)


def test_a_shell_may_have_symbols_behind_its_script() -> None:
    Template.parse("sh -c 'echo $1' sh {LR}", HERE).check(["LR"])
    assert Template.parse("sh -c 'echo $CONFIG_LR'", HERE).symbols == {"LR"}
