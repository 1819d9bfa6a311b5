"""The leaderboard as a terminal shows it, and what its columns can be."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from analysis.making import made, view_of

from ksweep.analysis.axes import axes
from ksweep.analysis.naming import Names
from ksweep.analysis.ranking import choose_basis, rank
from ksweep.analysis.standing import Standing, standing
from ksweep.cli.arguments import column_names
from ksweep.cli.drawing import drawn, fitted
from ksweep.cli.looking import Snapshot
from ksweep.cli.tracking import Tracker
from ksweep.errors import Where
from ksweep.model import Settings, TrialState
from ksweep.report.columns import chosen_table, recorded_columns
from ksweep.report.progress import best_text, best_texts, running_texts
from ksweep.report.tables import Table, leaderboard, leaderboard_records
from ksweep.sweep import TrialStarted

PARAMETERS = ("CONFIG_LEARNING_RATE", "CONFIG_WEIGHT_DECAY", "CONFIG_OPT_ADAM", "CONFIG_OPT_SGD")
CHOICES = (("CONFIG_OPT_ADAM", "CONFIG_OPT_SGD"),)


def stand(runs: int = 1) -> Standing:
    """Four configurations, each with so many runs and nine metrics."""
    results = []
    for number in range(4 * runs):
        adam = number % 2 == 0
        params = dict(
            zip(PARAMETERS, ("0.1", f"1e-{number % 4}", "ny"[adam], "yn"[adam]), strict=True)
        )
        params["CONFIG_LEARNING_RATE"] = ("0.1", "0.01")[number % 4 // 2]
        own = {f"val/metric_{letter}": float(number) for letter in "abcdefgh"}
        results.append(
            made(
                number, params=params, metrics={"acc": 50.0 + number, **own}, wall_s=2.0, cpu_s=1.0
            )
        )
    settings = Settings(metric="acc", explicit=frozenset({"metric"}), repeat=runs)
    view = view_of(*results, parameters=PARAMETERS, settings=settings, choices=CHOICES)
    return standing(view, rank(view.results, choose_basis(view.results, settings)), 10)


def table_of(found: Standing) -> Table:
    return leaderboard(found.view, found.ranking, 10, found.replicates)


def test_parameters_stand_before_what_else_was_measured() -> None:
    headers = table_of(stand()).headers
    assert headers[:6] == ("#", "config", "acc", "LEARNING_RATE", "WEIGHT_DECAY", "OPT")
    assert headers[6:10] == ("val/metric_a", "val/metric_b", "val/metric_c", "total_time")
    assert headers[-2:] == ("val/metric_h", "cpu_s")


@pytest.mark.parametrize("width", [40, 60, 80, 120, 400])
def test_a_terminal_shows_as_many_columns_as_it_has_room_for(
    width: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", str(width))
    table = table_of(stand())
    shown = fitted(table)
    lines = re.sub(r"\x1b\[[0-9;]*m", "", drawn(shown)).splitlines()
    assert max(map(len, lines)) <= width
    assert shown.headers == table.headers[: len(shown.headers)]
    assert sum("config_" in line for line in lines) == len(table.rows)
    assert len(lines) <= len(table.rows) + 6  # a row is a line
    if width >= 80:
        assert shown.headers[:6] == ("#", "config", "acc", "LEARNING_RATE", "WEIGHT_DECAY", "OPT")
    if width == 400:
        assert shown == table


def test_a_narrow_terminal_breaks_names_at_their_words(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "60")
    text = re.sub(r"\x1b\[[0-9;]*m", "", drawn(fitted(table_of(stand()))))
    first, second = text.splitlines()[1:3]
    assert "LEARNING_" in first
    assert "RATE" in second


def test_every_name_of_a_record_can_be_a_column() -> None:
    found = stand(runs=3)
    records = leaderboard_records(found.view, found.ranking, 10, found.replicates)
    known = recorded_columns(records, found.ranking.ranked)
    names = Names(found.view, lambda name: "")
    columns = names.columns([*records[0], "OPT"], Where("--columns"), known)
    table = chosen_table(columns, found.ranking.ranked)
    of = dict(zip(table.headers, table.rows[0], strict=True))
    assert (of["rank"], of["runs"], of["OPT"], of["acc.deviation"]) == ("1", "3", "SGD", "4")


def test_names_of_columns_may_hold_a_comma_in_quotes() -> None:
    assert column_names('rank, metric."val/loss","a,b"') == ("rank", "metric.val/loss", "a,b")


def test_the_best_is_named_with_its_values() -> None:
    found = stand(runs=3)
    best = best_texts(found.ranking, axes(found.view), found.replicates)
    assert best_text(best) == (
        "config_003, acc: 57 ± 4 (LEARNING_RATE=0.01, WEIGHT_DECAY=1e-3, OPT=SGD)"
    )


def test_running_trials_are_shown_with_their_values() -> None:
    view = stand().view
    first = replace(view.results[0], status=TrialState.RUNNING, started_at="", finished_at="")
    progress = Snapshot(replace(view, results=(first, *view.results[1:]))).progress()
    expected = "LEARNING_RATE=0.1, WEIGHT_DECAY=1e-0, OPT=ADAM"
    assert progress.values == {"config_000": expected}
    assert running_texts(progress) == (f"config_000  0s  {expected}",)
    tracker = Tracker(view)
    tracker.take(TrialStarted("config_009", 1, first.params))
    assert tracker.progress().values == {"config_009": expected}
