"""What a trial is expected to need, by the peaks of those before it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from ksweep.model import Result, TrialState

_TELLING = frozenset(  # ends by which a trial has shown how much memory it needs
    {TrialState.SUCCESS, TrialState.OOM, TrialState.TIMEOUT, TrialState.PRUNED}
)
_UNEXPLAINED = 0.1
_MARGIN = 1.1
_MOST_VALUES = 1000


@dataclass(slots=True)
class _Sums:
    """Count, sum, sum of squares and largest of some peaks, in MB."""

    count: int = 0
    total: float = 0.0
    squares: float = 0.0
    largest: float = 0.0

    def add(self, peak_mb: float) -> None:
        self.count += 1
        self.total += peak_mb
        self.squares += peak_mb * peak_mb
        self.largest = max(self.largest, peak_mb)

    @property
    def spread(self) -> float:
        """The sum of squared deviations from the mean."""
        return max(self.squares - self.total * self.total / self.count, 0.0) if self.count else 0.0


@dataclass(slots=True)
class _Values:
    """The peaks of one parameter by its values, with what is asked of all of them kept ready."""

    by: dict[str, _Sums] = field(default_factory=dict)
    count: int = 0
    spread: float = 0.0  # the sum of those within the values

    def add(self, text: str, peak_mb: float) -> None:
        if text not in self.by and len(self.by) >= _MOST_VALUES:
            return
        sums = self.by.setdefault(text, _Sums())
        self.spread -= sums.spread
        sums.add(peak_mb)
        self.spread += sums.spread
        self.count += 1


@dataclass(slots=True)
class Peaks:
    """The peaks seen so far, by the values of each parameter.

    A parameter explains them where trials that share its value have nearly the same peak: the
    deviations within its values are at most a tenth of all deviations, with some value seen twice.
    """

    _all: _Sums = field(default_factory=_Sums)
    _by: dict[str, _Values] = field(default_factory=dict)

    def learn(self, result: Result) -> bool:
        """Take in a trial that has ended; False where it says nothing of what others need.

        One too short to be measured counts as needing nothing.
        """
        tells = result.status in _TELLING and result.reused_from is None
        if tells:
            self.add(result.params, result.resources.peak_rss_mb or 0.0)
        return tells

    def add(self, params: Mapping[str, str], peak_mb: float) -> None:
        """Take in the peak of a configuration."""
        self._all.add(peak_mb)
        for name, text in params.items():
            self._by.setdefault(name, _Values()).add(text, peak_mb)

    def expected(self, params: Mapping[str, str]) -> float | None:
        """The memory in MB that a trial is expected to need, a tenth more than was seen.

        It is the largest peak of the trials that share the value of the parameter that explains
        the peaks best; else the largest of all. None where nothing was seen.
        """
        if not self._all.count:
            return None
        alike = self._alike(params)
        return _MARGIN * (alike or self._all).largest

    def _alike(self, params: Mapping[str, str]) -> _Sums | None:
        best, least = None, _UNEXPLAINED * self._all.spread
        for name, text in params.items():
            values = self._by.get(name)
            if values is None or text not in values.by or values.spread > least:
                continue
            if len(values.by) < values.count == self._all.count:
                best, least = values.by[text], values.spread
        return best
