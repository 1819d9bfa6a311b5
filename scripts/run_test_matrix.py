#!/usr/bin/env python3
"""Runs generated configurations: `ksweep run` with the same options, from any Python."""

import sys

from bootstrap import enter_venv

if __name__ == "__main__":
    enter_venv()
    from ksweep.cli import main

    sys.exit(main(["run", *sys.argv[1:]]))
