"""The Pareto front: what nothing else is at least as good as in everything and better in one."""

from __future__ import annotations

import math
from collections.abc import Sequence


def undominated(costs: Sequence[Sequence[float]]) -> list[int]:
    """The indices, rising, of the vectors that no other one dominates; smaller is better.

    Equal vectors do not dominate each other. Sorted by the first cost, then by the next, a vector
    can only be dominated by one before it (Kung, Luccio and Preparata, "On finding the maxima of a
    set of vectors", 1975): with two costs one pass is enough, with more each is compared with the
    front so far.
    """
    order = sorted(range(len(costs)), key=lambda index: tuple(costs[index]))
    if costs and len(costs[0]) <= 2:
        return sorted(_of_two(costs, order))
    return sorted(_of_many(costs, order))


def _of_two(costs: Sequence[Sequence[float]], order: Sequence[int]) -> list[int]:
    front: list[int] = []
    least = math.inf
    for index in order:
        last = costs[index][-1]
        equal = bool(front) and tuple(costs[front[-1]]) == tuple(costs[index])
        if last < least or equal or not front:
            front.append(index)
            least = min(least, last)
    return front


def _of_many(costs: Sequence[Sequence[float]], order: Sequence[int]) -> list[int]:
    """What dominates many is looked at first: it moves to the head of the front."""
    front: list[int] = []
    for index in order:
        own = costs[index]
        for place, other in enumerate(front):
            if _dominates(costs[other], own):
                front.insert(0, front.pop(place))
                break
        else:
            front.append(index)
    return front


def _dominates(one: Sequence[float], other: Sequence[float]) -> bool:
    return all(a <= b for a, b in zip(one, other, strict=True)) and tuple(one) != tuple(other)
