from __future__ import annotations

from collections.abc import Iterator

import pytest

from report import browser as browser_


@pytest.fixture(scope="session")
def chromium(tmp_path_factory: pytest.TempPathFactory) -> Iterator[browser_.Browser]:
    """One browser for all tests: starting it takes longest."""
    if browser_.CHROMIUM is None or browser_.DRIVER is None:
        pytest.skip(browser_.MISSING)
    with browser_.browser(tmp_path_factory.mktemp("profile")) as found:
        yield found


@pytest.fixture
def browser(chromium: browser_.Browser) -> Iterator[browser_.Browser]:
    """The browser on an empty page; at the end nothing may have been complained about."""
    chromium.open("about:blank")
    chromium.complaints()
    yield chromium
    assert chromium.complaints() == []
