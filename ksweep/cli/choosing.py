"""`--where`, `--columns`, `--json` and `--csv`: which trials are shown, what of them, and how."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ksweep import expression
from ksweep.analysis.filtering import filtered
from ksweep.analysis.naming import Column, Names
from ksweep.analysis.records import columns
from ksweep.analysis.view import View
from ksweep.cli.output import say_csv, say_json, say_table
from ksweep.errors import Where
from ksweep.model import Result
from ksweep.report.columns import chosen_records, chosen_table
from ksweep.report.reading import config_reader, read_view
from ksweep.report.summary import csv_text
from ksweep.store import Results

ALL = ("all",)
"""What `--columns` is where it asks for whatever there is."""

_WHERE = Where("--where")
_COLUMNS = Where("--columns")


@dataclass(frozen=True)
class Chosen:
    """The trials that are asked for; the whole sweep and its names."""

    view: View
    whole: View
    names: Names


def chosen(results: Results, options: Namespace) -> Chosen:
    """What `--where` leaves of a sweep.

    Raises:
        InputError: the expression is malformed, or names what no trial has.
        SurroundingsError: the sweep cannot be read.
    """
    whole = view = read_view(results, getattr(options, "metric", None))
    names = Names(whole, config_reader(results))
    if options.where is not None:
        view = filtered(whole, expression.parse(options.where, _WHERE), names)
    return Chosen(view, whole, names)


def columns_of(chosen: Chosen, options: Namespace, more: Mapping[str, Column]) -> list[Column]:
    """The columns that are asked for, `more` being some that there are beside the sweep's own.

    Raises:
        InputError: there is no such column.
    """
    names = options.columns
    if names == ALL:
        names = columns(chosen.whole.results, chosen.whole.parameters)
    return chosen.names.columns(names, _COLUMNS, more)


def say_columns(columns: Sequence[Column], trials: Sequence[Result], options: Namespace) -> None:
    """Print these columns of some trials, one a row, in the form that is asked for."""
    if options.json:
        say_json(chosen_records(columns, trials))
    elif options.csv:
        names = [column.name for column in columns]
        say_csv(csv_text(names, chosen_records(columns, trials)))
    else:
        say_table(chosen_table(columns, trials))
