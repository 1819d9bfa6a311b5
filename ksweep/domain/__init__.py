"""The values of one symbol of an axis: choices, exact ranges, distributions, `*`.

`bind` turns the pieces of a right-hand side into a domain once the symbol's type is known.
"""

from ksweep.domain.binding import bind, is_axis
from ksweep.domain.distributions import Distribution, DistributionKind
from ksweep.domain.ranges import Range
from ksweep.domain.values import AnyValue, Choices, Piece, Pieces, quote, shorten

__all__ = [
    "AnyValue",
    "Choices",
    "Distribution",
    "DistributionKind",
    "Piece",
    "Pieces",
    "Range",
    "bind",
    "is_axis",
    "quote",
    "shorten",
]
