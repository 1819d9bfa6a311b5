"""The golden cases: `golden/<case>/trials.json` and what is made of it, in `expected/`."""

from __future__ import annotations

import json
from pathlib import Path

from analysis.making import made, view_of

from ksweep import settings
from ksweep.analysis.overview import overview
from ksweep.analysis.ranking import Ranking, choose_basis, rank
from ksweep.analysis.view import View
from ksweep.errors import Where
from ksweep.model import TrialState
from ksweep.report.analysis_text import analysis_text
from ksweep.report.axes import read_dimensions
from ksweep.report.summary import results_csv, summary_json
from ksweep.report.tables import leaderboard, table_text

GOLDEN = Path(__file__).with_name("golden")
CASES = sorted(path.name for path in GOLDEN.iterdir())


def view_of_case(case: str) -> View:
    described = json.loads((GOLDEN / case / "trials.json").read_text("utf-8"))
    trials = []
    for trial in described["trials"]:
        trial["metrics"] = {name: float(value) for name, value in trial.get("metrics", {}).items()}
        trial["status"] = TrialState(trial.get("status", "success"))
        trials.append(made(trial.pop("number"), **trial))
    return view_of(
        *trials,
        settings=settings.from_json(described["settings"], Where(case)),
        parameters=tuple(described["parameters"]),
        choices=tuple(map(tuple, described.get("choices", []))),
        dimensions=read_dimensions(described.get("axes")),
    )


def ranking_of(view: View) -> Ranking:
    return rank(view.results, choose_basis(view.results, view.settings))


def outputs(view: View) -> dict[str, str]:
    ranking = ranking_of(view)
    return {
        "sweep_analysis.txt": analysis_text(view, overview(view, ranking), 10),
        "sweep_summary.json": summary_json(view),
        "sweep_results.csv": results_csv(view),
        "leaderboard.txt": table_text(leaderboard(view, ranking, 10)) + "\n",
    }
