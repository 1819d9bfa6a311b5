"""The files that an analysis makes beside the results: each can be made anew from them."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from ksweep import exposed
from ksweep.store import atomic

SUMMARY = "sweep_summary.json"
ANALYSIS = "sweep_analysis.txt"
TABLE = "sweep_results.csv"
REPORT = "report.html"
PLOTS = "plots"
FURTHER = "further_metrics.json"


@dataclass(frozen=True, slots=True)
class Outputs:
    """Those of the results directory at `path`."""

    path: str

    @property
    def summary(self) -> str:
        return f"{self.path}/{SUMMARY}"

    @property
    def analysis(self) -> str:
        return f"{self.path}/{ANALYSIS}"

    @property
    def table(self) -> str:
        return f"{self.path}/{TABLE}"

    @property
    def report(self) -> str:
        return f"{self.path}/{REPORT}"

    @property
    def further(self) -> str:
        """Where the metrics are that were read from the logs afterwards."""
        return f"{self.path}/{FURTHER}"

    def further_metrics(self) -> Mapping[str, Any]:
        """What is there; empty where nothing is, or nothing that can be read."""
        try:
            data = atomic.read(self.further)
        except OSError:
            return {}
        document = atomic.parse(data) if data is not None else None
        return document if isinstance(document, Mapping) else {}

    @property
    def plots(self) -> str:
        return f"{self.path}/{PLOTS}"

    @property
    def writable(self) -> bool:
        """Whether they can be renewed: who is only to look at a sweep may not."""
        return exposed.may(self.path, os.W_OK | os.X_OK)

    def write(self, path: str, text: str) -> None:
        """Write one of them: whole, or not at all.

        Raises:
            SurroundingsError: it cannot be written.
        """
        with atomic.surroundings(path, "write"):
            atomic.write(path, atomic.encode(text))

    def write_elsewhere(self, path: str, text: str) -> None:
        """Write one of them where a user wants it, also through links; as `write` does.

        Raises:
            SurroundingsError: it cannot be written.
        """
        with atomic.surroundings(path, "write"):
            atomic.write(atomic.resolved(path), atomic.encode(text))

    def write_side_by_side(self, paths: Sequence[str], pieces: Iterable[Sequence[str]]) -> None:
        """Write several of them at once, each whole or not at all.

        Args:
            paths: where to.
            pieces: their parts, one for each path at a time.

        Raises:
            SurroundingsError: one cannot be written.
        """
        with atomic.surroundings(self.path, "write"):
            atomic.write_side_by_side(paths, ([*map(atomic.encode, each)] for each in pieces))

    def write_plots(self, pictures: Mapping[str, bytes]) -> None:
        """Write pictures by their names, without `.png`: each whole, or not at all.

        Raises:
            SurroundingsError: one cannot be written.
        """
        with atomic.surroundings(self.plots, "write"):
            with suppress(FileExistsError):
                os.mkdir(self.plots)
            for name, picture in pictures.items():
                atomic.write(f"{self.plots}/{name}.png", picture)
