"""What the runner itself takes while trials run."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ksweep.proctable import ProcessRow, here

TRIALS = 10_000
GROWTH_MB = 20
SLEEPERS = 64
CPU_SHARE = 0.03
MB = 1 << 20


@contextmanager
def runner(project: Path, command: str, trials: int, jobs: int) -> Iterator[subprocess.Popen[str]]:
    (project / "Kconfig").write_text('config N\n\tint "n"\n\tdefault 0\n')
    (project / "range").write_text(f'CONFIG_SWEEP_COMMAND="{command}"\nCONFIG_N=1:1:{trials}\n')
    started = subprocess.Popen(
        [sys.executable, "-m", "ksweep", "sweep", "range", "-j", str(jobs)],
        cwd=project, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    try:
        yield started
    finally:
        started.terminate()
        started.communicate(timeout=60)


def look(process: subprocess.Popen[str]) -> ProcessRow:
    row = here().row(process.pid)
    assert row is not None
    return row


def until(process: subprocess.Popen[str], start: str) -> None:
    assert process.stderr is not None
    for line in process.stderr:
        if line.startswith(start):
            return
    raise AssertionError(f"it never said {start}")


def test_ten_thousand_trials_leave_the_runner_as_small_as_a_thousand(project: Path) -> None:
    with runner(project, "true", TRIALS, jobs=2) as process:
        until(process, "1000/10,000 trials ended")
        early = look(process).rss_bytes
        until(process, "10000/10,000 trials ended")
        late = look(process).rss_bytes
    print(f"{early / MB:.1f} MB after 1,000 trials, {late / MB:.1f} MB after 10,000")
    assert late - early < GROWTH_MB * MB


def test_the_runner_sleeps_while_long_trials_do(project: Path) -> None:
    with runner(project, "sleep 600", SLEEPERS, jobs=SLEEPERS) as process:
        until(process, f"0/{SLEEPERS} trials ended")
        time.sleep(3)  # young trials are looked at more often
        before, began = look(process).cpu_s, time.monotonic()
        assert len(here().children(process.pid)) == SLEEPERS
        time.sleep(8)
        share = (look(process).cpu_s - before) / (time.monotonic() - began)
    print(f"{100 * share:.2f} % of a core on {os.cpu_count()} cores")
    assert share <= CPU_SHARE
