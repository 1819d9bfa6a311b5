"""Recursion as deep as memory allows: generators that yield the calls that they wait for.

Python ends a recursion of plain functions after about a thousand calls.
"""

from __future__ import annotations

from collections.abc import Generator
from typing import Any, TypeAlias, TypeVar

T = TypeVar("T")
Task: TypeAlias = Generator[Any, Any, T]
"""A call: it yields a task where it needs what that returns, and is sent it."""


def run(task: Task[T]) -> T:
    """What a task returns."""
    calls: list[Task[Any]] = [task]
    value: Any = None
    try:
        while calls:
            try:
                calls.append(calls[-1].send(value))
                value = None
            except StopIteration as done:
                calls.pop()
                value = done.value
    finally:
        while calls:
            calls.pop().close()
    result: T = value
    return result
