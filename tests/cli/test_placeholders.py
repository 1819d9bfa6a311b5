"""What a command's placeholders become, from the Kconfig tree to the words of the program."""

from __future__ import annotations

from pathlib import Path

import pytest

from cli.conftest import Ksweep

KCONFIG = """\
choice OPTIMIZER
	prompt "Optimizer"
config OPT_SGD
	bool "SGD"
config OPT_ADAM
	bool "Adam"
endchoice
choice
	prompt "Goal"
config CC_FAST
	bool "fast"
config CC_SMALL
	bool "small"
endchoice
choice
	prompt "Level"
config CC_LEVEL_ONE
	bool "one"
config CC_LEVEL_TWO
	bool "two"
endchoice
choice
	prompt "Way"
config WAY_IN_A
	bool "a"
endchoice
choice
	prompt "Another way"
config WAY_OUT_A
	bool "a"
endchoice
config BETA
	string "beta"
	depends on OPT_ADAM
	default "0.9"
config AMP
	bool "amp"
config LR
	string "rate"
	default "0.1"
"""
PROGRAM = 'for word; do printf "[%s]" "$word"; done\necho; echo "score: 1"\n'
AXES = (
    'CONFIG_LR="1e-3"\nCONFIG_OPT_SGD|CONFIG_OPT_ADAM=y\nCONFIG_BETA=0.8\n'
    "CONFIG_AMP=y|n\nCONFIG_CC_SMALL=y\n"
)


def words(project: Path, ksweep: Ksweep, command: str) -> list[str]:
    """What the trials' programs are given, in their order."""
    (project / "Kconfig").write_text(KCONFIG)
    (project / "program.sh").write_text(PROGRAM)
    line = f'CONFIG_SWEEP_COMMAND="sh program.sh {command}"\nCONFIG_SWEEP_METRIC="score"\n'
    (project / "range").write_text(line + AXES)
    done = ksweep("sweep", "range")
    assert done.returncode == 0, done.stderr
    logs = sorted((project / "test_matrix_results/latest").glob("config_*/output.log"))
    return [log.read_text().splitlines()[0] for log in logs]


def test_a_choice_is_named_by_itself_or_by_what_its_members_begin_with(
    project: Path, ksweep: Ksweep
):
    found = words(project, ksweep, "{OPT} {OPTIMIZER:lower} {--goal CC} {--beta BETA} {--amp AMP}")
    assert found == [
        "[SGD][sgd][--goal][SMALL][--amp]",
        "[SGD][sgd][--goal][SMALL]",
        "[ADAM][adam][--goal][SMALL][--beta][0.8][--amp]",
        "[ADAM][adam][--goal][SMALL][--beta][0.8]",
    ]


def test_all_arguments_in_the_order_of_the_range_file(project: Path, ksweep: Ksweep):
    found = words(project, ksweep, "{args}")
    assert found == [
        "[--lr=1e-3][--optimizer=SGD][--amp=true][--cc=SMALL]",
        "[--lr=1e-3][--optimizer=SGD][--amp=false][--cc=SMALL]",
        "[--lr=1e-3][--optimizer=ADAM][--beta=0.8][--amp=true][--cc=SMALL]",
        "[--lr=1e-3][--optimizer=ADAM][--beta=0.8][--amp=false][--cc=SMALL]",
    ]


@pytest.mark.parametrize(
    ("command", "message"),
    [
        ("p {LRR}", "range:1: the command has {LRR}, which is neither a symbol nor a choice nor one"),
        ("p {LR:bool}", "range:1: the command has {LR:bool}, and LR is not a symbol that is y or n"),
        ("p {WAY}", "range:1: the command has {WAY}, with which the members of 2 choices begin"),
        ("sh -c 'echo {dir}'", "range:1: {dir} stands inside the script of a shell"),
    ],
)  # fmt: skip
def test_mistakes_are_found_at_generation(
    project: Path, ksweep: Ksweep, command: str, message: str
):
    (project / "Kconfig").write_text(KCONFIG)
    (project / "range").write_text(f'CONFIG_SWEEP_COMMAND="{command}"\n{AXES}')
    for verb in ("show", "generate"):
        done = ksweep(verb, "range")
        assert done.returncode == 2
        assert message in done.stderr
    assert not (project / "sweep_configs").exists()
