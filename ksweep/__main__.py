"""`python -m ksweep`: the `ksweep` command."""

from ksweep.cli import main

if __name__ == "__main__":
    raise SystemExit(main())
