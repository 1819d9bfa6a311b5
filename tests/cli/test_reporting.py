"""`ksweep report` and `ksweep dashboard`."""

from __future__ import annotations

import gzip
import json
import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from cli.conftest import Ksweep

RESULTS = "test_matrix_results/latest"


@pytest.fixture
def swept(ksweep: Ksweep) -> None:
    assert ksweep("sweep", "range").returncode == 0


@contextmanager
def dashboard(project: Path, *options: str) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """A running dashboard and the address that it printed."""
    command = [sys.executable, "-m", "ksweep", "dashboard", *options]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, cwd=project, stdout=pipe, stderr=pipe, text=True) as process:
        try:
            assert process.stdout is not None
            yield process, process.stdout.readline().strip()
        finally:
            process.kill()


def values(url: str) -> dict[str, object]:
    with urllib.request.urlopen(url.replace("/?", "/values?"), timeout=20) as answer:
        found: dict[str, object] = json.loads(gzip.decompress(answer.read()))
    return found


@pytest.mark.usefixtures("swept")
def test_a_report_lies_with_the_results(ksweep: Ksweep, project: Path):
    done = ksweep("report")
    assert (done.returncode, done.stderr) == (0, "")
    page = project / done.stdout.strip()
    assert page == (project / RESULTS).resolve() / "report.html"
    assert page.read_text("utf-8").startswith("<!doctype html>\n")
    plots = {file.name for file in (page.parent / "plots").iterdir()}
    assert {"convergence.png", "parameter_SIZE.png"} <= plots  # too few to tell the importance
    assert ksweep("report", RESULTS).returncode == 0  # again, over the old one


@pytest.mark.usefixtures("swept")
def test_a_report_elsewhere_leaves_the_results_alone(ksweep: Ksweep, project: Path):
    before = set((project / RESULTS).iterdir())
    assert ksweep("report", "-o", "page.html").stdout == "page.html\n"
    assert (project / "page.html").stat().st_size > 10_000
    assert set((project / RESULTS).iterdir()) == before


@pytest.mark.usefixtures("swept")
def test_a_report_without_matplotlib_says_what_is_missing(ksweep: Ksweep, project: Path):
    (project / "matplotlib.py").write_text("raise ImportError('no libpng')")
    done = ksweep("report")
    assert done.returncode == 0
    assert done.stdout.endswith("report.html\n")
    assert done.stderr == (
        "plots/: it needs matplotlib, which cannot be imported (no libpng); install the extra "
        f"`report`: {sys.executable} -m pip install 'ksweep[report]'\n"
    )


@pytest.mark.usefixtures("swept")
def test_a_report_by_another_metric(ksweep: Ksweep, project: Path):
    ksweep("report", "--metric", "total_time", "-o", "page.html")
    text = (project / "page.html").read_text("utf-8")
    assert '"objectives":[{"metric":"total_time","goal":"minimize","weight":1.0}]' in text


@pytest.mark.parametrize("verb", ["report", "dashboard"])
def test_no_sweep_yet(ksweep: Ksweep, verb: str):
    done = ksweep(verb)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == (
        f"{RESULTS}: there is no sweep yet; run one, or name a results directory\n"
    )


@pytest.mark.parametrize("verb", ["report", "dashboard"])
@pytest.mark.usefixtures("swept")
def test_results_of_a_newer_version(ksweep: Ksweep, project: Path, verb: str):
    file = (project / RESULTS).resolve() / "sweep.json"
    file.write_text(json.dumps({**json.loads(file.read_text()), "version": 99}))
    done = ksweep(verb)
    assert (done.returncode, done.stdout) == (2, "")
    told = (
        f"{RESULTS}/sweep.json: this is version 99 of the format, and this ksweep knows up to 1; "
    )
    assert done.stderr == f"{told}use the newer ksweep that wrote it\n"


@pytest.mark.usefixtures("swept")
def test_a_report_that_cannot_be_written(ksweep: Ksweep, project: Path):
    done = ksweep("report", "-o", "no/such/place.html")
    assert done.returncode == 3
    assert done.stderr.startswith("no/such/place.html: cannot write this: No such file")


@pytest.mark.usefixtures("swept")
def test_a_dashboard_shows_the_sweep_until_it_is_interrupted(project: Path):
    with dashboard(project) as (process, url):
        assert url.startswith("http://127.0.0.1:")
        assert values(url)["ended"] == 9
        with pytest.raises(urllib.error.HTTPError):
            urllib.request.urlopen(url.partition("?")[0], timeout=20)
        process.send_signal(signal.SIGINT)
        _, told = process.communicate(timeout=20)
    assert process.returncode == 0
    shown = os.path.relpath((project / RESULTS).resolve(), project.resolve())
    assert told == f"shows {shown} to whoever has this address; Ctrl-C ends it\nended\n"


@pytest.mark.usefixtures("swept")
def test_a_dashboard_on_a_port_that_is_taken(ksweep: Ksweep, project: Path):
    with dashboard(project) as (_, url):
        port = url.split(":")[2].split("/")[0]
        done = ksweep("dashboard", "--port", port)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == (
        f"--port: cannot listen on 127.0.0.1, port {port}: Address already in use; "
        "choose another port, or none for any that is free\n"
    )


@pytest.mark.parametrize("port", ["0", "65536", "-1", "http", "\uff18"])
def test_what_is_no_port(ksweep: Ksweep, port: str):
    done = ksweep("dashboard", f"--port={port}")
    assert done.returncode == 2
    assert f"`{port}` is not a port, a number from 1 to 65535" in done.stderr


def test_a_dashboard_follows_a_sweep_that_is_stopped_and_resumed(ksweep: Ksweep, project: Path):
    assert ksweep("sweep", "range", "--max-runs", "2").returncode == 0
    with dashboard(project) as (_, url):
        first = values(url)
        assert (first["ended"], first["total"], first["runs"]) == (2, 9, False)
        assert ksweep("resume").returncode == 0
        end = time.monotonic() + 20
        while (second := values(url))["tag"] == first["tag"]:  # it reads only now and then
            assert time.monotonic() < end
        assert (second["ended"], second["total"]) == (9, 9)
