"""The command of a trial: split, checked, filled in, found."""

from __future__ import annotations

import sys

import pytest

from ksweep.command import Names, Template, Values
from ksweep.errors import InputError, Where

HERE = Where("range", 3)


NAMES = Names(
    {"OPT": {"OPT_SGD": "SGD", "OPT_ADAM": "ADAM"}, "GONE_ONE": {"GONE_ONE_A": "A"}},
    ("LR", "AMP", "OPT", "GONE", "HIDDEN", "OFF", "MOD", "GONE_ONE"),
)
SPELLED = {
    "LR": '"1e-3; rm -rf /"', "AMP": "y", "OFF": "n", "MOD": "m", "N": "3", "EMPTY": '""',
    "OPT_SGD": "n", "OPT_ADAM": "y", "Y": '"y"', "HIDDEN": "7",
}  # fmt: skip
LR = "1e-3; rm -rf /"


def expanded(text: str) -> tuple[str, ...]:
    template = Template.parse(text, HERE)
    values = Values(SPELLED, NAMES, {"HIDDEN"})
    return template.expand(values, config="/c/config.txt", directory="/d", name="config_001")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("python3 train.py", ("python3", "train.py")),
        ("a 'b c' \"d e\" f\\ g", ("a", "b c", "d e", "f g")),
        ("p --lr={LR} {dir}/x {name} {config}", ("p", f"--lr={LR}", "/d/x", "config_001", "/c/config.txt")),
        ("p {{LR}} x{{}} {{a b}}", ("p", "{LR}", "x{}", "{a", "b}")),
        ("p [{GONE}] {GONE} {EMPTY}", ("p", "[]", "", "")),
        ("{python} {N}", (sys.executable, "3")),
        ("p {OPT} {OPT:lower} -{OPT}- {GONE_ONE}", ("p", "ADAM", "adam", "-ADAM-", "")),
        ("p {AMP} {OFF} {AMP:bool} {OFF:bool} {MOD:bool} {GONE:bool}", ("p", "y", "n", "true", "false", "true", "false")),
        ("p {--lr LR} {--n=N} {optim.n=N}", ("p", "--lr", LR, "--n=3", "optim.n=3")),
        ("p {--lr GONE} {--n=GONE} {-e EMPTY} {e=EMPTY} {--o GONE_ONE} q", ("p", "q")),
        ("p {--amp AMP} {--off OFF} {--mod MOD} {--y Y}", ("p", "--amp", "--mod", "m", "--y", "y")),
        ("p {--amp=AMP} {--off=OFF} {--off OFF:bool}", ("p", "--amp=y", "--off=n", "--off", "false")),
        ("p {--opt OPT} {--opt=OPT:lower} {a=b=N}", ("p", "--opt", "ADAM", "--opt=adam", "a=b=3")),
        ("p '{--n   N}' \"{-n\tN}\"", ("p", "--n", "3", "-n", "3")),
        ("p {args} q", ("p", f"--lr={LR}", "--amp=true", "--opt=ADAM", "--off=false", "--mod=m", "q")),
    ],
)  # fmt: skip
def test_expansion(text: str, words: tuple[str, ...]) -> None:
    assert expanded(text) == words


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            "p 'open",
            "range:3: the command `p 'open` cannot be split into words: no closing quotation; ",
        ),
        ("p {LR", "range:3: "),
        ("p LR}", "range:3: "),
        ("p x{--lr LR}", "range:3: the command has {--lr LR} inside the word `x{--lr LR}`"),
        ("p {args}x", "range:3: the command has {args} inside the word"),
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
        ("p {LRR}", ["range:3: ", "{LRR}", "{LR}"]),
        ("p {--x LRR}", ["{LRR}", "{LR}"]),
        ("awk '{print $1}'", ["{print $1}", "{{ and }} for braces"]),
        ("p {LR:upper}", ["{LR:upper}"]),
        ("p {LR:bool}", ["LR is not a symbol that is y or n"]),
        ("p {OPT:bool}", ["OPT is not a symbol that is y or n"]),
        ("p {--out=dir}", ["{dir} has neither a form nor an option"]),
        ("sh -c 'echo {LR}'", ["range:3: ", '"$CONFIG_LR"']),
        ("sh -c 'echo {config}'", ['"$KCONFIG_CONFIG"']),
        ("sh -c 'echo {dir}'", ['"$KSWEEP_DIR"']),
        ("sh -c '{python} x'", ["sh {python}"]),
        ("/bin/bash -ec 'echo {LR}'", ["$CONFIG_LR"]),
        ("env sh -c 'echo {LR}'", ["$CONFIG_LR"]),
    ],
)
def test_wrong_in_this_kconfig(text: str, fragments: list[str]) -> None:
    with pytest.raises(InputError) as caught:
        Template.parse(text, HERE).check({"LR": False, "EPOCHS": False, "AMP": True}, ["OPT"])
    assert all(fragment in str(caught.value) for fragment in fragments)


def test_a_shell_may_have_symbols_behind_its_script() -> None:
    Template.parse("sh -c 'echo $1' sh {LR} {OPT} {args}", HERE).check({"LR": False}, ["OPT"])
    assert Template.parse("sh -c 'echo $CONFIG_LR'", HERE).symbols == {"LR"}
