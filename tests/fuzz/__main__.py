"""The long run of the fuzzing, guided by coverage; `make fuzz` calls it. To be run from `tests/`.

    python -m fuzz all|TARGET [--seconds N] [--work DIR]
    python -m fuzz TARGET --repeat FILE

Each target runs until its time is over or it has a finding. Corpora grow in `DIR/corpus/TARGET` and
are used again; findings are left in `DIR/findings`, and the exit code is 1 where there are any. A
finding becomes a test when its file is put into `fuzz/cases/TARGET`.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import re
import subprocess
import sys
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryDirectory

from fuzz import bounds
from fuzz.material import MEMORY
from fuzz.seeds import ROOT, TESTS, seeds, words
from fuzz.targets import TARGETS

_HANG_S = 20
_MEMORY_MB = 2048
_LONGEST = 16384  # bytes
_COVERAGE = re.compile(r"cov: (\d+) ft: (\d+)")
_STATISTIC = re.compile(r"stat::(\w+):\s+(\d+)")
_REASON = re.compile(
    r"^(?:\w+Error.*|\w+\.?\w*Error: .*|ERROR: libFuzzer: .*|==\d+== ?ERROR: .*)$", re.M
)


def main() -> int:
    """Returns the exit code: 1 where something was found, 3 where atheris is missing."""
    options = _options()
    if options.repeat is not None:
        bounds.check(TARGETS[options.target], options.repeat.read_bytes())
        return 0
    if find_spec("atheris") is None:
        sys.stderr.write(
            "atheris: is not installed; pip install 'ksweep[fuzz]' does, where there is a wheel of it\n"
        )
        return 3
    names = list(TARGETS) if options.target == "all" else [options.target]
    found = [name for name in names if _fuzz(name, options.seconds, options.work)]
    return 1 if found else 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m fuzz", description=__doc__)
    parser.add_argument("target", choices=["all", *TARGETS])
    parser.add_argument("--seconds", type=int, default=120, help="a target")
    parser.add_argument("--work", type=Path, default=ROOT / ".fuzz")
    parser.add_argument("--repeat", type=Path, metavar="FILE", help="read one finding again")
    options = parser.parse_args()
    if options.repeat is not None and options.target == "all":
        parser.error("--repeat needs the target that the file is for")
    return options


def _fuzz(target: str, seconds: int, work: Path) -> bool:
    """Run one target and say how it went; returns whether something was found."""
    corpus, findings = work / "corpus" / target, work / "findings"
    for folder in (corpus, findings):
        folder.mkdir(parents=True, exist_ok=True)
    for seed in seeds(target):
        (corpus / hashlib.sha1(seed).hexdigest()).write_bytes(seed)
    dictionary = work / f"{target}.dict"
    dictionary.write_text(
        "".join(f'"{_escaped(word)}"\n' for word in words(target) if len(word) < 128)
    )
    before = set(findings.iterdir())
    log = work / f"{target}.log"
    command = [
        sys.executable, "-m", "fuzz.instrumented", target, str(corpus), f"-dict={dictionary}",
        f"-artifact_prefix={findings}/{target}-", f"-max_total_time={seconds}", f"-timeout={_HANG_S}",
        f"-rss_limit_mb={_MEMORY_MB}", f"-max_len={_LONGEST}", "-print_final_stats=1", "-verbosity=1",
    ]  # fmt: skip
    # libFuzzer ends the process without Python's own end, which would clean up.
    with log.open("wb") as output, TemporaryDirectory(dir=MEMORY) as room:
        environment = {**os.environ, "TMPDIR": room}
        ended = subprocess.run(command, stdout=output, stderr=output, cwd=TESTS, env=environment)
    found = sorted(set(findings.iterdir()) - before)
    _tell(target, log, found, ended.returncode)
    return bool(found) or ended.returncode != 0


def _tell(target: str, log: Path, found: Sequence[Path], code: int) -> None:
    text = log.read_text("utf-8", "replace")
    statistics = dict(_STATISTIC.findall(text))
    covered = _COVERAGE.findall(text) or [("0", "0")]
    print(
        f"{target}: {statistics.get('number_of_executed_units', '?')} examples, "
        f"{statistics.get('average_exec_per_sec', '?')} a second, "
        f"coverage {covered[0][0]} to {covered[-1][0]} edges, "
        f"{statistics.get('peak_rss_mb', '?')} MB; {len(found)} found",
        flush=True,
    )
    for path in found:
        reason = (_REASON.findall(text) or ["see the log"])[0]
        print(f"  {reason[:200]}\n  to repeat it: python -m fuzz {target} --repeat {path}")
    if code and not found:
        print(f"  it ended with {code}; see {log}")


def _escaped(word: bytes) -> str:
    return "".join(f"\\x{byte:02X}" for byte in word)


if __name__ == "__main__":
    sys.exit(main())
