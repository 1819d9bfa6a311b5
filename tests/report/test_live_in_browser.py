"""The live page in a browser, over a sweep that really runs."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from ksweep.report import live
from ksweep.report.live import Dashboard, Feed
from ksweep.report.page import Document
from report.browser import Browser
from report.sweeps import Trial, lay_out, trials, values

KCONFIG = 'config X\n\tint "X"\n\trange 1 99\n\tdefault 1\n'
RANGE = """\
CONFIG_SWEEP_COMMAND="sh program.sh"
CONFIG_SWEEP_METRIC="score"
CONFIG_X=1|2|3|4|5|6
"""
# Each trial waits until the test lets it go on.
PROGRAM = """\
echo "score: $CONFIG_X"
while ! [ -e "go$CONFIG_X" ]; do sleep 0.05; done
echo "score: $((CONFIG_X * 10))"
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    for name, text in (("Kconfig", KCONFIG), ("range", RANGE), ("program.sh", PROGRAM)):
        (tmp_path / name).write_text(text)
    return tmp_path


@contextmanager
def running(project: Path, *arguments: str) -> Iterator[subprocess.Popen[str]]:
    """A command that is under way; what is left of it is ended at the end."""
    pipe = subprocess.PIPE
    process = subprocess.Popen(
        [sys.executable, "-m", "ksweep", *arguments],
        cwd=project, stdout=pipe, stderr=subprocess.DEVNULL, stdin=subprocess.DEVNULL, text=True,
    )  # fmt: skip
    try:
        yield process
    finally:
        if process.poll() is None:
            process.send_signal(signal.SIGTERM)
        process.communicate(timeout=30)


def statuses(browser: Browser) -> dict[str, str]:
    names = browser.texts("#trials tbody th")
    return dict(zip(names, browser.texts("#trials tbody .chip"), strict=True))


def wait_for(browser: Browser, **expected: str) -> None:
    """Wait until the table says so of the trials of these numbers: `_1="success"`."""
    script = (
        "const rows = [...document.querySelectorAll('#trials tbody tr')];"
        "return rows.some((row) => row.querySelector('th').textContent === arguments[0]"
        " && row.querySelector('.chip').textContent === arguments[1])"
    )
    for number, status in expected.items():
        browser.until(script, f"config_00{number.removeprefix('_')}", status, seconds=30)


def release(project: Path, *numbers: int) -> None:
    for number in numbers:
        (project / f"go{number}").touch()


def test_the_page_follows_a_sweep_to_its_end_and_beyond(browser: Browser, project: Path):
    with running(project, "sweep", "range") as sweep:
        while not os.path.lexists(project / "test_matrix_results" / "latest"):
            assert sweep.poll() is None
        with running(project, "dashboard") as server:
            assert server.stdout is not None
            url = server.stdout.readline().strip()
            browser.open(url)
            wait_for(browser, _1="running", _2="pending")
            assert browser.text("#live") == "Live"
            # What somebody has chosen stays, while results arrive.
            browser.write("#filter", "status!=pending")
            browser.click("[data-key='sort:config']")
            browser.run("window.here = true")
            release(project, 1, 2)
            wait_for(browser, _2="success", _3="running")
            assert set(statuses(browser)) == {"config_001", "config_002", "config_003"}
            assert browser.text("#summary .best strong") == "20"
            assert browser.run("return document.activeElement.dataset.key") == "sort:config"
            # Interrupted, it is looked after further; resumed, it goes on.
            sweep.send_signal(signal.SIGTERM)
            sweep.wait(30)
            wait_for(browser, _3="cancelled")
            browser.until(
                "return document.querySelector('#live').textContent"
                " === 'Nobody runs it now; a resumed sweep is followed'"
            )
            release(project, 3, 4, 5, 6)
            with running(project, "resume") as resumed:
                resumed.wait(60)
            wait_for(browser, _3="success", _6="success")
            browser.until(
                "return document.querySelector('#live').textContent === 'The sweep has ended'"
            )
            assert browser.text("#summary .best strong") == "60"
            assert browser.run("return window.here")
        browser.until(
            "return document.querySelector('#live').textContent.startsWith('The dashboard has ended')"
        )
        browser.open("about:blank")
        refused = [line for line in browser.complaints() if "ERR_CONNECTION_REFUSED" not in line]
        assert refused == []


@contextmanager
def served(feed: Feed) -> Iterator[str]:
    """The address of a live page that ends with the block, however that ends."""
    with Dashboard("s", feed, "127.0.0.1", 0) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.02,))
        thread.start()
        try:
            yield server.url
        finally:
            server.shutdown()
            thread.join()


def test_what_is_brushed_stays_where_values_become_levels_and_back(
    browser: Browser, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    def document(*rates: int) -> Document:
        tried = [Trial({"CONFIG_LR": str(rate)}, {"acc": float(rate)}) for rate in rates]
        return values(lay_out(tmp_path / str(len(rates)), tried))

    # As many as are points of a line, levels as they come again and again, and points again.
    few, often, many = (
        document(*range(11, 19)),
        document(*(4 * [*range(11, 19)])),
        document(*(4 * [*range(11, 19)]), *range(21, 31)),
    )
    now = [few]
    monkeypatch.setattr(live, "_REST_S", 0)
    select = (
        "return +document.querySelector('#selection').textContent.split(' ')[0] === arguments[0]"
    )
    axis = "#parallel [data-key='brush:LR']"
    with served(Feed(lambda: now[0])) as url:
        browser.open(url)
        browser.until("return document.querySelector(arguments[0])", axis)
        browser.run("document.querySelector(arguments[0]).focus()", axis)
        for _ in range(10):
            browser.press("ArrowUp", shift=True)
        browser.until(select, 4)
        for document_, count in ((often, 16), (many, 16)):
            now[0] = document_
            browser.until(select, count)
            rates = {int(text) for text in browser.texts("#trials tbody td:nth-child(6)")}
            assert rates == {11, 12, 13, 14}
            assert browser.run(
                "return +document.querySelector('#parallel .brush').getAttribute('height') > 0"
            )
        browser.open("about:blank")


def test_an_open_menu_stays_open(browser: Browser, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    few, more = (values(lay_out(tmp_path / str(count), trials(count))) for count in (20, 30))
    now, asked = [few], []
    monkeypatch.setattr(live, "_REST_S", 0)

    def looked_at() -> Document:
        asked.append(now[0]["total"])
        return now[0]

    shown = "return document.querySelector('#selection').textContent.endsWith(arguments[0])"
    menu = "#heatmap select"
    with served(Feed(looked_at)) as url:
        browser.open(url)
        browser.until(shown, "of 20 trials selected")
        browser.run("return new Promise((go) => setTimeout(go, 500))")  # it has its size by then
        browser.click(menu)
        browser.until("return document.querySelector(arguments[0]).matches(':open')", menu)
        now[0] = more
        while asked[-2:] != [30, 30]:  # it has had an answer since
            time.sleep(0.05)
        assert browser.run(shown, "of 20 trials selected")
        assert browser.run("return document.querySelector(arguments[0]).matches(':open')", menu)
        browser.press("Escape")
        browser.until(shown, "of 30 trials selected")
        browser.open("about:blank")


def test_curves_of_what_runs_grow(browser: Browser, project: Path):
    (project / "program.sh").write_text(
        'for step in 1 2 3; do echo "score: $step"; done\n'
        'while ! [ -e go ]; do sleep 0.05; done; echo "score: 9"\n'
    )
    with running(project, "sweep", "range"):
        while not os.path.lexists(project / "test_matrix_results" / "latest"):
            pass
        with running(project, "dashboard") as server:
            assert server.stdout is not None
            browser.open(server.stdout.readline().strip())
            browser.until("return document.querySelector('#curves .line.running')", seconds=30)
            assert browser.texts("#curves .legend button") == [" config_001 (running)"]
            (project / "go").touch()
            wait_for(browser, _6="success")
            browser.until("return !document.querySelector('#curves .line.running')")
            browser.open("about:blank")
