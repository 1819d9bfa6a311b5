"""Results directories for the tests of the page and of the plots."""

from __future__ import annotations

import json
import random
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from analysis.making import made

from ksweep import settings as settings_
from ksweep.analysis.overview import overview
from ksweep.analysis.ranking import choose_basis, rank
from ksweep.metrics import Reader
from ksweep.model import Result, Settings, TrialState
from ksweep.report.page import Curves, Document, document
from ksweep.report.reading import read_view
from ksweep.store import Entry, Results

AXES = (
    {"kind": "single", "symbols": ["LR"], "values": "loguniform(1e-4, 1)"},
    {"kind": "choice", "symbols": ["OPT_ADAM", "OPT_SGD"], "values": "y"},
    {"kind": "single", "symbols": ["BETA"], "values": "0.8|0.9"},
    {"kind": "single", "symbols": ["LABEL"], "values": '"a"|"b"'},
)
SETTINGS = Settings(command="python3 train.py", metric="acc", explicit=frozenset({"metric"}))
HOSTILE = '<script>alert(1)</script><img src=x onerror="alert(2)">'


@dataclass(frozen=True)
class Trial:
    """What a made-up trial came to; `None` for a status that no record has."""

    params: dict[str, str]
    metrics: dict[str, float] = field(default_factory=dict)
    status: TrialState = TrialState.SUCCESS
    log: str = ""
    error: str | None = None


def trials(count: int, seed: int = 1) -> list[Trial]:
    """Some that are good, some that fail, and BETA active with one optimizer alone."""
    drawn = random.Random(seed)
    return [_trial(drawn, number) for number in range(count)]


def _trial(drawn: random.Random, number: int) -> Trial:
    rate = 10 ** drawn.uniform(-4, 0)
    adam = drawn.random() < 0.5
    params = {"CONFIG_LR": f"{rate:.6g}"}
    params |= {"CONFIG_OPT_ADAM": "ny"[adam], "CONFIG_OPT_SGD": "yn"[adam]}
    params |= {"CONFIG_BETA": drawn.choice(["0.8", "0.9"])} if adam else {}
    params["CONFIG_LABEL"] = drawn.choice(["a", "b"])
    if number % 10 == 9:
        return Trial(params, status=TrialState.FAILED, error="exit code 3", log="no such file\n")
    acc = 90 - 5 * abs(rate - 0.03) - 2 * adam + drawn.random()
    log = "".join(f"acc: {acc - 10 / step:.3f}\n" for step in range(1, 6))
    return Trial(params, {"acc": round(acc, 3), "loss": round(10 / acc, 4)}, log=log)


def lay_out(
    output_dir: Path,
    tried: Sequence[Trial],
    settings: Settings = SETTINGS,
    axes: Sequence[object] = AXES,
    **sweep: object,
) -> Results:
    """A results directory with a record for each trial that has ended."""
    entries = [_entry(number, trial) for number, trial in enumerate(tried, 1)]
    described = {
        "axes": list(axes),
        "command": settings.command,
        "cwd": "/work",
        "settings": settings_.to_json(settings),
        **sweep,
    }
    results = Results.create(str(output_dir), described, [(entry, "") for entry in entries])
    for entry, trial in zip(entries, tried, strict=True):
        end(results, entry, trial)
    return results


def end(results: Results, entry: Entry, trial: Trial) -> None:
    """Leave what a trial leaves, if it has ended."""
    directory = results.trial(entry)
    if trial.log:
        Path(directory.log_path).write_text(trial.log, "utf-8")
    if trial.status.ended:
        directory.write_result(_result(entry, trial))


def _entry(number: int, trial: Trial) -> Entry:
    return Entry(f"config_{number:03}", f"{number:012x}", trial.params)


def _result(entry: Entry, trial: Trial) -> Result:
    failed = trial.status is not TrialState.SUCCESS
    second = entry.number
    return replace(
        made(entry.number, trial.status, params=dict(entry.params), metrics=trial.metrics),
        started_at=_time(second),
        finished_at=_time(second + 2),
        resources=made(1, wall_s=2.0 + second / 100, peak_rss_mb=100.0 + second).resources,
        exit_code=3 if failed else 0,
        error=trial.error,
        log_tail=trial.log if failed else None,
    )


def _time(second: int) -> str:
    minutes, seconds = divmod(second, 60)
    return f"2026-03-01T{22 + minutes // 60:02}:{minutes % 60:02}:{seconds:02}.000+00:00"


def values(results: Results) -> Document:
    """The values of its page, as JSON gives them back."""
    view = read_view(results)
    ranking = rank(view.results, choose_basis(view.results, view.settings))
    with Reader() as reader:
        curves = Curves(view.settings.query, reader)
        found = document(results, view, ranking, overview(view, ranking), curves)
    read: Document = json.loads(json.dumps(found, allow_nan=False))
    return read
