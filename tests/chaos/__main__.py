"""`python -m chaos --faults 500 --interleavings 1000`: what went wrong, and what it came to."""

import argparse
import itertools
import random
import sys
import tempfile
from contextlib import ExitStack
from pathlib import Path

from chaos import engine, hostile, interleaving, killing, misbehaving, noise
from chaos.figures import Lines


def run(work: Path, options: argparse.Namespace) -> list[Lines]:
    """Everything that is asked for, each in a directory of its own."""
    seed = options.seed
    for name in ("faults", "interleavings", "kills", "hostile", "noise", "misbehaving"):
        (work / name).mkdir()
    figures: list[Lines] = [engine.run(work / "faults", options.faults, seed)]
    if options.interleavings:
        figures.append(interleaving.run(work / "interleavings", options.interleavings, seed))
    if options.kills != 0:
        figures.append(killing.run(work / "kills", options.kills, seed))
    if options.hostile:
        cases = itertools.islice(hostile.every_case(), 0, None, options.hostile)
        figures.append(hostile.run(work / "hostile", cases))
    if options.noise:
        figures.append(noise.run(work / "noise", options.noise))
    if options.misbehaving:
        figures.append(misbehaving.run(work / "misbehaving", options.misbehaving))
    return figures


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="chaos", description=__doc__)
    parser.add_argument("--faults", type=int, default=500, help="how many (500)")
    parser.add_argument("--interleavings", type=int, default=1000, help="how many (1000)")
    parser.add_argument("--kills", type=int, help="how many a command (at each of its changes)")
    parser.add_argument("--hostile", type=int, default=5, help="one of how many cases (5)")
    parser.add_argument("--noise", type=int, default=200, help="MB that one trial prints (200)")
    parser.add_argument("--misbehaving", type=int, default=10_000, help="of trials (10000)")
    parser.add_argument("--seed", type=int, default=random.randrange(1 << 32))
    parser.add_argument("--work", help="an empty directory to work in, which is kept")
    options = parser.parse_args()
    print(f"chaos: seed {options.seed}", flush=True)
    with ExitStack() as stack:
        temporary = tempfile.TemporaryDirectory(prefix="ksweep-chaos-")
        work = options.work or stack.enter_context(temporary)
        every = run(Path(work).resolve(), options)
    print("\n".join(line for figures in every for line in figures.lines()))
    sys.exit(not all(figures.sound for figures in every))
