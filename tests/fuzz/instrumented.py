"""One target under atheris, until libFuzzer's limits or a finding end the process.

python -m fuzz.instrumented TARGET LIBFUZZER_OPTION...
"""

from __future__ import annotations

import json
import random
import sys

import atheris

with atheris.instrument_imports(include=["ksweep"]):
    from fuzz import bounds
    from fuzz.targets import TARGETS

from fuzz.seeds import ODD


def main() -> None:
    read = TARGETS[sys.argv[1]]
    options = [sys.argv[0], *sys.argv[2:]]
    atheris.enabled_hooks.add("str")
    atheris.Setup(options, lambda data: bounds.check(read, data), custom_mutator=_mutated)
    atheris.Fuzz()


def _mutated(data: bytes, longest: int, seed: int) -> bytes:
    """Now and then a change that leaves JSON as JSON: by bytes alone one hardly gets further."""
    dice = random.Random(seed)
    lines = data.split(b"\n")
    at = dice.randrange(len(lines))
    try:
        document = json.loads(lines[at])
    except (ValueError, RecursionError):
        document = None
    if not isinstance(document, dict | list) or dice.random() < 0.4:
        return bytes(atheris.Mutate(data, longest))
    lines[at] = json.dumps(_with_odd(document, dice)).encode()
    return b"\n".join(lines)[:longest]


def _with_odd(value: object, dice: random.Random) -> object:
    if not isinstance(value, dict | list) or not value or dice.random() < 0.1:
        return dice.choice(ODD)
    if isinstance(value, list):
        at = dice.randrange(len(value))
        return [*value[:at], _with_odd(value[at], dice), *value[at + dice.choice([0, 1, 1, 2]) :]]
    key = dice.choice(list(value))
    if dice.random() < 0.1:
        return {name: one for name, one in value.items() if name != key}
    return {**value, key: _with_odd(value[key], dice)}


if __name__ == "__main__":
    main()
