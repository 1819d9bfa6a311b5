"""Signals that would end the command where it stands, and leave what it has begun behind."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

_USUAL = frozenset({signal.SIGINT, signal.SIGQUIT, signal.SIGTERM, signal.SIGHUP})
_FAULTS = "ILL TRAP ABRT BUS FPE SEGV SYS EMT"  # of the program itself
_HARMLESS = "CHLD CONT URG WINCH INFO TSTP TTIN TTOU"
_LEFT = {getattr(signal, f"SIG{name}", None) for name in f"{_FAULTS} {_HARMLESS} KILL STOP".split()}


@contextmanager
def handled(handler: Callable[[int, FrameType | None], None]) -> Iterator[None]:
    """Give the handler each signal whose default is to end the process.

    That is also where it was blocked, or ignored as in the background of a script, when the
    command was started: what is started meanwhile has it by default. Left alone are SIGHUP where
    it is ignored (`nohup`), what others handle, and all of them outside the main thread.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    numbers = [number for number in signal.valid_signals() - _LEFT if _is_free(number)]
    before = {number: signal.signal(number, handler) for number in numbers}
    blocked = signal.pthread_sigmask(signal.SIG_UNBLOCK, numbers)
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, blocked)
        for number, earlier in before.items():
            signal.signal(number, earlier)


def interrupt(_number: int, _frame: FrameType | None) -> None:
    """The handler by which any signal is a Ctrl-C: what was begun is put in order."""
    raise KeyboardInterrupt


def _is_free(number: int) -> bool:
    now = signal.getsignal(number)
    if number in _USUAL:
        return now is not None and not (number == signal.SIGHUP and now is signal.SIG_IGN)
    return now in (signal.SIG_DFL, interrupt)
