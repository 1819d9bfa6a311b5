"""What a trial has of the axes, as people read it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from ksweep.analysis.axes import Members, axis_value
from ksweep.model import Result
from ksweep.report.display import plain

INACTIVE = "-"


def axis_text(result: Result, members: Members) -> str:
    """What an axis is in a trial; `-` where it is inactive."""
    value = axis_value(result, members)
    return INACTIVE if value is None else plain(value)


def parameter_texts(result: Result, axes: Mapping[str, Members]) -> Iterator[str]:
    """`LR=0.1`, then `OPT=ADAM`: what is active of the axes, given by title."""
    for title, members in axes.items():
        if (text := axis_value(result, members)) is not None:
            yield f"{title}={plain(text)}"


def parameters_text(result: Result, axes: Mapping[str, Members]) -> str:
    """The same in one line."""
    return ", ".join(parameter_texts(result, axes))
