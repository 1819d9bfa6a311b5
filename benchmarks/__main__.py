"""`python -m benchmarks [name…]`: all measurements or those named; 1 if one falls short."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from benchmarks import generation, running

BENCHMARKS = {"generation": generation.measure, "running": running.measure}


def main(names: list[str]) -> int:
    """Runs the measurements one after the other and prints a row for each."""
    unknown = sorted(set(names) - set(BENCHMARKS))
    if unknown:
        print(f"no benchmark named {', '.join(unknown)}; there are {', '.join(BENCHMARKS)}")
        return 2
    rows = []
    for name in names or BENCHMARKS:
        with tempfile.TemporaryDirectory(prefix="ksweep-bench-") as directory:
            row = BENCHMARKS[name](Path(directory))
        print(row, flush=True)
        rows.append(row)
    return int(any(row.ratio is not None and row.ratio < row.at_least for row in rows))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
