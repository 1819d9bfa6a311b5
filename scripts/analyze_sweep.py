#!/usr/bin/env python3
"""Analyzes the results of a sweep: `ksweep analyze` with the same options, from any Python."""

import sys

from bootstrap import enter_venv

if __name__ == "__main__":
    enter_venv()
    from ksweep.cli import main

    sys.exit(main(["analyze", *sys.argv[1:]]))
