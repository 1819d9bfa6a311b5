"""A finer range file around the best, from results directories of real range files."""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Callable, Mapping
from contextlib import chdir
from dataclasses import replace
from pathlib import Path

import pytest
from agreement import golden
from analysis.making import made
from hypothesis import given, settings
from hypothesis import strategies as st

from ksweep import plan, rangefile
from ksweep import settings as settings_
from ksweep.analysis.overview import overview
from ksweep.analysis.ranking import choose_basis, rank
from ksweep.client import read_config
from ksweep.errors import InputError
from ksweep.model import Goal, Objective, Result, Settings, TrialState
from ksweep.report.reading import config_reader, read_view
from ksweep.report.refined import RangeSource, refined_text
from ksweep.space import Space
from ksweep.store import ConfigDir, Entry, Results

KCONFIG = """\
config LR
	string "Learning rate"
	default "1e-3"

config BATCH
	int "Batch size"
	range 1 128
	default 16

config ADDRESS
	hex "Address"
	range 0x0 0xff
	default 0x10

config MODEL
	string "Model"

config AMP
	bool "Mixed precision"

choice
	prompt "Optimizer"

config OPT_SGD
	bool "SGD"

config OPT_ADAM
	bool "Adam"

config OPT_RMS
	bool "RMSprop"

endchoice

config MOMENTUM
	string "Momentum"
	depends on OPT_SGD
	default "0.9"

config NESTEROV
	bool "Nesterov"
	depends on OPT_SGD

config WARMUP
	int "Warmup"

config RAMP
	int "Ramp"
	depends on AMP

config SEED
	int "Seed"
"""
Score = Callable[[Mapping[str, str]], float | None]


def read(text: str) -> tuple[rangefile.RangeFile, Space]:
    Path("range").write_text(text)
    found = rangefile.read(Path("range"), Path())
    return found, Space(found, "Kconfig")


def swept(text: str, score: Score) -> Results:
    """A results directory of a range file; a trial without a score has failed."""
    Path("Kconfig").write_text(KCONFIG)
    return ended(*read(text), score, Path())


def ended(found: rangefile.RangeFile, space: Space, score: Score, out: Path) -> Results:
    """The same of a space, in the directory `out`."""
    held = settings_.resolve({}, found.settings, None)
    with ConfigDir(str(out / "configs")).staged() as staged:
        plan.generation(space, held, found, 20_000).write(staged)
    document = json.loads(Path(out, "configs/sweep.json").read_text())
    for key in ("version", "kind", "configurations"):
        document.pop(key, None)
    listed = json.loads(Path(out, "configs/sweep.json").read_text())["configurations"]
    entries = [Entry(one["name"], one["id"], one["params"]) for one in listed]
    trials = [(entry, Path(out, "configs", entry.base).read_text()) for entry in entries]
    results = Results.create(str(out / "results"), document, trials)
    for entry in results.entries:
        value = score(entry.params)
        results.trial(entry).write_result(_result(entry, value, held))
    return Results.open(results.path, str(out / "results"))


def _result(entry: Entry, value: float | None, held: Settings) -> Result:
    metrics = {} if value is None else dict.fromkeys(held.query.names, value)
    status = TrialState.FAILED if value is None else TrialState.SUCCESS
    return replace(
        made(1, status), name=entry.name, id=entry.id, params=dict(entry.params), metrics=metrics
    )


def refined(results: Results) -> str:
    view = read_view(results)
    source = RangeSource(results)
    source.check(view)
    ranking = rank(view.results, choose_basis(view.results, view.settings))
    return refined_text(source, view, overview(view, ranking), config_reader(results))


def lines_of(text: str) -> list[str]:
    """What is no comment."""
    return [line for line in text.split("\n") if line and not line.startswith("# ")]


@pytest.fixture(autouse=True)
def _in_a_directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def test_every_kind_of_line_has_its_place():
    text = """\
CONFIG_SWEEP_COMMAND="train {LR}"   # what runs
CONFIG_SWEEP_REPLICATE="SEED"
CONFIG_MODEL="a b"
CONFIG_NESTEROV=y
CONFIG_LR=1e-5:*10:1e-2
CONFIG_BATCH=32|64|128
CONFIG_OPT_SGD|CONFIG_OPT_ADAM=y
CONFIG_MOMENTUM=0.5|0.9
CONFIG_SEED=1|2
(CONFIG_WARMUP, CONFIG_RAMP)=(1, 2)|(3, 4)
CONFIG_AMP=y|n
exclude if LR = 1e-5 && BATCH = 32
"""

    def score(params: Mapping[str, str]) -> float:
        rate = {"1e-5": 10, "1e-4": 20, "1e-3": 90, "1e-2": 40}[params["CONFIG_LR"]]
        adam = 50 if params.get("CONFIG_OPT_ADAM") == "y" else 0
        row = int(params["CONFIG_WARMUP"]) + 0.5 * (params["CONFIG_AMP"] == "y")
        return rate + adam + row + int(params["CONFIG_BATCH"]) / 10 + int(params["CONFIG_SEED"])

    results = swept(text, score)
    assert refined(results).split("\n") == [
        "# A finer sweep around the best configuration of",
        f"# {results.path}",
        "# config_188: Test Accuracy: 157.80%",
        "",
        "# The settings of the sweep",
        'CONFIG_SWEEP_COMMAND="train {LR}"   # what runs',
        'CONFIG_SWEEP_REPLICATE="SEED"',
        "",
        "# Fixed as it was",
        'CONFIG_MODEL="a b"',
        "# CONFIG_NESTEROV=y: holds in nothing that is left",
        "",
        "# CONFIG_LR: narrowed to around the best value, 1e-3",
        "CONFIG_LR=1e-4|3.2e-4|1e-3|3.2e-3|1e-2",
        "",
        "# CONFIG_BATCH: narrowed to around the best value, 128",
        "CONFIG_BATCH=64|90|128",
        "",
        "# CONFIG_OPT_SGD, CONFIG_OPT_ADAM: all other values are worse than the best, OPT_ADAM",
        "CONFIG_OPT_ADAM=y",
        "",
        "# CONFIG_MOMENTUM: inactive in all that is left",
        "",
        "# CONFIG_SEED: it only repeats; as it was",
        "CONFIG_SEED=1|2",
        "",
        "# CONFIG_WARMUP, CONFIG_RAMP: 2 of 2 values cannot be told from the best, 3, 4",
        "(CONFIG_WARMUP, CONFIG_RAMP)=(1, 2)|(3, 4)",
        "",
        "# CONFIG_AMP: 2 of 2 values cannot be told from the best, y",
        "CONFIG_AMP=y|n",
        "",
        "# Left out as it was",
        "exclude if LR = 1e-5 && BATCH = 32",
        "",
    ]


def test_what_cannot_be_told_from_the_best_is_left():
    text = refined(
        swept(
            'CONFIG_MODEL="x"|"y z"|"w"\nCONFIG_LR=0.1|0.2|0.3\nCONFIG_AMP=y|n\n',
            lambda params: (
                {"x": 5.0, "y z": 5.01, "w": 1.0}[params["CONFIG_MODEL"]]
                + len(params["CONFIG_MODEL"] + params["CONFIG_LR"]) % 2 * 1e-3
                + (hash_of(params) % 7) / 10
            ),
        )
    )
    assert 'CONFIG_MODEL=x|"y z"' in lines_of(text)


def hash_of(params: Mapping[str, str]) -> int:
    return sum(ord(letter) * place for place, letter in enumerate("".join(params.values()), 1))


def test_a_value_with_which_all_fails_is_not_left():
    text = refined(
        swept(
            "CONFIG_MODEL=x|y\nCONFIG_BATCH=1|2|4\nCONFIG_SEED=1|2\n",
            lambda params: None if params["CONFIG_MODEL"] == "y" else float(params["CONFIG_SEED"]),
        )
    )
    assert "CONFIG_MODEL=x" in lines_of(text)


def test_a_linked_axis_with_one_row_has_no_worse_values():
    text = "CONFIG_LR=1|2\n(CONFIG_WARMUP, CONFIG_SEED)=(100, 70)\n"
    found = refined(swept(text, lambda params: float(params["CONFIG_LR"])))
    assert "# CONFIG_WARMUP, CONFIG_SEED: it has no other value than 100, 70\n" in found


def test_included_files_become_one():
    Path("common").write_text("CONFIG_AMP=y\nCONFIG_LR=0.1|0.2\nCONFIG_SWEEP_JOBS=2\n")
    text = 'rsource "common"\nCONFIG_LR=0.1:0.1:0.4 # mine\nCONFIG_BATCH=8\n'
    found = refined(swept(text, lambda params: float(params["CONFIG_LR"])))
    assert lines_of(found) == [
        "CONFIG_SWEEP_JOBS=2", "CONFIG_AMP=y", "CONFIG_BATCH=8", "CONFIG_LR=0.3:0.05:0.4",
    ]  # fmt: skip


def test_a_distribution_takes_the_method_along_that_draws_from_it():
    Path("Kconfig").write_text(KCONFIG)
    text = "CONFIG_SWEEP_METHOD_RANDOM=y\nCONFIG_LR=loguniform(1e-5, 1e-1)\nCONFIG_AMP=y|n\n"
    results = swept(text, lambda params: -abs(float(params["CONFIG_LR"]) - 1e-3))
    file = Path(results.path, "sweep.json")
    assert "CONFIG_SWEEP_METHOD_RANDOM=y" in lines_of(refined(results))
    sweep = json.loads(file.read_text())  # as if the command line had said so
    sweep["range_file"]["texts"]["range"] = text.replace("RANDOM", "GRID")
    file.write_text(json.dumps(sweep))
    lines = lines_of(refined(Results.open(results.path, "results")))
    assert "CONFIG_SWEEP_METHOD_GRID=y" not in lines
    assert "CONFIG_SWEEP_METHOD_RANDOM=y" in lines
    assert any(line.startswith("CONFIG_LR=loguniform(") for line in lines)


def test_settings_from_other_places_than_the_range_file_are_written_down():
    """The command line's, say, which the finer sweep would otherwise be without."""
    text = (
        'CONFIG_SWEEP_JOBS=2\nCONFIG_SWEEP_METRIC="acc"   # ours\nCONFIG_LR=1|2\nCONFIG_AMP=y|n\n'
    )
    results = swept(text, lambda params: float(params["CONFIG_LR"]))
    file = Path(results.path, "sweep.json")
    sweep = json.loads(file.read_text())
    sweep["settings"] |= {"command": 'run "{LR}"', "jobs": 4, "repeat": 3}
    sweep["settings"]["explicit"] += ["command", "jobs", "repeat"]
    file.write_text(json.dumps(sweep))
    lines = lines_of(refined(Results.open(results.path, "results")))
    assert lines[:4] == [
        'CONFIG_SWEEP_METRIC="acc"   # ours',
        'CONFIG_SWEEP_COMMAND="run \\"{LR}\\""',
        "CONFIG_SWEEP_REPEAT=3",
        "CONFIG_SWEEP_JOBS=4",
    ]


@pytest.mark.parametrize("held", ['CONFIG_SWEEP_METRIC="acc"', 'CONFIG_SWEEP_OBJECTIVES="acc:max"'])
def test_a_metric_that_is_asked_for_becomes_that_of_the_finer_sweep(held):
    text = f'{held}\nCONFIG_SWEEP_METRICS="loss"\nCONFIG_LR=1|2\n'
    results = swept(text, lambda params: float(params["CONFIG_LR"]))
    view = read_view(results)
    ranking = rank(view.results, choose_basis(view.results, view.settings, "loss", Goal.MINIMIZE))
    text = refined_text(RangeSource(results), view, overview(view, ranking), config_reader(results))
    Path("finer").write_text(text)
    found = settings_.resolve({}, rangefile.read(Path("finer"), Path()).settings, None)
    assert found.ranked_by == (Objective("loss", Goal.MINIMIZE),)
    assert found.query.names == ("loss", "acc")


@pytest.mark.parametrize(
    "damage",
    [
        {"range_file": None},
        {"range_file": {"path": "range", "texts": {"range": "CONFIG_AMP=y|n\n"}}},
        {"axes": [{"symbols": ["AMP"], "kind": "single", "values": "y|n", "where": "range:1"}]},
        {"axes": [{"symbols": ["LR"], "kind": "single", "values": "1|2", "where": "range:1",
                   "types": ["string"], "limits": [None]}]},
    ],
)  # fmt: skip
def test_a_sweep_that_says_too_little_is_wrong_input(damage):
    results = swept("CONFIG_AMP=y|n\n", lambda params: float(params["CONFIG_AMP"] == "y"))
    file = Path(results.path, "sweep.json")
    file.write_text(json.dumps({**json.loads(file.read_text()), **damage}))
    with pytest.raises(InputError) as error:
        refined(Results.open(results.path, "results"))
    assert str(error.value) == (
        f"{file}: it does not say enough of the range file and its axes to write another; "
        "run the sweep again with this ksweep, or write the finer range file by hand"
    )


ROOT = Path(__file__).parents[2]
RANGES = sorted((ROOT / "defconfigs").glob("*-range"))
TOO_MANY = {"digits-large-range", "digits-search-range"}  # and the latter's are not known before
SPACES = [case for case in golden.cases() if not case.is_error]


@pytest.mark.parametrize("case", SPACES, ids=lambda case: case.name)
def test_every_golden_range_file_can_be_refined(case: golden.Case, tmp_path: Path):
    with case.entered():
        check_refined(Path("range"), case.open(), tmp_path)


@pytest.mark.parametrize(
    "path", [one for one in RANGES if one.name not in TOO_MANY], ids=lambda path: path.name
)
def test_every_range_file_of_the_repository_can_be_refined(path: Path, tmp_path, monkeypatch):
    monkeypatch.chdir(ROOT)
    monkeypatch.setenv("KSWEEP", str(ROOT / "ksweep"))
    monkeypatch.delenv("srctree", raising=False)
    check_refined(path, Space(rangefile.read(path, Path()), "Kconfig"), tmp_path)


def check_refined(path: Path, space: Space, out: Path) -> None:
    """A refined file opens with the same tree and base, and has the best configuration."""
    found = rangefile.read(path, Path())
    results = ended(found, space, lambda params: hash_of(params) % 13, out)
    view = read_view(results)
    best = overview(view, rank(view.results, choose_basis(view.results, view.settings)))
    if len(best.tied) + 1 == len(best.ranking.ranked):
        return
    (out / "range").write_text(refined(results))
    base = Path("base") if Path("base").exists() else None
    finer = Space(rangefile.read(out / "range", Path()), space.tree.path, base)
    assert_has(finer, best.ranking.ranked[0].params)


def assert_has(space: Space, params: Mapping[str, str]) -> None:
    if space.continuous:
        return
    points = space.enumerate(20_000).points
    configs = (read_config(space.resolve(point).text) for point in points)
    wanted = {name.removeprefix("CONFIG_"): text for name, text in params.items()}
    assert any(wanted.items() <= {**dict.fromkeys(wanted, "n"), **one}.items() for one in configs)


LINES = {
    "LR": ["0.1:0.2:0.7", "1e-4:*10:1e-1", "0.1|0.25|3", "none|0.1"],
    "BATCH": ["1|2|4", "16:*2:128", "128:-32:32", "5"],
    "ADDRESS": ["0x10:0x10:0x40", "0x1|0xff", "0x0:0x40:0xc0"],
    "MODEL": ['"a b"|c|"d|e"', '""|x', "cuda:0:x|cpu"],
    "AMP": ["y|n", "*", "n"],
    "OPT_SGD|CONFIG_OPT_ADAM": ["y"],
    "OPT_ADAM": ["y"],
    "MOMENTUM": ["0.5|0.9", "0.9"],
    "NESTEROV": ["y|n"],
    "SEED": ["1|2"],
}


@st.composite
def range_files(draw):
    names = draw(st.lists(st.sampled_from(list(LINES)), min_size=1, max_size=5, unique=True))
    if len({"OPT_SGD|CONFIG_OPT_ADAM", "OPT_ADAM"} & set(names)) == 2:
        names.remove("OPT_ADAM")
    if "OPT_ADAM" in names:  # a line that never holds is an error
        names = [name for name in names if name not in ("MOMENTUM", "NESTEROV")]
    lines = [f"CONFIG_{name}={draw(st.sampled_from(LINES[name]))}" for name in names]
    if draw(st.booleans()):
        lines.append("(CONFIG_WARMUP, CONFIG_RAMP)=(100, 70)|(200, 80)|(100, 80)")
    if "SEED" in names and draw(st.booleans()):
        lines.append('CONFIG_SWEEP_REPLICATE="SEED"')
    if draw(st.booleans()):
        lines.append("exclude if BATCH = 2 || LR = 0.3")
    return "\n".join(lines) + "\n"


@settings(max_examples=40)
@given(range_files(), st.integers(0, 5), st.randoms(use_true_random=False))
def test_a_refined_file_fits_the_same_kconfig_and_has_the_best_configuration(text, levels, random):
    with tempfile.TemporaryDirectory() as directory, chdir(directory):
        os.environ.pop("srctree", None)
        weights: dict[tuple[str, str], float] = {}

        def score(params: Mapping[str, str]) -> float | None:
            if random.random() < 0.1:
                return None
            known = (weights.setdefault(item, random.random()) for item in params.items())
            return sum(known) + random.randrange(levels + 1) / 10

        try:
            results = swept(text, score)
        except InputError:
            return
        view = read_view(results)
        ranking = rank(view.results, choose_basis(view.results, view.settings))
        if ranking.best is None:
            return
        best = overview(view, ranking).ranking.ranked[0]
        _, space = read(refined(results))
        assert_has(space, best.params)
