"""`ksweep compare`: what became of a sweep in others."""

from __future__ import annotations

import itertools
from argparse import Namespace
from collections.abc import Sequence

from ksweep.analysis.comparing import Comparison
from ksweep.analysis.comparing import compare as compare_views
from ksweep.analysis.differing import Difference, Verdict
from ksweep.analysis.ranking import Basis, choose_basis
from ksweep.analysis.view import View
from ksweep.cli.arguments import LATEST
from ksweep.cli.output import say, say_json, say_table, tell
from ksweep.errors import InputError, Where
from ksweep.model import Goal
from ksweep.report.comparison import (
    BETWEEN_SWEEPS,
    compared_lines,
    comparison_json,
    comparison_lines,
    decision_line,
    differences_table,
    noise_line,
    percent_text,
)
from ksweep.report.display import counted
from ksweep.report.reading import read_view, sweep_before
from ksweep.store import Results

_FAIL_IF_WORSE = Where("--fail-if-worse")


def compare(options: Namespace) -> int:
    """Compare sweeps with the first of them; 1 where one is worse than is allowed."""
    views = [read_view(results, options.metric) for results in _sweeps(options)]
    base, *others = views
    basis = _basis(views, options)
    found = [compare_views(base, other, basis) for other in others]
    if options.fail_if_worse is not None:
        _check_comparable(found)
    if options.json:
        say_json({"base": base.path, "sweeps": [comparison_json(one) for one in found]})
    else:
        if basis.note:
            tell(basis.note)
        _say_texts(found, options.top)
    return _verdict(found, options.fail_if_worse)


def _sweeps(options: Namespace) -> list[Results]:
    """The base and what is compared with it: a single one with the sweep before it."""
    asked = options.results or [LATEST]
    found = [Results.open(name, options.output_dir) for name in asked]
    if len(found) == 1:
        found.insert(0, sweep_before(found[0]))
    for earlier, later in itertools.combinations(found, 2):
        if earlier.path == later.path:
            raise InputError(
                "this would be compared with itself", "name different sweeps", Where(later.path)
            )
    return found


def _basis(views: Sequence[View], options: Namespace) -> Basis:
    """What the base is ranked by, or what is asked for."""
    goal = Goal(options.goal) if options.goal else None
    every = [result for view in views for result in view.results]
    return choose_basis(every, views[0].settings, options.metric, goal)


def _check_comparable(found: Sequence[Comparison]) -> None:
    """See that there is something to fail for.

    Raises:
        InputError: a sweep has no configuration with a value in common with the base.
    """
    for comparison in found:
        where = Where(comparison.other.path)
        for compared in comparison.objectives:
            metric = compared.objective.metric
            if not any(one.before.values for one in compared.differences):
                raise InputError(
                    f"no configuration of the base that gave {metric} is in the other sweep",
                    "compare sweeps of the same range file",
                    where,
                )
            if all(one.verdict is Verdict.UNKNOWN for one in compared.differences):
                raise InputError(
                    f"what gave {metric} in the base has not ended in the other sweep",
                    "compare when it has",
                    where,
                )
            if compared.undecided and not comparison.worse_by(0):
                raise InputError(
                    f"one run of one configuration does not tell a change of {metric} from noise",
                    "run it several times in both sweeps (--set REPEAT=3)",
                    where,
                )


def _say_texts(found: Sequence[Comparison], top: int) -> None:
    for place, comparison in enumerate(found):
        if place:
            say("")
        for line in comparison_lines(comparison):
            say(line)
        for compared in comparison.objectives:
            say("")
            for line in compared_lines(compared):
                say(line)
            if not compared.differences:
                continue
            say(f"  {noise_line(compared.differences)}")
            say(f"  {decision_line(compared)}")
            say("")
            say_table(differences_table(comparison, compared, top))
            if len(compared.differences) > top:
                say(f"and {len(compared.differences) - top:,} more (--top)")
    say("")
    for line in BETWEEN_SWEEPS:
        say(line)


def _verdict(found: Sequence[Comparison], allowed: float | None) -> int:
    if allowed is None:
        return 0
    worse = [one for comparison in found for one in comparison.worse_by(allowed)]
    shifted = [one for comparison in found for one in comparison.shifted_by(allowed)]
    limit = f"for the worse by more than {100 * allowed:g}%"
    if worse:
        first = f"{worse[0].other.name} {_how(worse[0])}"
        tell(f"{counted(len(worse), 'difference')} {limit}, the first of them: {first}")
    for one in shifted:
        assert one.shift is not None  # else it would be no shift
        change = percent_text(one.shift.mean)
        tell(f"all together {limit}: {one.objective.metric} {change}")
    return int(bool(worse or shifted))


def _how(one: Difference) -> str:
    """`fails`, or `score -1.33%`."""
    if one.relative is None:
        return one.verdict.value
    return f"{one.objective.metric} {percent_text(one.relative)}"
