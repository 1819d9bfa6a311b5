"""A part of very many, where all of them would take too long and say no more."""

from __future__ import annotations

import random
from collections.abc import Sequence
from typing import TypeVar

T = TypeVar("T")


def drawn(items: Sequence[T], most: int) -> Sequence[T]:
    """At most so many, in their order, drawn evenly and always the same.

    Of two equally long sequences the same places are drawn.
    """
    if len(items) <= most:
        return items
    return [items[place] for place in sorted(random.Random(0).sample(range(len(items)), most))]
