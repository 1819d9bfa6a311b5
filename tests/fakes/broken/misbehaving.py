"""What the environment asks of a library: BROKEN is what it does, BROKEN_AT before which trial.

Without BROKEN_AT it does so as soon as it is imported. With BROKEN_ONCE, a file that it makes, it
does so one time only.
"""

import os
import signal
import time

_added = 0


def _now(trial: int) -> None:
    once = os.environ.get("BROKEN_ONCE")
    if trial != int(os.environ.get("BROKEN_AT", "0")) or (once and os.path.exists(once)):
        return
    if once:
        open(once, "w").close()
    match os.environ["BROKEN"]:
        case "raises":
            raise RuntimeError("no luck")
        case "dies":
            os._exit(9)
        case "is killed":
            os.kill(os.getpid(), signal.SIGKILL)
        case "hangs":
            time.sleep(600)
        case "is slow":
            time.sleep(2)
        case "computes":
            _compute(600)
        case "computes for 2 s":
            _compute(2)
        case "has a full disk":
            raise OSError(28, "No space left on device")


def _compute(seconds: float) -> None:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        pass


def adds() -> None:
    global _added
    _added += 1
    _now(_added)


_now(0)
