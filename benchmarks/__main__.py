"""`python -m benchmarks [name…]`: all measurements or those named; 1 if one falls short."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from benchmarks import analysing, generation, judgements, reporting, running, searching, stopping
from benchmarks.timing import Check, Row

BENCHMARKS = {
    "generation": generation.measure,
    "reporting": reporting.measure,
    "running": running.measure,
    "searching": searching.measure,
    "stopping": stopping.measure,
    "analysing": analysing.measure,
    "judgements": judgements.measure,
}


def main(names: list[str]) -> int:
    """Runs the measurements one after the other and prints a row for each."""
    unknown = sorted(set(names) - set(BENCHMARKS))
    if unknown:
        print(f"no benchmark named {', '.join(unknown)}; there are {', '.join(BENCHMARKS)}")
        return 2
    rows: list[Row | Check] = []
    for name in names or BENCHMARKS:
        with tempfile.TemporaryDirectory(prefix="ksweep-bench-") as directory:
            found = BENCHMARKS[name](Path(directory))
        for row in found:
            print(row, flush=True)
        rows += found
    return int(not all(row.ok for row in rows))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
