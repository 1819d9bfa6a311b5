"""The page of 100,000 made-up trials: how large it is, and how long a browser takes to show it."""

from __future__ import annotations

import random
import shutil
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

from benchmarks.timing import Check
from ksweep import settings as settings_
from ksweep.analysis.overview import overview
from ksweep.analysis.ranking import choose_basis, rank
from ksweep.analysis.view import View
from ksweep.model import Resources, Result, Settings, TrialState
from ksweep.report import page
from ksweep.store import Results

_TRIALS = 100_000
_MOST_MB = 15.0
_MOST_S = 5.0
_BROWSER = shutil.which("chromium")
_FLAGS = (
    "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-background-networking",
    "--disable-component-update", "--disable-sync", "--no-first-run",
    "--virtual-time-budget=60000", "--dump-dom",
)  # fmt: skip
_SHOWN = '<tr><td class="figure">1</td>'  # the first row of the table, which is drawn nearly last


def measure(directory: Path) -> list[Check]:
    """The page's size; the seconds from starting a browser until the page is drawn."""
    text = _page(directory)
    size = len(text.encode()) / 1e6
    checks = [
        Check(
            f"page of {_TRIALS:,} trials",
            f"{size:.1f} MB (at most {_MOST_MB:.0f})",
            size <= _MOST_MB,
        )
    ]
    if _BROWSER is not None:
        file = directory / "report.html"
        file.write_text(text, "utf-8")
        seconds, shown = _open(file, directory / "profile")
        told = f"{seconds:.1f} s with the browser's start (at most {_MOST_S:.0f})"
        checks.append(
            Check(
                "the same in a browser",
                told if shown else "not drawn",
                shown and seconds <= _MOST_S,
            )
        )
    return checks


def _page(directory: Path) -> str:
    settings = Settings(command="true")
    results = Results.create(
        str(directory), {"axes": [], "settings": settings_.to_json(settings)}, []
    )
    trials = tuple(_trials())
    names = tuple(dict.fromkeys(name for trial in trials[:100] for name in trial.params))
    places = tuple(f"{trial.name}_{trial.id}" for trial in trials)
    view = View(results.path, trials, places, names, settings)
    ranking = rank(trials, choose_basis(trials, settings))
    found = overview(view, ranking)
    return page.page(page.document(results, view, ranking, found, page.Curves(settings.query)))


def _trials() -> Iterator[Result]:
    """Ten parameters of all kinds, three metrics, five resources."""
    drawn = random.Random(0)
    for number in range(_TRIALS):
        params = {f"CONFIG_RATE_{n}": f"{10 ** drawn.uniform(-5, -1):.6g}" for n in range(3)}
        params |= {f"CONFIG_SIZE_{n}": str(2 ** drawn.randint(3, 9)) for n in range(4)}
        params |= {f"CONFIG_KIND_{n}": drawn.choice("abcd") for n in range(3)}
        second = f"{number // 3600 % 24:02}:{number // 60 % 60:02}:{number % 60:02}"
        yield Result(
            name=f"config_{number + 1:06}",
            id=f"{drawn.getrandbits(48):012x}",
            status=TrialState.SUCCESS if drawn.random() < 0.98 else TrialState.FAILED,
            exit_code=0,
            attempt=1,
            started_at=f"2026-03-{1 + number // 86400:02}T{second}+00:00",
            finished_at=f"2026-03-{1 + number // 86400:02}T{second}.5+00:00",
            host="host",
            params=params,
            metrics={name: drawn.gauss(80, 3) for name in ("test_acc", "loss", "f1")},
            resources=Resources(*(drawn.uniform(1, 100) for _ in range(5))),
        )


def _open(file: Path, profile: Path) -> tuple[float, bool]:
    command = [_BROWSER or "", *_FLAGS, f"--user-data-dir={profile}", file.as_uri()]
    start = time.perf_counter()
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=120)
    return time.perf_counter() - start, _SHOWN in done.stdout
