"""The Makefile: what each target calls, and that values reach the command as they were given."""

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
MAKEFILE = (ROOT / "Makefile").read_text()
RULES = re.findall(r"^([a-z%][a-z%_-]*):(.*)\n((?:\t.*\n)*)", MAKEFILE, re.MULTILINE)
TARGETS = {
    "help", "menuconfig", "oldconfig", "olddefconfig", "defconfig", "%_defconfig",
    "savedefconfig", "list-defconfigs", "sweep", "sweep-list", "sweep-show", "sweep-generate",
    "sweep-run", "sweep-parallel", "sweep-resume", "sweep-status", "sweep-watch",
    "sweep-leaderboard", "sweep-analyze", "sweep-report", "sweep-dashboard", "sweep-compare",
    "sweep-refine",
    "sweep-clean", "check", "lint", "test", "chaos", "fuzz", "bench",
    "clean", "mrproper",
}  # fmt: skip


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A directory with the Makefile and a stand-in for .venv that writes the words that it gets."""
    shutil.copy(ROOT / "Makefile", tmp_path)
    (tmp_path / "scripts").mkdir()
    (tmp_path / "scripts" / "with_venv.sh").write_text('printf "%s\\n" "$@"\nexit ${CODE:-0}\n')
    return tmp_path


def make(project: Path, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    inherited = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    return subprocess.run(
        ["make", *arguments],
        cwd=project,
        env=inherited | environment,
        capture_output=True,
        text=True,
    )


def words(project: Path, *arguments: str, **environment: str) -> list[str]:
    done = make(project, *arguments, **environment)
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()


def test_there_are_the_published_targets_and_no_others():
    assert {name for name, _, _ in RULES} == TARGETS


def test_a_recipe_is_one_line_and_its_target_is_described():
    for name, rest, recipe in RULES:
        assert recipe.count("\n") <= 1, name
        assert re.search(r" ## \S", rest), name


@pytest.mark.parametrize("target", sorted(TARGETS))
def test_no_target_is_hidden_by_a_file_of_its_name(project: Path, target: str):
    name = target.replace("%", "small")
    (project / name).touch()
    assert words(project, "-n", name)[0].startswith(("exec ", "cd ", "rm ", "awk "))


@pytest.mark.parametrize("goal", [["help"], []], ids=["help", "default"])
def test_help_lists_every_target_with_one_line(project: Path, goal: list[str]):
    lines = words(project, *goal)
    listed = [match[1] for line in lines if (match := re.match(r"  (\S+)  +\S", line))]
    assert len(listed) == len(set(listed))
    assert set(listed) == TARGETS
    assert max(map(len, lines)) <= 100


@pytest.mark.parametrize(
    ("arguments", "command"),
    [
        ("menuconfig", "config menuconfig"),
        ("oldconfig KCONFIG=K", "config oldconfig --kconfig K"),
        ("olddefconfig", "config olddefconfig"),
        ("defconfig", "config defconfig"),
        ("defconfig DEFCONFIG=x", "config defconfig x"),
        ("small_defconfig", "config defconfig small_defconfig"),
        ("savedefconfig", "config savedefconfig"),
        ("list-defconfigs", "config list"),
        ("sweep RANGE_CONFIG=r", "sweep r"),
        (
            "sweep RANGE_CONFIG=r CONFIG_DIR=c OUTPUT_DIR=o KCONFIG=K METHOD=tpe TRIALS=9 JOBS=2 MAX_RUNS=3",
            "sweep r -o c --output-dir o --kconfig K --method tpe --trials 9 -j 2 --max-runs 3",
        ),
        ("sweep-parallel RANGE_CONFIG=r PARALLEL=4 JOBS=2", "sweep r -j 4"),
        ("sweep-parallel RANGE_CONFIG=r JOBS=2", "sweep r -j 2"),
        ("sweep-list KCONFIG=K", "list --kconfig K"),
        ("sweep-show RANGE_CONFIG=r KCONFIG=K METHOD=qmc", "show r --kconfig K --method qmc"),
        ("sweep-show RANGE_CONFIG=r OUTPUT_DIR=o JOBS=4", "show r --output-dir o -j 4"),
        ("sweep-generate RANGE_CONFIG=r CONFIG_DIR=c TRIALS=5", "generate r -o c --trials 5"),
        ("sweep-run", "run --config-dir sweep_configs"),
        (
            "sweep-run CONFIG_DIR=c OUTPUT_DIR=o JOBS=2 MAX_RUNS=3",
            "run --config-dir c --output-dir o -j 2 --max-runs 3",
        ),
        ("sweep-resume", "resume"),
        ("sweep-resume TRIALS=90", "resume --trials 90"),
        (
            "sweep-resume RESULTS=s CONFIG_DIR=c OUTPUT_DIR=o JOBS=0 MAX_RUNS=3",
            "resume s --config-dir c --output-dir o -j 0 --max-runs 3",
        ),
        ("sweep-status RESULTS=s", "status s"),
        ("sweep-watch OUTPUT_DIR=o", "watch --output-dir o"),
        ("sweep-leaderboard RESULTS=s", "leaderboard s"),
        ("sweep-analyze", "analyze"),
        ("sweep-report OUTPUT_DIR=o", "report --output-dir o"),
        ("sweep-dashboard RESULTS=s", "dashboard s"),
        ("sweep-compare", "compare"),
        ("sweep-compare RESULTS=s OUTPUT_DIR=o", "compare s --output-dir o"),
        ("sweep-refine RESULTS=s OUTPUT_DIR=o", "refine s --output-dir o"),
        ("sweep-clean CONFIG_DIR=c", "clean -o c"),
    ],
)
def test_a_target_calls_its_verb_with_what_was_given(project: Path, arguments: str, command: str):
    expected = ["run", "ksweep", *command.split()]
    assert words(project, *arguments.split()) == expected
    assert words(project, *arguments.split(), "ARGS=--json -x") == [*expected, "--json", "-x"]


def test_an_expression_is_one_word_in_quotes(project: Path):
    where = "OPT_ADAM && LEARNING_RATE < 0.01"
    found = words(project, "sweep-leaderboard", "RESULTS=s", f"ARGS=--where '{where}' --csv")
    assert found == ["run", "ksweep", "leaderboard", "s", "--where", where, "--csv"]


def test_a_variable_of_the_environment_counts_like_one_of_the_command_line(project: Path):
    assert words(project, "sweep", RANGE_CONFIG="r", JOBS="3")[-2:] == ["-j", "3"]


@pytest.mark.parametrize(
    "value",
    ["two words", "it's", '"quoted"', "a;touch x", "$(touch x)", "$(shell touch x)", "`touch x`",
     "$HOME", "a$$b", "*", "a\\b", "a,b", "(c)", "a # b", "a&&b|c>d", "-x"],
)  # fmt: skip
@pytest.mark.parametrize("variable", ["RANGE_CONFIG", "CONFIG_DIR"])
def test_a_value_reaches_the_command_as_it_is(project: Path, variable: str, value: str):
    assert value in words(project, "sweep", f"{variable}={value}")
    assert value in words(project, "sweep", **{variable: value})
    assert not (project / "x").exists()


def test_a_line_break_in_a_value_starts_no_command(project: Path):
    assert make(project, "sweep", "RANGE_CONFIG=a\ntouch x\n").returncode
    assert not (project / "x").exists()


def test_the_tools_run_with_the_development_environment(project: Path):
    lint = ["dev", "sh", "-c", "ruff check && ruff format --check && mypy"]
    test = ["dev", "pytest", "--cov=ksweep"]
    assert words(project, "lint") == lint
    assert words(project, "test", "ARGS=-k name") == [*test, "-k", "name"]
    assert words(project, "check") == [*lint, *test]
    assert words(project, "-j4", "check") == [*lint, *test]
    chaos = 'cd tests && exec python -m chaos "$@"'
    assert words(project, "chaos", "ARGS=--seed 1") == [
        "dev",
        "sh",
        "-c",
        chaos,
        "chaos",
        "--seed",
        "1",
    ]
    fuzz = 'cd tests && exec python -m fuzz all "$@"'
    assert words(project, "fuzz") == ["dev", "sh", "-c", fuzz, "fuzz"]
    assert words(project, "bench") == ["dev", "python", "-m", "benchmarks"]


def test_a_failing_command_fails_and_what_follows_does_not_run(project: Path):
    done = make(project, "check", CODE="1")
    assert done.returncode == 2
    assert "pytest" not in done.stdout


def test_recipes_are_shown_only_with_v(project: Path):
    shown = "sh ./scripts/with_venv.sh run ksweep list"
    assert shown not in make(project, "sweep-list").stdout
    assert shown not in make(project, "sweep-list", "V=0").stdout
    assert shown in make(project, "sweep-list", "V=1").stdout


def test_programs_find_the_environment_that_make_was_called_in(project: Path):
    (project / "scripts" / "with_venv.sh").write_text("env\n")
    callers = {"JOBS": "3", "TRIALS": "x", "V": "0", "VIRTUAL_ENV": "/mine"}
    told = ["RANGE_CONFIG=r", "METHOD=grid", "CONFIG_DIR=c", "ARGS=-x"]
    lines = words(project, "sweep", *told, **callers)
    noise = {"_", "PWD", "OLDPWD", "SHLVL", "KSWEEP_MAKE"}  # the last is for ksweep alone
    found = {name: text for line in lines for name, _, text in [line.partition("=")]}
    known = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    assert {name: found[name] for name in found.keys() - noise} == known | callers


def test_from_another_directory_the_scripts_are_those_beside_the_makefile(project: Path):
    other = project / "other"
    other.mkdir()
    (other / "Makefile").write_text("include ../Makefile\nmine:\n\t@echo mine\n")
    assert words(other) == ["mine"]
    expected = ["run", "ksweep", "sweep", "r"]
    assert words(other, "sweep", "RANGE_CONFIG=r") == expected
    assert words(other, "-f", "../Makefile", "sweep", "RANGE_CONFIG=r") == expected
    assert words(other, "-f", str(project / "Makefile"))[0].startswith("  help ")
    assert words(other, "-f", "../Makefile", "lint")[0] == "dev"
    (other / "build").mkdir()
    (project / "build").mkdir()
    words(other, "-f", "../Makefile", "clean")
    assert (other / "build").exists()
    assert not (project / "build").exists()


def grown(project: Path) -> Path:
    """Everything that using a checkout leaves behind."""
    results = project / "test_matrix_results" / "sweep_1" / "__pycache__"
    for path in (results, project / "ksweep" / "__pycache__", project / ".venv"):
        path.mkdir(parents=True)
    for name in (".config", ".config.old", ".coverage", ".coveragerc"):
        (project / name).touch()
    return results


def test_clean_leaves_configuration_environment_and_results(project: Path):
    results = grown(project)
    assert words(project, "clean") == []
    assert not (project / "ksweep" / "__pycache__").exists()
    assert not (project / ".coverage").exists()
    kept = [results, *(project / name for name in (".config", ".venv", ".coveragerc"))]
    assert all(path.exists() for path in kept)


def test_clean_removes_configurations_through_the_command(project: Path):
    (project / "sweep_configs").mkdir()
    assert words(project, "clean") == ["run", "ksweep", "clean"]


def test_mrproper_leaves_results_only(project: Path):
    results = grown(project)
    assert words(project, "mrproper") == []
    assert results.exists()
    assert not any((project / name).exists() for name in (".config", ".config.old", ".venv"))
