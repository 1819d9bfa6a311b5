"""Two sweeps side by side, worked by hand."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest

from analysis.making import made, view_of
from ksweep.analysis.comparing import MatchedBy, compare
from ksweep.analysis.differing import Verdict, all_copies
from ksweep.analysis.noise import shift_chance
from ksweep.analysis.pairwise import moderated_chances
from ksweep.analysis.ranking import Basis
from ksweep.analysis.view import View
from ksweep.model import Goal, Objective, Result, Settings, TrialState

HIGH = Basis((Objective("score", Goal.MAXIMIZE),))
LOW = Basis((Objective("score", Goal.MINIMIZE),))
SIZES = ("CONFIG_SIZE",)


def trial(number: int, score: float | None, size: int | str = 1, **more: str) -> Result:
    params = {"CONFIG_SIZE": str(size), **{f"CONFIG_{name}": more[name] for name in more}}
    metrics = {} if score is None else {"score": score}
    return made(number, params=params, metrics=metrics)


def sweep(
    *results: Result, replicate: tuple[str, ...] = (), parameters: tuple[str, ...] = SIZES
) -> View:
    return view_of(
        *results, settings=Settings(metric="score", replicate=replicate), parameters=parameters
    )


def repeats(number: int, size: int, *scores: float) -> list[Result]:
    return [replace(trial(number, score, size), repeat=n) for n, score in enumerate(scores, 1)]


def verdicts(base: View, other: View, basis: Basis = HIGH) -> list[Verdict]:
    return [one.verdict for one in compare(base, other, basis).objectives[0].differences]


def test_better_and_worse_depend_on_the_goal() -> None:
    base = sweep(trial(1, 10.0, 1), trial(2, 10.0, 2), trial(3, 10.0, 3))
    other = sweep(trial(1, 11.0, 1), trial(2, 9.0, 2), trial(3, 10.0, 3))
    assert verdicts(base, other) == [Verdict.SEEMS_BETTER, Verdict.SEEMS_WORSE, Verdict.SAME]
    assert verdicts(base, other, LOW) == [Verdict.SEEMS_WORSE, Verdict.SEEMS_BETTER, Verdict.SAME]
    found = compare(base, other, HIGH)
    assert [one.relative for one in found.objectives[0].differences] == [0.1, -0.1, 0.0]
    assert [one.loss for one in found.objectives[0].differences] == [-0.1, 0.1, 0.0]
    assert found.worse_by(0.0) == []  # one run each says nothing of one configuration


def test_the_size_before_is_what_a_change_is_a_share_of() -> None:
    difference = compare(sweep(trial(1, -4.0)), sweep(trial(1, -5.0)), HIGH)
    assert difference.objectives[0].differences[0].relative == -0.25
    assert difference.objectives[0].differences[0].verdict is Verdict.SEEMS_WORSE
    zero = compare(sweep(trial(1, 0.0)), sweep(trial(1, -1e-9)), HIGH)
    assert zero.objectives[0].differences[0].relative is None
    assert zero.objectives[0].differences[0].loss == math.inf
    assert zero.objectives[0].undecided
    errors = [sweep(*(trial(n, count, n) for n in range(1, 6))) for count in (0.0, 5.0)]
    assert len(compare(*errors, LOW).shifted_by(1000.0)) == 1
    assert compare(*errors, HIGH).shifted_by(0.0) == []


def test_what_is_within_the_noise_is_not_worse() -> None:
    base = sweep(*repeats(1, 1, 10.0, 12.0, 11.0), *repeats(2, 2, 10.0, 10.1, 10.2))
    other = sweep(*repeats(1, 1, 10.5, 11.8, 9.9), *repeats(2, 2, 5.0, 5.1, 5.2))
    assert verdicts(base, other) == [Verdict.NOISE, Verdict.WORSE]
    first, second = compare(base, other, HIGH).objectives[0].differences
    assert (first.before.mean, first.before.deviation) == (11.0, 1.0)
    assert first.chance is not None
    assert first.chance > 0.5
    assert second.chance is not None
    assert second.chance < 0.001


def test_a_configuration_that_is_worse_alone_is_found_by_the_noise_of_all() -> None:
    def runs(worse: float) -> View:
        return sweep(
            *(
                one
                for n in range(1, 9)
                for one in repeats(n, n, *(100 * n + move for move in (-1.5, n / 8, 1.5 + n / 9)))
            ),
            *repeats(9, 9, 500.0 - worse, 501.0 - worse, 502.0 - worse),
        )

    found = compare(runs(0.0), runs(6.0), HIGH)
    assert [one.base.name for one in found.worse_by(0.0)] == ["config_009"]
    assert [len(found.worse_by(share)) for share in (0.0, 0.011, 0.012)] == [1, 1, 0]
    assert found.shifted_by(0.0) == []


def test_a_difference_among_many_has_to_be_larger() -> None:
    before = [float(n % 7) for n in range(40)]
    now = [value + 1.2 for value in before]
    alone = moderated_chances([before, now], [(0, 1)], [0, 0])[0]
    pairs = [(2 * n, 2 * n + 1) for n in range(10)]
    among = moderated_chances([before, now] * 10, pairs, [n // 2 for n in range(20)])[0]
    assert alone is not None
    assert 0.005 < alone < 0.05
    assert among is not None
    assert among > 5 * alone


def test_copies_of_one_run_are_no_runs_without_noise() -> None:
    base = sweep(*repeats(1, 1, 5.0, 5.0, 5.0), *repeats(2, 2, 7.0, 7.0, 7.0))
    other = sweep(*repeats(1, 1, 5.1, 5.1, 5.1), *repeats(2, 2, 6.9, 6.9, 6.9))
    assert verdicts(base, other) == [Verdict.SEEMS_BETTER, Verdict.SEEMS_WORSE]
    assert all_copies(compare(base, other, HIGH).objectives[0].differences)


def test_replicates_are_runs_of_one_configuration() -> None:
    def seeded(first: int, scores: list[float]) -> list[Result]:
        return [trial(first + n, score, 1, SEED=str(n)) for n, score in enumerate(scores)]

    parameters = ("CONFIG_SIZE", "CONFIG_SEED")
    base = sweep(*seeded(1, [1.0, 2.0, 3.0]), replicate=("SEED",), parameters=parameters)
    other = sweep(*seeded(1, [1.5, 2.5]), parameters=parameters)  # it never said that they repeat
    found = compare(base, other, HIGH)
    assert [(len(match.base.trials), len(match.other.trials)) for match in found.matches] == [
        (3, 2)
    ]
    assert found.matches[0].base.params == {"CONFIG_SIZE": "1"}
    assert found.objectives[0].differences[0].change == 0.0


def test_configurations_match_by_identity_before_parameters() -> None:
    base = sweep(trial(1, 1.0, 1), trial(2, 2.0, 2))
    moved = replace(trial(9, 3.0, 1), id=base.results[0].id)
    other = sweep(moved, trial(7, 4.0, "2.0"))  # the number is the same
    found = compare(base, other, HIGH)
    assert [(match.base.name, match.other.name, match.by) for match in found.matches] == [
        ("config_001", "config_009", MatchedBy.IDENTITY),
        ("config_002", "config_007", MatchedBy.PARAMETERS),
    ]


def test_a_new_axis_leaves_open_which_is_which() -> None:
    base = sweep(trial(1, 1.0, 1), trial(2, 2.0, 2))
    other = sweep(
        trial(5, 1.0, 1, NEW="1"), trial(6, 1.0, 1, NEW="2"), trial(7, 2.0, 2, NEW="1"),
        parameters=("CONFIG_SIZE", "CONFIG_NEW"),
    )  # fmt: skip
    found = compare(base, other, HIGH)
    assert [match.other.name for match in found.matches] == ["config_007"]
    assert [group.name for group in found.only_base] == ["config_001"]
    assert [group.name for group in found.only_other] == ["config_005", "config_006"]


@pytest.mark.parametrize(
    ("status", "verdict"),
    [
        (TrialState.FAILED, Verdict.BROKEN),
        (TrialState.TIMEOUT, Verdict.BROKEN),
        (TrialState.OOM, Verdict.BROKEN),
        (TrialState.SUCCESS, Verdict.BROKEN),  # without the metric
        (TrialState.PENDING, Verdict.UNKNOWN),
        (TrialState.PRUNED, Verdict.UNKNOWN),
        (TrialState.CANCELLED, Verdict.UNKNOWN),
    ],
)
def test_what_has_no_value_any_more(status: TrialState, verdict: Verdict) -> None:
    base = sweep(trial(1, 1.0))
    other = sweep(replace(trial(1, None), status=status))
    assert verdicts(base, other) == [verdict]
    assert len(compare(base, other, HIGH).worse_by(1e9)) == (verdict is Verdict.BROKEN)
    back = Verdict.MENDED if verdict is Verdict.BROKEN else Verdict.UNKNOWN
    assert verdicts(other, base) == [back]


def test_all_together() -> None:
    base = sweep(*(trial(n, 100.0, n) for n in range(1, 6)))
    other = sweep(*(trial(n, 100.0 + change, n) for n, change in enumerate([1, 2, 3, 2, 2], 1)))
    shift = compare(base, other, HIGH).objectives[0].shift
    assert shift is not None
    assert (shift.mean, shift.configurations) == (pytest.approx(0.02), 5)
    shares = [2 * change / (200 + change) for change in (1, 2, 3, 2, 2)]
    assert shift.chance == pytest.approx(2 * (shift_chance(shares) or 0.0))
    assert compare(sweep(), sweep(), HIGH).objectives[0].shift is None


def test_the_best_of_each_needs_no_match() -> None:
    base, other = sweep(trial(1, 1.0, 1), trial(2, 5.0, 2)), sweep(trial(3, 4.0, 8))
    compared = compare(base, other, HIGH).objectives[0]
    assert compared.best_before == ("config_002", 5.0)
    assert compared.best_now == ("config_003", 4.0)
    assert compare(base, other, LOW).objectives[0].best_before == ("config_001", 1.0)
    assert compared.differences == ()
