"""Hostile results directories: each file and directory in turn is something else, for every verb.

A project is swept once; then, for each case, its results directory is put back as it was, one name in
it is replaced, and each verb is run by a copy of this process, so that nothing is loaded twice.
"""

from __future__ import annotations

import itertools
import os
import resource
import shutil
import signal
import stat
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

KCONFIG = 'config SIZE\n\tint "Size"\n\trange 1 9\n\tdefault 1\n'
RANGE = (
    'CONFIG_SIZE=1|2|3\nCONFIG_SWEEP_COMMAND="sh program.sh"\nCONFIG_SWEEP_METRIC="score"\n'
    "CONFIG_SWEEP_RETRIES=0\n"
)
PROGRAM = """\
echo "score: $CONFIG_SIZE"
echo '{"loss": [3, 2, 1]}' > "$KSWEEP_DIR/training_metrics.json"
[ $CONFIG_SIZE != 2 ] || [ $KSWEEP_ATTEMPT != 1 ]
"""
MOST_SAID = 40
PATIENCE_S = 60  # a verb takes a few tenths of a second
MEMORY_MB = 600  # above what this process has already
TEMPTING = '{"version": 1, "name": "config_001", "id": "000000000000", "status": "success"}\n'
TRIAL_FILES = (
    "config.txt", "output.log", "training_metrics.json", "result.json", "started.json",
    "pruned.json", "config.copy", "attempt_1", ".attempt", "result.json.ksweep-new",
)  # fmt: skip
FILES = (
    "sweep.json", ".sweep.json", "results.jsonl", ".lock", ".lock.optuna", "sweep_summary.json",
    "sweep_results.csv", "sweep_analysis.txt", "report.html", "plots", "plots/convergence.png",
    "optuna.journal", "code.diff", "sweep.json.ksweep-new", "results.jsonl.ksweep-new",
    "sweep_results.csv.ksweep-new",
)  # fmt: skip
VERBS = (
    ["status"], ["watch"], ["leaderboard", "--json"], ["analyze"], ["report"], ["refine"],
    ["compare", "latest", "test_matrix_results/other"], ["export", "optuna"],
    ["resume", "--retry", "failed", "--set", "RETRIES=0"], ["resume", "--only", "config_001"],
    ["run", "--reuse", "latest", "--reuse-anyway"],
    ["sweep", "range", "--method", "tpe", "--trials", "1", "--warm-start", "latest"],
)  # fmt: skip
Put = Callable[[Path, Path], object]
Case = tuple[str, str, str]  # name, what is there instead, verb


def _sparse(path: Path, _victim: Path) -> None:
    path.touch()
    os.truncate(path, 1 << 40)


def _filled(path: Path, _victim: Path) -> None:
    path.mkdir()
    (path / "file").touch()


THINGS: dict[str, Put] = {
    "a link to a file": lambda path, victim: path.symlink_to(victim / "file"),
    "a link to a directory": lambda path, victim: path.symlink_to(victim),
    "a link to nothing": lambda path, victim: path.symlink_to(victim / "new"),
    "a link to a device": lambda path, victim: path.symlink_to("/dev/zero"),
    "a hard link": lambda path, victim: os.link(victim / "file", path),
    "a pipe": lambda path, victim: os.mkfifo(path),
    "a directory": _filled,
    "nothing": lambda path, victim: None,
    "an empty file": lambda path, victim: path.touch(),
    "a sparse file of 1 TiB": _sparse,
    "a torn file": lambda path, victim: path.write_bytes(TEMPTING.encode()[:50]),
    "a foreign record": lambda path, victim: path.write_text(TEMPTING),
    "a newer version": lambda path, victim: path.write_text(TEMPTING.replace(": 1", ": 2", 1)),
    "bytes": lambda path, victim: path.write_bytes(bytes(range(256)) * 1000),
    "deep JSON": lambda path, victim: path.write_text("[" * 1_000_000),
    "wide JSON": lambda path, victim: path.write_text("[" + "[]," * 10_000_000 + "[]]"),
}
if os.geteuid() == 0:
    THINGS["a device"] = lambda path, victim: os.mknod(path, 0o666 | stat.S_IFCHR, os.makedev(1, 5))


@dataclass
class Outcome:
    """What came of all cases."""

    runs: int = 0
    longest_s: float = 0.0
    most_mb: float = 0.0
    codes: Counter[int] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)

    @property
    def sound(self) -> bool:
        return not self.wrong

    def lines(self) -> list[str]:
        """For people."""
        codes = ", ".join(f"{count} with {code}" for code, count in sorted(self.codes.items()))
        return [
            f"hostile results directories: {self.runs} commands, {codes}",
            f"  the longest took {self.longest_s:.1f} s, the largest {self.most_mb:.0f} MB",
            *(f"  WRONG: {text}" for text in self.wrong[:MOST_SAID]),
        ]


class Project:
    """A project that was swept, with a victim beside it."""

    def __init__(self, work: Path) -> None:
        self.path = work / "project"
        self.victim = work / "victim"
        self._kept = work / "kept"
        self.path.mkdir()
        self.victim.mkdir()
        (self.victim / "file").write_text("as it was\n")
        for name, text in (("Kconfig", KCONFIG), ("range", RANGE), ("program.sh", PROGRAM)):
            (self.path / name).write_text(text)
        for arguments in (
            ["sweep", "range", "--max-runs", "2"], ["report"], ["export", "optuna"],
            ["resume", "--retry", "failed", "--max-runs", "1"], ["sweep", "range"],
        ):  # fmt: skip
            done = _command(self.path, arguments)
            if done.returncode not in (0, 1):
                raise RuntimeError(f"{arguments}: {done.stderr}")
        first, second = sorted((self.path / "test_matrix_results").glob("sweep_*"))
        second.rename(second.with_name("other"))
        self.name = first.name
        self._link()
        shutil.copytree(self.path, self._kept, symlinks=True)
        self.before = self._outside()

    def _link(self) -> None:
        latest = self.path / "test_matrix_results/latest"
        latest.unlink()
        latest.symlink_to(self.name)

    @property
    def results(self) -> Path:
        return self.path / "test_matrix_results" / self.name

    def restore(self) -> None:
        for path in (self.path, self.victim):
            shutil.rmtree(path)
        shutil.copytree(self._kept, self.path, symlinks=True)
        self.victim.mkdir()
        (self.victim / "file").write_text("as it was\n")

    def place(self, target: str) -> Path:
        """Of a name below the results directory; a trial's directory goes by the trial's name."""
        first, *rest = target.split("/")
        return Path(next(self.results.glob(f"{first}_*"), self.results / first), *rest)

    def harm(self) -> str:
        """What is not as it was outside the results; empty where all of it is."""
        return "" if self._outside() == self.before else f"{self._outside()}"

    def _outside(self) -> list[tuple[str, str]]:
        victims = [(path.name, path.read_text()) for path in sorted(self.victim.iterdir())]
        own = {"sweep_configs", "test_matrix_results"}
        beside = [(p.name, "") for p in sorted(self.path.iterdir()) if p.name not in own]
        sweeps = (p.name for p in (self.path / "test_matrix_results").iterdir())
        strange = [
            (n, "") for n in sorted(sweeps) if not n.startswith(("sweep_", "other", "latest"))
        ]
        return [*victims, *beside, *strange]


def _command(cwd: Path, arguments: list[str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "ksweep", *arguments],
        cwd=cwd, capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip


def every_case() -> Iterator[Case]:
    """Each name, in each way, for each verb."""
    trials = [f"config_00{number}" for number in (1, 2, 3)]  # of which the last has not run
    inside = [f"{trial}/{name}" for trial in trials for name in TRIAL_FILES]
    yield from itertools.product((*FILES, *trials, *inside), THINGS, map(" ".join, VERBS))


def run(work: Path, cases: Iterable[Case]) -> Outcome:
    """Try cases one after another; in an empty directory."""
    project = Project(work)
    _load()
    outcome = Outcome()
    for target, thing, verb in cases:
        project.restore()
        path = project.place(target)
        if path.parent.is_dir():
            _remove(path)
            THINGS[thing](path, project.victim)
            _try(project, outcome, verb.split(), f"{target} is {thing}: {verb}")
    return outcome


def _remove(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


def _load() -> None:
    """Have in memory what the verbs import."""
    import importlib

    for name in ("looking", "reporting", "running", "comparing", "refining", "exporting"):
        importlib.import_module(f"ksweep.cli.{name}")


def _try(project: Project, outcome: Outcome, verb: list[str], case: str) -> None:
    said = project.path.with_name("said")
    began = time.monotonic()
    child = os.fork()
    if not child:
        _be_the_command(project.path, said, verb)
    signal.signal(signal.SIGALRM, lambda *_: os.kill(child, signal.SIGKILL))
    signal.alarm(PATIENCE_S)
    _, status, usage = os.wait4(child, 0)
    signal.alarm(0)
    code, seconds = os.waitstatus_to_exitcode(status), time.monotonic() - began
    outcome.runs += 1
    outcome.codes[code] += 1
    outcome.longest_s = max(outcome.longest_s, seconds)
    outcome.most_mb = max(outcome.most_mb, usage.ru_maxrss / 1024)
    text = said.read_text(errors="replace")
    if code not in (0, 1, 2, 3):
        outcome.wrong.append(f"{case}: ended with {code} after {seconds:.1f} s: {text[-300:]}")
    elif "Traceback" in text or "unexpected error" in text:
        outcome.wrong.append(f"{case}: {text[-300:]}")
    elif harm := project.harm():
        outcome.wrong.append(f"{case}: left {harm}")


def _be_the_command(cwd: Path, said: Path, verb: list[str]) -> None:
    code = 99
    try:
        os.chdir(cwd)
        descriptor = os.open(said, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
        nothing = os.open(os.devnull, os.O_RDONLY)
        for standard, opened in ((0, nothing), (1, descriptor), (2, descriptor)):
            os.dup2(opened, standard)
        sys.stdout = open(1, "w", closefd=False)  # noqa: SIM115
        sys.stderr = open(2, "w", closefd=False)  # noqa: SIM115
        data = int(Path("/proc/self/statm").read_text().split()[5]) * resource.getpagesize()
        limit = data + (MEMORY_MB << 20)
        resource.setrlimit(resource.RLIMIT_DATA, (limit, limit))
        from ksweep.cli import main

        code = main(verb)
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)
