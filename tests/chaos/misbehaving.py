"""Many trials of which a tenth ruin their directories, each in a way of its own."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from chaos.making import Project

JOBS = 2
PATIENCE_S = 3600

KCONFIG = 'config N\n\tint "n"\n\trange 1 1000000\n\tdefault 1\n'
PROGRAM = """
import json, os, shutil, time
home, number = os.environ["KSWEEP_DIR"], int(os.environ["CONFIG_N"])
print("test_acc 7", flush=True)
def write(name, text):
    with open(os.path.join(home, name), "w") as file:
        file.write(text)
def replace(make):
    shutil.rmtree(home, ignore_errors=True)
    shutil.rmtree(home, ignore_errors=True)
    make()
ways = [
    lambda: replace(lambda: None),
    lambda: replace(lambda: open(home, "w").close()),
    lambda: replace(lambda: os.mkfifo(home)),
    lambda: replace(lambda: os.symlink("/nowhere", home)),
    lambda: replace(lambda: os.mkdir(home)),
    lambda: os.remove(home + "/config.txt"),
    lambda: (os.remove(home + "/config.txt"), os.mkdir(home + "/config.txt")),
]
if number % 10 == 0:
    while not os.path.exists(home + "/started.json"):
        time.sleep(0.001)
    ways[number // 10 % len(ways)]()
else:
    write("result.json", json.dumps({"version": number % 3, "name": "x", "id": "y", "status": 1}))
"""


@dataclass(frozen=True)
class Figures:
    """What came of the trials."""

    count: int
    states: Counter[str]
    causes: Counter[str | None]
    codes: tuple[int, int]  # of the sweep, and of a strict resume
    settled: bool  # the resume changed nothing

    @property
    def sound(self) -> bool:
        failed = self.count // 10
        expected = Counter(success=self.count - failed, failed=failed)
        return self.states == expected and self.codes == (0, 1) and self.settled

    def lines(self) -> Iterator[str]:
        yield f"misbehaving: {self.count} trials, of which a tenth ruin their directories"
        yield f"  states: {dict(self.states)}; causes: {dict(self.causes)}"
        yield f"  exit codes: {self.codes}; a resume changes nothing: {self.settled}"


def run(work: Path, count: int) -> Figures:
    """Run so many trials, and resume."""
    axes = f'CONFIG_N=1:1:{count}\nCONFIG_SWEEP_METRIC="test_acc"\n'
    with Project.made(work, KCONFIG, axes, PROGRAM) as project:
        codes = [_code(project, "sweep", "range", "-j", str(JOBS))]
        before = project.records()
        codes.append(_code(project, "resume", "--strict"))
        after = project.records()
        rows = (project.results / "results.jsonl").read_text().splitlines()
    causes = Counter(row.partition('"cause":"')[2].partition('"')[0] or None for row in rows)
    states = Counter(record["status"] for record in after)
    settled = before == after and len(rows) == count
    return Figures(count, states, causes, (codes[0], codes[1]), settled)


def _code(project: Project, *arguments: str) -> int:
    process = project.start(*arguments)
    process.communicate(timeout=PATIENCE_S)
    return process.returncode
