"""A trial: forks children and daemons that outlive it, reports, and gives a value to be checked.

What it does, and how long, follows from its configuration. A disk without room is a failure.
"""

import json
import os
import signal
import sys
import time

X = int(os.environ["CONFIG_X"])
WIDTH = int(os.environ.get("CONFIG_WIDTH", "0"))
DIRECTORY = os.environ["KSWEEP_DIR"]
STEPS = 3


def child(seconds, stubborn):
    if os.fork() == 0:
        if stubborn:
            signal.signal(signal.SIGTERM, signal.SIG_IGN)
        time.sleep(seconds)
        os._exit(0)


def daemon(seconds, stubborn):
    if os.fork() == 0:
        os.setsid()
        child(seconds, stubborn)
        os._exit(0)
    os.wait()


def main():
    if X % 2 == 0:
        child(60, stubborn=X % 8 == 0)
    if X % 3 == 0:
        daemon(60, stubborn=X % 9 == 0)
    scores = []
    for step in range(1, STEPS + 1):
        time.sleep(0.01 * (X % 7 + 1))
        scores.append(X * 10 + WIDTH * step)
        print("KSWEEP", json.dumps({"step": step, "noise": step}), flush=True)
    print("loss =", X, flush=True)
    path = os.path.join(DIRECTORY, "training_metrics.json")
    with open(path + ".new", "w") as file:
        json.dump({"score": scores}, file)
    os.rename(path + ".new", path)
    return 3 if X % 11 == 0 else 0


if __name__ == "__main__":
    sys.exit(main())
