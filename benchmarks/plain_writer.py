"""What one would write by hand: every combination of a range file into a file, nothing checked.

Knows fixed lines, `a|b|c` and choice axes, which is all that the case has.
"""

import itertools
import sys
from pathlib import Path


def alternatives(line: str) -> list[str]:
    """The lines that one line of the range file stands for, one of which is taken at a time."""
    left, right = line.split("=", 1)
    if "|" in left:
        members = left.split("|")
        return [
            "\n".join(f"{m}=y" if m == chosen else f"# {m} is not set" for m in members)
            for chosen in members
        ]
    return [f"{left}={value}" for value in right.split("|")]


def main(range_file: str, directory: str) -> None:
    """Writes config_00001 and so on."""
    lines = Path(range_file).read_text().splitlines()
    axes = [alternatives(line) for line in lines if line.startswith("CONFIG_")]
    target = Path(directory)
    target.mkdir()
    for number, chosen in enumerate(itertools.product(*axes), 1):
        with open(target / f"config_{number:05d}", "w") as file:
            file.write("\n".join(chosen) + "\n")


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2])
