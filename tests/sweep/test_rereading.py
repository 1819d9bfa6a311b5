"""What an interrupt left half read is read by the next run, and nothing runs again for it."""

from __future__ import annotations

from dataclasses import replace

from ksweep.metrics import INTERRUPTED
from ksweep.sweep import Interrupt, TrialEnded
from sweep.making import again, new, run_all


def cut_short():
    """A sweep of two, of which one was still being read."""
    results, settings = new(2, "sh -c 'echo score = $CONFIG_X'", metric="score")
    run_all(results, settings)
    first = results.trial(results.entries[0])
    result = replace(first.result(), metrics={}, incomplete=INTERRUPTED)
    first.write_result(result)
    with results.ledger() as ledger:
        ledger.append(result)
    return settings, results


def test_it_is_read_and_not_run_again():
    settings, results = cut_short()
    events = run_all(again(results), settings)
    assert not any(isinstance(one, TrialEnded) for one in events)
    found = again(results).results()
    assert [(one.metrics, one.incomplete) for one in found] == [
        ({"score": 1}, None),
        ({"score": 2}, None),
    ]


def test_an_interrupt_is_not_kept_waiting():
    settings, results = cut_short()
    interrupt = Interrupt()
    interrupt.demand()
    run_all(again(results), settings, interrupt)
    assert again(results).results()[0].incomplete == INTERRUPTED
