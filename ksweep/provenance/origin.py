"""By whom, on what machine and in what place a sweep was begun, and whether that is here."""

from __future__ import annotations

import os
import pwd
import socket
from collections.abc import Iterator, Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Origin:
    """Where somebody began a sweep, or said that it is to be trusted.

    Attributes:
        user: the name of the account.
        host: the machine's name.
        place: the directory that holds the results directory, without links.
    """

    user: str
    host: str
    place: str

    def __str__(self) -> str:
        return f"{self.user} on {self.host} in {self.place}"


def here(results: str) -> Origin:
    """Of a sweep whose results directory, which need not exist yet, has this path."""
    place = os.path.dirname(os.path.realpath(results))
    return Origin(_account(os.geteuid()), socket.gethostname(), place)


def begun(sweep: Mapping[str, object], results: str) -> Origin:
    """Of a sweep by its `sweep.json`; an old one has no more than its host and owner."""
    told = sweep.get("origin")
    provenance = sweep.get("provenance")
    origin = told if isinstance(told, Mapping) else {}
    machine = provenance if isinstance(provenance, Mapping) else {}
    return Origin(
        _text(origin.get("user")) or _account(os.stat(results).st_uid),
        _text(origin.get("host")) or _text(machine.get("host")) or "?",
        _text(origin.get("place")) or os.path.dirname(results),
    )


def differences(sweep: Mapping[str, object], results: str) -> Iterator[str]:
    """In what a sweep is none of this user, on this host and in this place.

    Everybody can write what they like into a file, but not give it to somebody else: its owner
    counts as well.
    """
    ours, theirs = here(results), begun(sweep, results)
    if theirs.user != ours.user or os.stat(results).st_uid != os.geteuid():
        yield "by another user"
    if theirs.host != ours.host:
        yield "on another host"
    if theirs.place != ours.place:
        yield "in another place"


def _account(uid: int) -> str:
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return str(uid)


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""
