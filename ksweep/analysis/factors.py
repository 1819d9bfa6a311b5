"""What varies between the configurations of a sweep: parameters, and choices as a whole."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from ksweep import number
from ksweep.model import Result

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

OTHERS = "others"
"""The level in which the rarer ones of very many texts are put together."""

_NUMBERS = 20  # more are put together in ranges
_IN_A_RANGE = 20  # configurations
_LEAST_RANGES, _MOST_RANGES = 5, 10
_TEXTS = 50


@dataclass(frozen=True, slots=True)
class Factor:
    """A parameter that has at least two values among the configurations looked at.

    Attributes:
        name: `CONFIG_X`, or of a Kconfig choice what its range line begins with:
            `CONFIG_X|CONFIG_Y`.
        members: the `CONFIG_` names that it consists of; one but for a choice.
        levels: its values; of a choice the names of its members. Numbers rise, others are in the
            order in which they are met. Where `binned`, they are ranges of values, `0.01 to 0.05`,
            or the rarest texts are one, `others`.
        numeric: all its values are numbers, none too large for a float.
        binned: it has so many values that some are put together: numbers in ranges with about
            equally many configurations in each, texts that are rare in one level.
        active: in how many configurations it is active.
        conditional: it is inactive in some of the others.
    """

    name: str
    members: tuple[str, ...]
    levels: tuple[str, ...]
    numeric: bool
    binned: bool
    active: int
    conditional: bool


@dataclass(frozen=True, slots=True)
class Coded:
    """A factor with what each configuration has of it.

    Attributes:
        codes: the index of its level, -1 where the factor is inactive.
        ranks: of a numeric factor the index of its value among all its values, smallest first, -1
            where it is inactive; else the same as `codes`.
        numbers: of a numeric factor its values by `ranks`, scaled to at most 1; else empty.
    """

    factor: Factor
    codes: NDArray[np.int64]
    ranks: NDArray[np.int64]
    numbers: NDArray[np.float64]


def code_factors(
    results: Sequence[Result],
    parameters: Sequence[str],
    choices: Sequence[tuple[str, ...]],
    texts: Collection[str] = (),
) -> tuple[Coded, ...]:
    """The factors in the order of `parameters`; those that are always the same are left out.

    A member of a choice is no factor by itself. What is among `texts` is no number, whatever it
    looks like.
    """
    params = [result.params for result in results]
    each = (
        _coded(members, texts_of(params, members), members[0] not in texts)
        for members in _units(parameters, choices)
    )
    return tuple(coded for coded in each if coded is not None)


def taken(coded: Coded, places: Sequence[int]) -> Coded | None:
    """A factor in some of the configurations; None where it is active in none of them."""
    import numpy as np

    codes, ranks = coded.codes[np.array(places)], coded.ranks[np.array(places)]
    return replace(coded, codes=codes, ranks=ranks) if (codes >= 0).any() else None


def _units(
    parameters: Sequence[str], choices: Sequence[tuple[str, ...]]
) -> Iterator[tuple[str, ...]]:
    """Each parameter by itself, and the members of each choice together, once."""
    of_choice = {name: members for members in choices for name in members}
    return iter(dict.fromkeys(of_choice.get(name, (name,)) for name in parameters))


def texts_of(params: Sequence[Mapping[str, str]], members: tuple[str, ...]) -> Sequence[str | None]:
    """The values of a parameter; of a choice the member that is y; None where inactive."""
    if len(members) == 1:
        return [one.get(members[0]) for one in params]
    found: list[str | None] = [None] * len(params)
    for name in reversed(members):
        found = [
            name if one.get(name) == "y" else before
            for one, before in zip(params, found, strict=True)
        ]
    return found


def _coded(
    members: tuple[str, ...], texts: Sequence[str | None], may_be_numeric: bool
) -> Coded | None:
    import numpy as np

    counts = Counter(texts)
    inactive = counts.pop(None, 0)
    if len(counts) < 2:
        return None
    values = {text: _number(text) for text in counts if text is not None}
    numeric = may_be_numeric and None not in values.values()
    order = sorted(values, key=lambda text: (values[text], text)) if numeric else list(values)
    place: dict[str | None, int] = {text: index for index, text in enumerate(order)}
    place[None] = -1
    ranks = np.fromiter(map(place.__getitem__, texts), dtype=np.int64, count=len(texts))
    sizes = np.array([counts[text] for text in order], dtype=np.int64)
    levels, level_of = _ranges(order, sizes) if numeric else _frequent(order, sizes)
    factor = Factor(
        name="|".join(members),
        members=members,
        levels=levels,
        numeric=numeric,
        binned=len(levels) < len(order),
        active=len(texts) - inactive,
        conditional=inactive > 0,
    )
    codes = np.append(level_of, -1)[ranks]
    return Coded(factor, codes, ranks, _scaled([values[text] for text in order] if numeric else []))


def _ranges(
    order: Sequence[str], sizes: NDArray[np.int64]
) -> tuple[tuple[str, ...], NDArray[np.int64]]:
    """The levels of a number and the one of each value: itself, or the range that it is in."""
    import numpy as np

    total = int(sizes.sum())
    if len(order) <= _NUMBERS:
        return tuple(order), np.arange(len(order))
    ranges = min(max(total // _IN_A_RANGE, _LEAST_RANGES), _MOST_RANGES)
    middle = np.cumsum(sizes) - sizes / 2
    _, level_of = np.unique((middle * ranges // total).astype(np.int64), return_inverse=True)
    starts = np.flatnonzero(np.diff(level_of, prepend=-1)).tolist()
    ends = [*starts[1:], len(order)]
    spans = [(order[start], order[end - 1]) for start, end in zip(starts, ends, strict=True)]
    return tuple(a if a == b else f"{a} to {b}" for a, b in spans), level_of


def _frequent(
    order: Sequence[str], sizes: NDArray[np.int64]
) -> tuple[tuple[str, ...], NDArray[np.int64]]:
    """The levels of a text and the one of each value: itself, or `others` for the rarest."""
    import numpy as np

    if len(order) <= _TEXTS:
        return tuple(order), np.arange(len(order))
    kept = np.sort(np.argsort(-sizes, kind="stable")[: _TEXTS - 1])
    level_of = np.full(len(order), _TEXTS - 1)
    level_of[kept] = np.arange(len(kept))
    return (*(order[index] for index in kept.tolist()), OTHERS), level_of


def _number(text: str) -> float | None:
    """The number that the text is, unless it is too large to calculate with."""
    try:
        if text[:2] in ("0x", "0X"):
            value = None if number.parse_hex(text) is None else float(int(text, 16))
        else:
            value = float(text) if number.is_decimal(text) else None
    except OverflowError:
        return None
    return value if value is None or math.isfinite(value) else None


def _scaled(values: Sequence[float | None]) -> NDArray[np.float64]:
    """The values divided by the largest size among them."""
    import numpy as np

    found = np.array(values, dtype=np.float64)
    largest = float(np.abs(found).max(initial=0.0))
    return found / largest if largest else found
