"""What a command calls the choices of a tree, and the order of its parameters."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping

from ksweep.command import Names, Template
from ksweep.errors import InputError
from ksweep.kconfig import Tree
from ksweep.rangefile import RangeFile

_Members = Mapping[str, str]  # each with its own part of its name


def names_of(template: Template, tree: Tree, range_file: RangeFile) -> Names:
    """What the names in a command stand for that are no symbols.

    Raises:
        InputError: one may be several choices.
    """
    choices = {
        name: members
        for name in sorted(template.symbols)
        if not tree.has(name) and (members := _choice(name, tree, template)) is not None
    }
    if not template.has_arguments:
        return Names(choices)
    ordered = dict(_ordered(tree, range_file))
    asked = {name: members for name, members in ordered.items() if members is not None}
    return Names({**choices, **asked}, tuple(ordered))


def _choice(name: str, tree: Tree, template: Template) -> _Members | None:
    """The choice of that name, or the one whose members' names begin with it."""
    begun = f"{name}_"
    every = tree.choices()
    named = [members for known, members in every if known == name]
    if named:
        return _parts(named[0], _prefix(named[0]))
    exactly = [members for _, members in every if _prefix(members) == begun]
    found = exactly or [members for _, members in every if _prefix(members).startswith(begun)]
    if len(found) > 1:
        what = f"the command has {{{name}}}, with which the members of {len(found)} choices begin"
        firsts = ", ".join(members[0] for members in found[:3])
        fix = f"write more of their names ({firsts}), or the name of the choice"
        raise InputError(what, fix, template.where)
    return _parts(found[0], begun) if found else None


def _ordered(tree: Tree, range_file: RangeFile) -> Iterator[tuple[str, _Members | None]]:
    """The parameters in the order of the range file: symbols, and choices with their members."""
    named = {member: (known, members) for known, members in tree.choices() for member in members}
    for symbol in (symbol for line in range_file.lines for symbol in line.symbols):
        known, members = named.get(symbol, ("", ()))
        prefix = _prefix(members)
        name = known or prefix.rstrip("_")
        yield (name, _parts(members, prefix)) if name else (symbol, None)


def _prefix(members: Iterable[str]) -> str:
    """What all names begin with, up to an underscore."""
    common = os.path.commonprefix(list(members))  # noqa: RUF071
    return common[: common.rfind("_") + 1]


def _parts(members: Iterable[str], prefix: str) -> _Members:
    return {member: member.removeprefix(prefix) for member in members}
