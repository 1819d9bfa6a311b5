"""`python -m chaos --faults 500`: many faults, and what they came to."""

import argparse
import random
import sys
import tempfile
from contextlib import ExitStack
from pathlib import Path

from chaos.engine import run

if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="chaos", description=__doc__)
    parser.add_argument("--faults", type=int, default=500, help="how many (500)")
    parser.add_argument("--seed", type=int, default=random.randrange(1 << 32))
    parser.add_argument("--work", help="an empty directory to work in, which is kept")
    options = parser.parse_args()
    print(f"chaos: seed {options.seed}", flush=True)
    with ExitStack() as stack:
        temporary = tempfile.TemporaryDirectory(prefix="ksweep-chaos-")
        work = options.work or stack.enter_context(temporary)
        figures = run(Path(work).resolve(), options.faults, options.seed)
    print("\n".join(figures.lines()))
    sys.exit(not figures.sound)
