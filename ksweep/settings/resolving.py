"""Lines and options, judged by `Kconfig.sweep`, become one `Settings`."""

from __future__ import annotations

import difflib
import functools
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from enum import StrEnum
from pathlib import Path

from ksweep.errors import InputError, Mistakes, Where
from ksweep.kconfig import Tree, read_base
from ksweep.model import Assignment, Settings, SymbolType
from ksweep.settings.values import ENUMS, FIELDS

KCONFIG = Path(__file__).parent.with_name("Kconfig.sweep")

_PREFIX = "SWEEP_"
_LINE = re.compile(
    r"CONFIG_(?P<set>SWEEP_\w+)=(?P<value>.*)|# CONFIG_(?P<unset>SWEEP_\w+) is not set"
)
_FORMS = {
    SymbolType.BOOL: (re.compile("[yn]"), "y or n"),
    SymbolType.INT: (re.compile(r"[+-]?[0-9]{1,18}"), "a whole number"),
}
_ANY = (re.compile(".*", re.DOTALL), "any text")


def resolve(
    options: Mapping[str, object],
    range_lines: Sequence[Assignment],
    dotconfig: Path | None,
    assignments: Sequence[Assignment] = (),
    mistakes: Mistakes | None = None,
) -> Settings:
    """The settings of a new sweep, from the strongest source to the weakest.

    Args:
        options: by the names of `Settings`' fields; None where an option was not given.
        range_lines: the `SWEEP_*` lines of the range file.
        dotconfig: the `.config`, if there is one; a default in it counts as not set.
        assignments: settings that were given as lines on the command line.
        mistakes: where lines and options that are wrong are noted; the rest holds.

    Raises:
        InputError: a line or an option is wrong, or the `.config` cannot be read, and it is not to
            be noted.
    """
    settings = Settings()
    found = Mistakes() if mistakes is None else mistakes
    if dotconfig is not None:
        with found.gathered():
            lines = list(_dotconfig_lines(dotconfig))
            settings = _with(settings, [line for line in lines if not _is_default(line)], found)
    settings = _with(settings, range_lines, found)
    settings = _with(settings, [*_options(options), *assignments], found)
    if mistakes is None:
        found.check()
    return settings


def override(
    settings: Settings, options: Mapping[str, object], assignments: Sequence[Assignment] = ()
) -> Settings:
    """Settings with options over them, by the names of the fields; None is an option not given.

    `assignments` are `SWEEP_*` lines of the same strength.

    Raises:
        InputError: an option is wrong.
    """
    mistakes = Mistakes()
    found = _with(settings, [*_options(options), *assignments], mistakes)
    mistakes.check()
    return found


def _options(options: Mapping[str, object]) -> list[Assignment]:
    return [_option(name, value) for name, value in options.items() if value is not None]


def _with(settings: Settings, lines: Sequence[Assignment], mistakes: Mistakes) -> Settings:
    """Settings with one source's lines over them; those that are wrong are noted and left out."""
    values: dict[str, object] = {}
    chosen: dict[str, Assignment] = {}
    for line in lines:
        with mistakes.gathered():
            _check(line)
            found = _value(line)
            if found is not None and isinstance(found[1], StrEnum):
                _check_alone(chosen.setdefault(found[0], line), line)
            values.update([found] if found is not None else [])
    explicit = settings.explicit.union(values)
    return replace(settings, **values, explicit=explicit)  # type: ignore[arg-type]


def _check(line: Assignment) -> None:
    """See that Kconfig accepts the line."""
    tree = _tree()
    if not tree.has(line.symbol):
        raise InputError(
            f"CONFIG_{line.symbol} is not a setting", _suggestion(line.symbol, tree), line.where
        )
    symbol = tree.symbol(line.symbol, line.where)
    form, description = _FORMS.get(symbol.type, _ANY)
    allowed = symbol.allowed(line.value) if form.fullmatch(line.value) else description
    if allowed is not None:
        raise InputError(
            f"CONFIG_{line.symbol} cannot be `{line.value}`", f"it allows {allowed}", line.where
        )


def _check_alone(first: Assignment, line: Assignment) -> None:
    if first.symbol != line.symbol:
        raise InputError(
            f"CONFIG_{line.symbol} and CONFIG_{first.symbol} ({first.where}) exclude each other",
            "remove one of the two",
            line.where,
        )


def _suggestion(name: str, tree: Tree) -> str:
    names = sorted(tree.names())
    members = [other for other in names if other.startswith(f"{name}_")]
    if members:
        return "write " + " or ".join(f"CONFIG_{member}=y" for member in members)
    near = difflib.get_close_matches(name, names, n=3, cutoff=0.7)
    if near:
        return f"did you mean {' or '.join(f'CONFIG_{other}' for other in near)}?"
    listed = ", ".join(name.removeprefix(_PREFIX) for name in names)
    return f"the settings are CONFIG_{_PREFIX} with {listed}"


def _value(line: Assignment) -> tuple[str, object] | None:
    """The field that a line sets, and to what; None for a member of a choice that is n."""
    name = line.symbol.removeprefix(_PREFIX)
    if name in FIELDS:
        return name.lower(), FIELDS[name](line)
    field, _, member = name.lower().partition("_")
    return (field, ENUMS[field](member)) if line.value == "y" else None


def assignment(name: str, value: str, where: Where) -> Assignment:
    """A setting's line; a choice may be given by its own name: `GOAL=minimize`."""
    if name.lower() in ENUMS and value:
        return Assignment(f"{_PREFIX}{name}_{value.upper()}", "y", where)
    return Assignment(f"{_PREFIX}{name}", value, where)


def _option(field: str, value: object) -> Assignment:
    where = Where(f"--{field.replace('_', '-')}")
    if field in ENUMS:
        return Assignment(f"{_PREFIX}{field.upper()}_{str(value).upper()}", "y", where)
    text = ("n", "y")[value] if isinstance(value, bool) else str(value)
    return Assignment(f"{_PREFIX}{field.upper()}", text, where)


def _is_default(line: Assignment) -> bool:
    tree = _tree()
    return tree.has(line.symbol) and tree.symbol(line.symbol, line.where).value == line.value


def _dotconfig_lines(path: Path) -> Iterator[Assignment]:
    text = read_base(path)
    for number, line in enumerate(text.split("\n"), start=1):
        if match := _LINE.fullmatch(line.rstrip("\r")):
            symbol = match["set"] or match["unset"]
            value = _unquoted(match["value"]) if match["set"] else "n"
            yield Assignment(symbol, value, Where(str(path), number))


def _unquoted(value: str) -> str:
    if len(value) < 2 or value[0] != '"' or value[-1] != '"':
        return value
    return re.sub(r"\\(.)", r"\1", value[1:-1])


@functools.cache
def _tree() -> Tree:
    return Tree(KCONFIG)
