"""`sweep_configs/`: what a generation wrote, replaced as a whole or not at all."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress

from ksweep.errors import InputError, Where
from ksweep.store import atomic, document, identity, staging
from ksweep.store.document import Document, Entry, Kind
from ksweep.store.staging import Hold

SUMMARY = "combinations_summary.txt"

_OURS = re.compile(r"config_[0-9]{3,}|combinations_summary\.txt|sweep\.json")


class Generated:
    """A generated sweep that nobody replaces while it is read.

    Attributes:
        place: the directory that it is in, or is to be in.
        document: what `sweep.json` says.
        entries: the configurations in the order of their numbers.
    """

    def __init__(self, path: str, shown: str, place: str) -> None:
        """Reads `sweep.json` in the directory `path`, which messages call `shown`.

        Raises:
            InputError: there is no generated sweep here, or another ksweep wrote it.
        """
        found = document.read(path, Kind.PLAN)
        if found is None:
            raise InputError(
                "there is no generated sweep here (no sweep.json of one)",
                "write one with `make sweep-generate RANGE_CONFIG=file` (`ksweep generate file`)",
                Where(shown),
            )
        self.place = place
        self.document: Document = found
        self.entries: tuple[Entry, ...] = document.entries(found, shown)
        self._path = path
        self._shown = shown

    def config_text(self, entry: Entry) -> str:
        """The complete configuration, which all its repeats share.

        Raises:
            InputError: the file is gone, or is not the configuration that `sweep.json` names.
        """
        content = atomic.read(atomic.resolved(f"{self._path}/{entry.base}"))
        what = "this configuration is listed in sweep.json but not there"
        if content is not None:
            text = content.decode("utf-8", "surrogateescape")
            if identity.is_text_of(entry, text):
                return text
            what = f"this is not the configuration that sweep.json lists as {entry.id}"
        where = Where(f"{self._shown}/{entry.base}")
        raise InputError(what, "generate the sweep again", where)


class ConfigDir:
    """The directory of generated configurations at `path`."""

    def __init__(self, path: str) -> None:
        self.path = os.path.abspath(path)
        self._shown = path

    @contextmanager
    def reading(self) -> Iterator[Generated]:
        """What is generated, which stays as it is in the block.

        Raises:
            InputError: there is no generated sweep here, or another ksweep wrote it.
            SurroundingsError: it cannot be read, or is being replaced for too long.
        """
        with ExitStack() as stack:
            with atomic.surroundings(self._shown, "read"):
                self._tidy()
                with suppress(FileNotFoundError, NotADirectoryError):
                    stack.enter_context(staging.held(self.path, Hold.READING))
            yield Generated(self.path, self._shown, self.path)

    @contextmanager
    def staged(self) -> Iterator[Staging]:
        """A new content, which takes the place of the old one where the block does not raise.

        Raises:
            InputError: something else is at the path.
            SurroundingsError: the content cannot be written; the old one is as it was.
        """
        self._tidy()
        self.check_replaceable()
        with (
            atomic.surroundings(self._shown, "write"),
            staging.staged(*os.path.split(self.path)) as path,
        ):
            yield Staging(path, self._shown, self.path)
            self.check_replaceable()
            staging.replace(path, self.path, self.check_replaceable)

    def clean(self) -> bool:
        """Remove the directory; False where there is none.

        Raises:
            InputError: something else is at the path.
            SurroundingsError: it cannot be removed.
        """
        self._tidy()
        self.check_replaceable()
        if not os.path.lexists(self.path):
            return False
        with (
            atomic.surroundings(self._shown, "remove"),
            staging.staged(*os.path.split(self.path)) as path,
            suppress(FileNotFoundError),
            staging.held(self.path, Hold.REPLACING),
        ):
            self.check_replaceable()
            os.rename(self.path, path)
            return True
        return False

    def _tidy(self) -> None:
        """Finish or remove what killed commands have left beside the directory."""
        parent, base = os.path.split(self.path)
        with atomic.surroundings(self._shown, "write"):
            staging.mend(self.path, _is_ours)
        staging.remove_leftovers(parent, re.escape(base))

    def check_replaceable(self) -> None:
        """See that nothing is lost when this directory goes.

        Raises:
            InputError: it is no directory, or not one that a generation wrote.
        """
        self._check_place()
        if not os.path.lexists(self.path):
            return
        names = self._names()
        if not names:
            return
        if document.read(self.path, Kind.PLAN) is None:
            raise self._foreign("it was not written by `ksweep generate` (no sweep.json of one)")
        for name in names:
            if not _OURS.fullmatch(name):
                raise self._foreign(f"it holds `{name}`, which ksweep did not write")

    def _check_place(self) -> None:
        real = os.path.realpath(self.path)
        home = os.path.realpath(os.path.expanduser("~"))
        working = os.path.realpath(os.getcwd())
        if real == home or working == real or working.startswith(real.rstrip("/") + "/"):
            raise self._foreign("it is your home, or the directory that you work in is in it")

    def _names(self) -> list[str]:
        if os.path.islink(self.path):
            raise self._foreign("it is a symbolic link")
        if not os.path.isdir(self.path):
            raise self._foreign("it is not a directory")
        with atomic.surroundings(self._shown, "read"):
            return sorted(os.listdir(self.path))

    def _foreign(self, why: str) -> InputError:
        return InputError(
            f"this will not be replaced or removed: {why}",
            "move it away, or name another directory",
            Where(self._shown),
        )


class Staging:
    """A content in the making."""

    def __init__(self, path: str, shown: str, place: str) -> None:
        self._path = path
        self._shown = shown
        self._place = place

    def generated(self) -> Generated:
        """What was written, before anybody else sees it."""
        return Generated(self._path, self._shown, self._place)

    def write_config(self, name: str, text: str) -> None:
        """Write one configuration, `config_017`.

        Raises:
            OSError: it cannot be written.
        """
        atomic.write_new(f"{self._path}/{name}", text.encode("utf-8", "surrogateescape"))

    def write_summary(self, text: str) -> None:
        """Write what people read.

        Raises:
            OSError: it cannot be written.
        """
        atomic.write_new(f"{self._path}/{SUMMARY}", text.encode("utf-8", "surrogateescape"))

    def write_plan(self, plan: Mapping[str, object]) -> None:
        """Write what programs read.

        Raises:
            OSError: it cannot be written.
        """
        head = {"version": document.VERSION, "kind": Kind.PLAN}
        atomic.write_new(f"{self._path}/{document.NAME}", atomic.dump({**head, **plan}))


def _is_ours(path: str) -> bool:
    """Whether a generation wrote this directory."""
    return not os.path.islink(path) and document.read(path, Kind.PLAN) is not None
