"""Reading a log, also while it grows, in bounded memory."""

from __future__ import annotations

import os
import re
from collections.abc import Collection, Iterator

from ksweep.metrics.files import next_data, open_regular
from ksweep.metrics.finders import finder
from ksweep.metrics.series import Source
from ksweep.metrics.values import named, number, parse_json, step_number
from ksweep.model import MetricQuery

LINE_LIMIT_BYTES = 64 << 10
TAIL_LINES = 20
TAIL_BYTES = 4 << 10

_CHUNK_BYTES = 256 << 10
_LINE_END = re.compile(rb"[\r\n]")
_REPORT = "KSWEEP {"
_REPORT_BYTES = _REPORT.encode()
_ESCAPE = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)?|[ -/]*[0-~])")
_HARMFUL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069]")


class LogReader:
    """Follows a log that grows; a last line without its end waits for it.

    Lines end at line feeds and, because of progress bars, at carriage returns. Of a line longer
    than `LINE_LIMIT_BYTES` the beginning is read.

    Attributes:
        position: how many bytes were read.
    """

    def __init__(
        self, path: str, query: MetricQuery, wanted: Collection[str] | None = None
    ) -> None:
        """Begin at the start of the file, which need not be there yet.

        Args:
            path: of the log.
            query: what is looked for.
            wanted: the metrics whose histories are kept, None for all.

        Raises:
            InputError: the query's regular expression is wrong.
        """
        self._path = path
        self._finder = finder(query)
        self._wanted = wanted
        self._start()

    def _start(self) -> None:
        self.position = 0
        self._torn = b""
        self._skipping = False  # the rest of a line that is too long
        self._reported = Source(self._wanted)
        self._matched = Source(self._wanted)
        self._folded = Source(self._wanted)  # names that differ in their case

    def pieces(self) -> Iterator[None]:
        """Read what was added since the last time; all of it where the program made it shorter.

        Each step reads a piece of bounded size. What is added meanwhile is for the next time.
        """
        opened = open_regular(self._path)
        if opened is None:
            return
        descriptor, size = opened
        try:
            if size < self.position:
                self._start()
            while self.position < size and (chunk := self._next_chunk(descriptor, size)):
                self._take(chunk)
                yield
        except OSError:  # a disk that fails: what was read holds
            return
        finally:
            os.close(descriptor)

    def _next_chunk(self, descriptor: int, size: int) -> bytes:
        """What follows, without the holes of a file that has any: nobody has written those."""
        self.position = next_data(descriptor, self.position, size)
        chunk = os.pread(descriptor, _CHUNK_BYTES, self.position)
        self.position += len(chunk)
        return chunk

    def finish(self) -> None:
        """Nothing more will come, so the last line is whole as it is."""
        self._read_lines(self._torn)
        self._torn = b""

    def sources(self) -> tuple[Source, Source, Source]:
        """What was reported in so many words, what was found by its name, and in another case."""
        return self._reported, self._matched, self._folded

    def _take(self, chunk: bytes) -> None:
        if self._skipping:
            end = _LINE_END.search(chunk)
            if end is None:
                return
            chunk = chunk[end.end() :]
            self._skipping = False
        data = self._torn + chunk
        cut = max(data.rfind(b"\n"), data.rfind(b"\r")) + 1
        self._read_lines(data[:cut])
        self._torn = data[cut:]
        if len(self._torn) > LINE_LIMIT_BYTES:
            self._read_lines(self._torn)
            self._torn = b""
            self._skipping = True

    def _read_lines(self, data: bytes) -> None:
        if not self._may_match(data):
            return
        for line in _LINE_END.split(data):
            if self._may_match(line):
                self._read_line(_plain(line[:LINE_LIMIT_BYTES]))

    def _may_match(self, data: bytes) -> bool:
        return _REPORT_BYTES in data or self._finder.may_match(data)

    def _read_line(self, line: str) -> None:
        at = line.find(_REPORT)
        if at >= 0 and self._read_report(line[at + len(_REPORT) - 1 :]):
            return
        for found in self._finder.find(line):
            source = self._matched if found.exact else self._folded
            if found.value is None:
                source.numberless.setdefault(found.name, found.text)
            else:
                source.series(found.name).add(None, found.value)

    def _read_report(self, text: str) -> bool:
        document = parse_json(text)
        if not isinstance(document, dict):
            return False
        step = step_number(document.pop("step", None))
        for name, found in named(document):
            value = number(found)
            if value is None:
                self._reported.note(name, found)
                continue
            series = self._reported.series(name)
            if step is None:
                series.state(value)
            else:
                series.add(step, value)
        return True


def tail_of(path: str) -> str | None:
    """The last lines of a log, harmless on any terminal; None where there is nothing in it.

    At most `TAIL_LINES` lines and `TAIL_BYTES` bytes are read.
    """
    opened = open_regular(path)
    if opened is None:
        return None
    descriptor, size = opened
    try:
        data = os.pread(descriptor, TAIL_BYTES, max(0, size - TAIL_BYTES))
    except OSError:
        return None
    finally:
        os.close(descriptor)
    lines = _plain(data.strip().replace(b"\r\n", b"\n").replace(b"\r", b"\n")).split("\n")
    return "\n".join(_HARMFUL.sub("\ufffd", line) for line in lines[-TAIL_LINES:]) or None


def _plain(data: bytes) -> str:
    text = data.decode("utf-8", "replace")
    return _ESCAPE.sub("", text) if "\x1b" in text else text
