"""What an interrupt left unread is read by the next run, and nothing runs again for it."""

from __future__ import annotations

import json
from pathlib import Path

from ksweep.model import TrialState
from ksweep.sweep import Interrupt, TrialEnded
from sweep.making import again, new, run_all


def cut_short():
    """A sweep of two, of which one has ended and was not read."""
    results, settings = new(2, "sh -c 'echo score = $CONFIG_X'", metric="score")
    run_all(results, settings)
    first = results.trial(results.entries[0])
    Path(first.result_path).rename(Path(first.path, "ended.json"))
    lines = Path(results.ledger_path).read_text().splitlines(keepends=True)
    Path(results.ledger_path).write_text("".join(x for x in lines if '"config_001"' not in x))
    return settings, again(results)


def logged(results):
    lines = map(json.loads, Path(results.ledger_path).read_text().splitlines())
    return [(line["name"], line["attempt"], line["metrics"]) for line in lines]


def test_until_then_it_has_no_result():
    _, results = cut_short()
    assert [one.status for one in results.results()] == [TrialState.CANCELLED, TrialState.SUCCESS]


def test_it_is_read_and_not_run_again():
    settings, results = cut_short()
    events = run_all(results, settings)
    assert not any(isinstance(one, TrialEnded) for one in events)
    found = again(results).results()
    assert [(one.metrics, one.attempt) for one in found] == [({"score": 1}, 1), ({"score": 2}, 1)]
    assert logged(results) == [("config_002", 1, {"score": 2.0}), ("config_001", 1, {"score": 1.0})]
    assert not Path(results.trial(results.entries[0]).path, "ended.json").exists()


def test_an_interrupt_is_not_kept_waiting():
    settings, results = cut_short()
    interrupt = Interrupt()
    interrupt.demand()
    run_all(results, settings, interrupt)
    assert again(results).results()[0].status is TrialState.CANCELLED


def test_what_ended_and_was_recorded_as_well_stays_as_it_is():
    settings, results = cut_short()
    run_all(results, settings)
    trial = results.trial(results.entries[0])
    before = logged(results)
    Path(trial.path, "ended.json").write_bytes(Path(trial.result_path).read_bytes())
    run_all(again(results), settings)
    assert logged(results) == before


def test_a_program_s_own_file_of_that_name_is_no_record():
    results, settings = new(1, "sh -c 'echo {} > $KSWEEP_DIR/ended.json; kill -9 $$'")
    run_all(results, settings)
    assert again(results).results()[0].status is TrialState.FAILED
