"""`ksweep report` and `dashboard`: the page of a sweep as a file, and live."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Callable

from ksweep.analysis.overview import Overview, overview
from ksweep.analysis.ranking import Ranking, choose_basis, rank
from ksweep.analysis.view import View
from ksweep.cli.ending import shown_path
from ksweep.cli.output import say, tell
from ksweep.errors import InputError
from ksweep.metrics import Reader
from ksweep.model import Goal
from ksweep.report import page, plots
from ksweep.report.live import Dashboard, Feed
from ksweep.report.page import Curves, Document
from ksweep.report.reading import read_view
from ksweep.store import Results


def report(options: Namespace) -> int:
    """Write the page, and beside it the plots; says where the page is."""
    results = Results.open(options.results, options.output_dir)
    view, ranking, found = _looked_at(results, options)
    with Reader() as reader:
        curves = Curves(view.settings.query, reader)
        values = page.document(results, view, ranking, found, curves)
    path = options.output or results.outputs.report
    if options.output is not None:
        results.outputs.write_elsewhere(path, page.page(values))
    else:
        results.outputs.write(path, page.page(values))
        try:
            results.outputs.write_plots(plots.pictures(view, ranking, found))
        except InputError as missing:
            tell(str(missing))
    say(shown_path(path))
    return 0


def dashboard(options: Namespace) -> int:
    """Serve the page until somebody interrupts it."""
    path = Results.open(options.results, options.output_dir).path
    curves: list[Curves] = []
    reader = Reader()

    def read() -> Document:
        results = Results.open(path, options.output_dir)
        view, ranking, found = _looked_at(results, options)
        if not curves:
            curves.append(Curves(view.settings.query, reader))
        return page.document(results, view, ranking, found, curves[0])

    name = path.rpartition("/")[2]
    with reader:
        read()  # what is wrong with the results is told at once
        _serve(options, name, path, read)
    return 0


def _serve(options: Namespace, name: str, path: str, read: Callable[[], Document]) -> None:
    with Dashboard(name, Feed(read), options.host, options.port) as server:
        say(server.url)
        tell(f"shows {shown_path(path)} to whoever has this address; Ctrl-C ends it")
        try:
            server.serve_forever()
        except KeyboardInterrupt:
            tell("ended")


def _looked_at(results: Results, options: Namespace) -> tuple[View, Ranking, Overview]:
    view = read_view(results, options.metric)
    goal = Goal(options.goal) if options.goal else None
    basis = choose_basis(view.results, view.settings, options.metric, goal)
    ranking = rank(view.results, basis)
    return view, ranking, overview(view, ranking)
