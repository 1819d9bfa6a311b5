"""The figures of the chaos test, in the summary that every run of the tests prints."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from chaos.figures import Lines

FIGURES = pytest.StashKey[list[Lines]]()


@pytest.fixture
def tell(request: pytest.FixtureRequest) -> Callable[[Lines], None]:
    """Has figures printed at the end."""
    return request.config.stash.setdefault(FIGURES, []).append


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    for figures in terminalreporter.config.stash.get(FIGURES, []):
        terminalreporter.write_line("\n".join(figures.lines()))
