"""What went wrong, and what the trials that went wrong share."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from ksweep.model import Result, TrialState

FAILURES = frozenset({TrialState.FAILED, TrialState.TIMEOUT, TrialState.OOM, TrialState.LOST})


@dataclass(frozen=True, slots=True)
class Common:
    """What several results share; None or empty where they differ."""

    status: TrialState | None = None
    exit_code: int | None = None
    error: str | None = None
    params: Mapping[str, str] = field(default_factory=dict)


def failed(results: Iterable[Result]) -> tuple[Result, ...]:
    """The trials that ended badly; one that was stopped on purpose is none of them."""
    return tuple(result for result in results if result.status in FAILURES)


def in_common(results: Sequence[Result], parameters: Iterable[str]) -> Common:
    """What all of the results share; of the `parameters` (`CONFIG_X`) those with one value."""
    if not results:
        return Common()
    first, *others = results

    def same(values: Iterable[object]) -> bool:
        return len(set(values)) == 1

    return Common(
        first.status if same(result.status for result in results) else None,
        first.exit_code if same(result.exit_code for result in results) else None,
        first.error if same(result.error for result in results) else None,
        {
            name: first.params[name]
            for name in parameters
            if name in first.params
            and all(other.params.get(name) == first.params[name] for other in others)
        },
    )
