"""The server of the live page: who is answered, and with what."""

from __future__ import annotations

import gzip
import http.client
import json
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

import pytest

from ksweep.errors import InputError, SurroundingsError, Where
from ksweep.report import live
from ksweep.report.live import Dashboard, Feed


class Source:
    """Values that a test changes, and how often they were read."""

    def __init__(self) -> None:
        self.document: dict[str, Any] = {"name": "s", "made_at": "now"}
        self.reads = 0
        self.error: Exception | None = None

    def read(self) -> dict[str, Any]:
        self.reads += 1
        if self.error is not None:
            raise self.error
        return self.document


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live, "_REST_S", 0)
    monkeypatch.setattr(live, "_REST_TIMES", 0)


@contextmanager
def served(read: Any, host: str = "127.0.0.1") -> Iterator[Dashboard]:
    with Dashboard("sweep_1", Feed(read), host, 0) as dashboard:
        thread = threading.Thread(target=dashboard.serve_forever, args=(0.02,))
        thread.start()
        yield dashboard
        dashboard.shutdown()
        thread.join()


@pytest.fixture
def source() -> Source:
    return Source()


@pytest.fixture
def dashboard(source: Source) -> Iterator[Dashboard]:
    with served(source.read) as found:
        yield found


def ask(
    dashboard: Dashboard, path: str, method: str = "GET", **headers: str
) -> tuple[http.client.HTTPResponse, bytes]:
    connection = http.client.HTTPConnection("127.0.0.1", dashboard.server_address[1], timeout=10)
    connection.request(method, path, headers=headers)
    answer = connection.getresponse()
    body = answer.read()
    connection.close()
    return answer, body


def with_token(dashboard: Dashboard, path: str, more: str = "") -> str:
    return f"{path}?token={dashboard.token}{more}"


def values(dashboard: Dashboard, more: str = "") -> Any:
    answer, body = ask(dashboard, with_token(dashboard, "/values", more))
    assert answer.status == 200
    assert answer.headers["Content-Encoding"] == "gzip"
    return json.loads(gzip.decompress(body))


def test_the_address_has_what_is_needed(dashboard: Dashboard):
    port = dashboard.server_address[1]
    assert dashboard.url == f"http://127.0.0.1:{port}/?token={dashboard.token}"
    assert len(dashboard.token) >= 32
    answer, body = ask(dashboard, dashboard.url.partition(str(port))[2])
    assert answer.status == 200
    assert answer.headers["Content-Type"] == "text/html; charset=utf-8"
    assert b"<title>sweep_1 - ksweep</title>" in body


def test_every_server_has_a_token_of_its_own(source: Source):
    with served(source.read) as one, served(source.read) as other:
        assert one.token != other.token
        assert ask(one, f"/?token={other.token}")[0].status == 403


def test_values_are_told_again_only_when_they_have_changed(dashboard: Dashboard, source: Source):
    first = values(dashboard)
    assert first["name"] == "s"
    source.document = {"name": "s", "made_at": "later"}
    answer, body = ask(dashboard, with_token(dashboard, "/values", f"&have={first['tag']}"))
    assert (answer.status, body) == (204, b"")
    source.document = {"name": "t", "made_at": "later"}
    second = values(dashboard, f"&have={first['tag']}")
    assert second["name"] == "t"
    assert second["tag"] != first["tag"]


def test_values_are_not_read_more_often_than_is_reasonable(
    source: Source, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(live, "_REST_S", 60)
    with served(source.read) as dashboard:
        for _ in range(5):
            values(dashboard)
    assert source.reads == 1


@pytest.mark.parametrize("path", ["/", "/values", "/nothing"])
@pytest.mark.parametrize(
    "token", ["", "?token=", "?token=wrong", "?TOKEN={}", "?token={}x", "?token=é"]
)
def test_without_the_token_nothing_is_told(
    dashboard: Dashboard, source: Source, path: str, token: str
):
    answer, body = ask(dashboard, path + token.format(dashboard.token).replace("é", "%E9%00"))
    assert answer.status == 403
    assert body == b"wrong token; use the whole address that was printed\n"
    assert source.reads == 0


@pytest.mark.parametrize(
    "host",
    [
        "evil.example",
        "localhost.evil.example",
        "127.0.0.1.evil.example:80",
        "",
        "a b",
        "[::1",
        "x:y",
    ],
)
def test_another_name_than_this_machine_s_is_refused(dashboard: Dashboard, host: str):
    answer, body = ask(dashboard, with_token(dashboard, "/"), Host=host)
    assert answer.status == 403
    assert body.startswith(b"unknown host name")


@pytest.mark.parametrize(
    "host", ["localhost", "LOCALHOST:9000", "127.0.0.1", "[::1]:80", "10.0.0.7:80"]
)
def test_this_machine_s_names_are_known(dashboard: Dashboard, host: str):
    assert ask(dashboard, with_token(dashboard, "/"), Host=host)[0].status == 200


def test_two_names_or_none_are_refused(dashboard: Dashboard):
    for lines in (b"", b"Host: localhost\r\nHost: evil.example\r\n"):
        with socket.create_connection(("127.0.0.1", dashboard.server_address[1]), 10) as client:
            path = with_token(dashboard, "/").encode()
            client.sendall(b"GET " + path + b" HTTP/1.0\r\n" + lines + b"\r\n")
            assert client.makefile("rb").readline().split()[1] == b"403"


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE", "OPTIONS"])
def test_nothing_can_be_written(dashboard: Dashboard, method: str):
    answer, _ = ask(dashboard, with_token(dashboard, "/values"), method)
    assert answer.status == 405
    assert answer.headers["Allow"] == "GET, HEAD"


def test_head_has_no_body(dashboard: Dashboard):
    answer, body = ask(dashboard, with_token(dashboard, "/"), "HEAD")
    assert (answer.status, body) == (200, b"")
    assert int(answer.headers["Content-Length"]) > 10_000


@pytest.mark.parametrize("path", ["/sweep.json", "/../sweep.json", "/values/", "/%2e%2e/x"])
def test_there_is_nothing_else(dashboard: Dashboard, path: str):
    assert ask(dashboard, with_token(dashboard, path))[0].status == 404


def test_answers_stay_with_who_asked(dashboard: Dashboard):
    headers = ask(dashboard, with_token(dashboard, "/"))[0].headers
    assert headers["Cache-Control"] == "no-store"
    assert headers["Referrer-Policy"] == "no-referrer"
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Cross-Origin-Resource-Policy"] == "same-origin"
    assert headers["Content-Security-Policy"] == "frame-ancestors 'none'"
    assert "Python" not in headers["Server"]


@pytest.mark.parametrize(
    "error",
    [
        SurroundingsError("cannot read this", "mend it", Where("/r")),
        OSError(5, "Input/output error", "/r"),
    ],
)
def test_results_that_cannot_be_read_now_are_told_and_asked_for_again(
    dashboard: Dashboard, source: Source, error: Exception
):
    source.error = error
    answer, body = ask(dashboard, with_token(dashboard, "/values"))
    assert answer.status == 503
    assert body.startswith(b"/r: ")
    source.error = None
    assert values(dashboard)["name"] == "s"


def test_a_client_that_goes_away_is_nothing(
    dashboard: Dashboard, capfd: pytest.CaptureFixture[str]
):
    for sent in (b"", b"GET /", b"\x00\xff\r\n\r\n", b"GET " + b"x" * 70_000):
        with socket.create_connection(("127.0.0.1", dashboard.server_address[1]), 10) as client:
            client.sendall(sent)
    assert values(dashboard)["name"] == "s"
    assert capfd.readouterr() == ("", "")


def test_clients_that_say_nothing_keep_nobody_out(
    dashboard: Dashboard, source: Source, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(live, "_CLIENTS", 5)
    before = threading.active_count()
    address = ("127.0.0.1", dashboard.server_address[1])
    with ExitStack() as stack:
        silent = [stack.enter_context(socket.create_connection(address, 10)) for _ in range(30)]
        assert values(dashboard)["name"] == "s"
        for client in silent[:25]:
            assert client.recv(1) == b""  # they were sent away
        deadline = time.monotonic() + 10
        while threading.active_count() > before + 6:
            assert time.monotonic() < deadline


def test_a_port_in_use_is_an_error_that_says_so(dashboard: Dashboard, source: Source):
    port = dashboard.server_address[1]
    with pytest.raises(InputError) as error:
        Dashboard("s", Feed(source.read), "127.0.0.1", port)
    assert str(error.value) == (
        f"--port: cannot listen on 127.0.0.1, port {port}: Address already in use; "
        "choose another port, or none for any that is free"
    )


@pytest.mark.parametrize("port", [0, 8000])
@pytest.mark.parametrize("host", ["no.such.host.invalid", "192.0.2.1"])
def test_an_address_of_another_machine(source: Source, host: str, port: int):
    with pytest.raises(InputError) as error:
        Dashboard("s", Feed(source.read), host, port)
    assert str(error.value).startswith(f"--host: cannot listen on {host}: ")
    assert str(error.value).endswith("; name an address of this machine")


def test_the_sixth_version_of_the_protocol(source: Source):
    try:
        with served(source.read, "::1") as dashboard:
            assert dashboard.url.startswith("http://[::1]:")
    except InputError:
        pytest.skip("this machine has no IPv6")


def test_on_all_addresses_the_machine_s_name_is_printed(source: Source):
    with served(source.read, "0.0.0.0") as dashboard:
        assert dashboard.url.startswith(f"http://{socket.gethostname()}:")
        assert (
            ask(dashboard, with_token(dashboard, "/"), Host=socket.gethostname())[0].status == 200
        )
