"""The command line as a process of a machine with faults, and in which trials have to end soon.

    python runner.py GRACE BACK AFTER DELAY VERB ...

GRACE: seconds between SIGTERM and SIGKILL. The clock is set back by BACK seconds after AFTER
seconds, and again and again from then on.
The disk takes DELAY seconds for each write and each change of a name, so that whatever happens to
the runner happens between two of them.
"""

import datetime
import os
import signal
import sys
import time
from contextlib import suppress

REAL_TIME = time.time
AGAIN_S = 0.4


def set_clock_back(back_s, after_s):
    """Let who asks for the time of day be told an earlier one; the monotonic clock is right."""
    with suppress(ImportError):  # compiled modules want the real class while they are loaded
        import sklearn.ensemble  # noqa: F401
    turn = time.monotonic() + after_s

    def late():
        return back_s * max(0, 1 + (time.monotonic() - turn) // AGAIN_S)

    class Late(datetime.datetime):
        @classmethod
        def now(cls, tz=None):
            return cls.fromtimestamp(REAL_TIME() - late(), tz)

    time.time = lambda: REAL_TIME() - late()
    datetime.datetime = Late


def slow_down_disk(delay_s):
    def slow(act):
        def late(*arguments, **options):
            time.sleep(delay_s)
            return act(*arguments, **options)

        return late

    for name in ("write", "rename", "mkdir", "ftruncate"):
        setattr(os, name, slow(getattr(os, name)))


def hurry(grace_s):
    from ksweep.backends import local

    begin = local.LocalBackend.__init__
    begin.__defaults__ = tuple(
        grace_s if value == local._GRACE_S else value for value in begin.__defaults__
    )


if __name__ == "__main__":
    grace, back, after, delay = map(float, sys.argv[1:5])
    if back:
        set_clock_back(back, after)
    if delay:
        slow_down_disk(delay)
    hurry(grace)
    from ksweep.cli import main

    signal.signal(signal.SIGINT, signal.default_int_handler)  # who started it may ignore it
    sys.exit(main(sys.argv[5:]))
