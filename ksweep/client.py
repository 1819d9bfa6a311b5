"""What a program may import to be a trial: its configuration and its reports.

Only the standard library is used, and that late, as training scripts pay for every import.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

_PREFIX = "CONFIG_"
_NOT_SET = " is not set"


def config() -> dict[str, bool | int | str]:
    """The configuration of this trial, from the file that `KCONFIG_CONFIG` names.

    Returns:
        Values by symbol, without `CONFIG_`: y and n as bool, m as `"m"`, ints and hexadecimal
        numbers as int, what is in quotes as text.

    Raises:
        RuntimeError: there is no such file.
    """
    return {name: _typed(text) for name, text in entries(_config_text())}


def report(**metrics: object) -> None:
    """Print metrics where ksweep finds them; with `step` they are one point of a history each."""
    import json
    import sys

    # One write, so that output of other threads and processes stays out of the line.
    sys.stdout.write(f"KSWEEP {json.dumps(metrics, default=float)}\n")
    sys.stdout.flush()


def read_config(text: str) -> dict[str, str]:
    """The values in a `.config` as text, without quotes; `is not set` is n."""
    return {name: unquoted(value) for name, value in entries(text)}


def _config_text() -> str:
    import os

    path = os.environ.get("KCONFIG_CONFIG")
    if not path:
        raise RuntimeError(
            "KCONFIG_CONFIG is not set, so there is no configuration to read; "
            "start this program with ksweep, or set KCONFIG_CONFIG=.config to try it alone"
        )
    try:
        with open(path, encoding="utf-8", errors="surrogateescape", newline="\n") as file:
            return file.read()
    except OSError as error:
        raise RuntimeError(
            f"{path}: cannot read the configuration that KCONFIG_CONFIG names: {error.strerror}"
        ) from None


def entries(text: str) -> Iterator[tuple[str, str]]:
    """The symbols in a `.config` and their values as they are spelled; `is not set` is n."""
    for line in text.split("\n"):
        if line.startswith(_PREFIX) and "=" in line:
            name, _, value = line[len(_PREFIX) :].partition("=")
            yield name, value.rstrip("\r")
        elif line.startswith("# " + _PREFIX) and line.rstrip().endswith(_NOT_SET):
            yield line.rstrip()[len("# " + _PREFIX) : -len(_NOT_SET)], "n"


def _typed(value: str) -> bool | int | str:
    if value in ("y", "n"):
        return value == "y"
    if value.startswith('"') or value == "m":
        return unquoted(value)
    try:
        return int(value, 16 if value[:2] in ("0x", "0X") else 10)
    except ValueError:
        return value


def unquoted(value: str) -> str:
    """The text that a value stands for."""
    if len(value) < 2 or value[0] != '"' or value[-1] != '"':
        return value
    pieces = value[1:-1].split("\\\\")
    return "\\".join(piece.replace('\\"', '"') for piece in pieces)
