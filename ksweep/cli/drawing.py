"""Tables and a live view on a terminal."""

from __future__ import annotations

import io
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich import box
from rich.cells import cell_len
from rich.console import Console, Group, JustifyMethod, RenderableType
from rich.live import Live
from rich.progress_bar import ProgressBar
from rich.table import Table as RichTable
from rich.text import Text

from ksweep.report.display import plain
from ksweep.report.progress import Progress, running_texts, states_text, times_text
from ksweep.report.tables import Table

_RUNNING_SHOWN = 10
_BETWEEN = 2  # columns
_TITLE_WIDTH = 10  # of a column whose name is folded for want of room


def drawn(table: Table) -> str:
    """A table as a terminal of this width shows it."""
    width = shutil.get_terminal_size().columns
    folded = _width(table, folded=False) > width
    drawing = RichTable(box=box.SIMPLE_HEAD, header_style="bold", pad_edge=False)
    for place, name in enumerate(table.headers):
        justify: JustifyMethod = "right" if name in table.figures else "left"
        title = "\n".join(_pieces(name)) if folded else name
        needed = _column_width(table, place, folded=folded)
        drawing.add_column(
            Text(title), justify=justify, overflow="fold", min_width=min(needed, width)
        )
    for row in table.rows:
        drawing.add_row(*(Text(cell) for cell in row))
    console = Console(file=io.StringIO(), force_terminal=True, width=width)
    with console.capture() as capture:
        console.print(drawing)
    return capture.get().rstrip("\n")


def fitted(table: Table) -> Table:
    """As many of its columns as a terminal of this width has room for, at least one."""
    width = shutil.get_terminal_size().columns
    count = len(table.headers)
    while count > 1 and _width(table.first(count), folded=True) > width:
        count -= 1
    return table.first(count)


def _width(table: Table, *, folded: bool) -> int:
    """How wide it is drawn at least."""
    columns = range(len(table.headers))
    return sum(_column_width(table, place, folded=folded) + _BETWEEN for place in columns)


def _column_width(table: Table, place: int, *, folded: bool) -> int:
    title = _pieces(table.headers[place]) if folded else [table.headers[place]]
    return max(map(cell_len, (*title, *(row[place] for row in table.rows))))


def _pieces(name: str) -> list[str]:
    """A long name in lines that are broken behind underscores."""
    lines = [""]
    for word in name.replace("_", "_ ").split(" "):
        if lines[-1] and len(lines[-1]) + len(word) > _TITLE_WIDTH:
            lines.append("")
        lines[-1] += word
    return lines


@contextmanager
def live() -> Iterator[Callable[[Progress], None]]:
    """A view on standard error that is drawn again in its place, and is gone at the end."""
    console = Console(stderr=True)
    with Live(console=console, auto_refresh=False, transient=True) as view:
        yield lambda progress: view.update(_rendered(progress, console.height), refresh=True)


def _rendered(progress: Progress, height: int) -> RenderableType:
    """Bar, counts, times, best and the running trials, in no more lines than there are."""
    bar = RichTable.grid(padding=(0, 1))
    bar.add_row(
        ProgressBar(total=max(progress.total, 1), completed=progress.ended, width=40),
        Text(f"{progress.ended}/{progress.total}"),
    )
    lines: list[RenderableType] = [
        bar,
        _line(states_text(progress)),
        _line(times_text(progress)),
    ]
    if progress.best:
        lines.append(_line("best so far: " + "  ".join(progress.best), "bold"))
    shown = max(min(_RUNNING_SHOWN, height - len(lines) - 2), 0)
    lines += [_line(f"  {text}", "dim") for text in running_texts(progress)[:shown]]
    hidden = len(progress.running) - shown
    if hidden > 0:
        lines.append(_line(f"  and {hidden} more", "dim"))
    return Group(*lines)


def _line(text: str, style: str = "") -> Text:
    return Text(plain(text), style=style, no_wrap=True, overflow="ellipsis")
