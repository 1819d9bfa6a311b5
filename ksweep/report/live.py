"""The live page: a small server that shows one sweep to whoever has the token."""

from __future__ import annotations

import errno
import gzip
import hashlib
import hmac
import ipaddress
import re
import secrets
import socket
import socketserver
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler
from typing import Any
from urllib.parse import parse_qs, urlsplit

from ksweep.errors import InputError, KsweepError, Where
from ksweep.report.display import plain
from ksweep.report.page import Document, as_json, live_page

_REST_S = 0.5  # between two readings, or
_REST_TIMES = 4  # times what one took
_TIMEOUT_S = 30  # of a silent client
_CLIENTS = 64  # at once
_HOST = re.compile(r"(\[[0-9A-Fa-f:.]+\]|[^\s:\[\]]+)(:[0-9]{1,5})?")
_ANYWHERE = frozenset({"0.0.0.0", "::"})


class Feed:
    """The values of the page, read when somebody asks, and no more often than is reasonable."""

    def __init__(self, read: Callable[[], Document]) -> None:
        """`read` gives the values as they are now; it is called by one thread at a time."""
        self._read = read
        self._lock = threading.Lock()
        self._tag, self._body = "", b""
        self._good_until = 0.0

    def newest(self) -> tuple[str, bytes]:
        """What changes with the values, and the values with it as packed JSON.

        Raises:
            KsweepError: the results cannot be read now.
            OSError: the same.
        """
        with self._lock:
            began = time.monotonic()
            if began >= self._good_until:
                self._update(self._read())
                ended = time.monotonic()
                self._good_until = ended + max(_REST_S, _REST_TIMES * (ended - began))
            return self._tag, self._body

    def _update(self, document: Document) -> None:
        told = as_json({**document, "made_at": ""})
        tag = hashlib.sha256(told.encode("ascii")).hexdigest()[:16]
        if tag != self._tag:
            text = as_json({**document, "tag": tag})
            self._tag, self._body = tag, gzip.compress(text.encode("ascii"), 5)


@dataclass(frozen=True, slots=True)
class _Reply:
    status: HTTPStatus
    kind: str = "text/plain"
    body: bytes = b""
    packed: bool = False


class Dashboard(socketserver.ThreadingTCPServer):
    """Serves the page of one sweep; `url` has the token without which it says nothing.

    Other users of the machine can reach the port, and so can any page in a browser that makes its
    own name lead here: hence the token, and a look at the name that was asked for.
    """

    allow_reuse_address = True
    daemon_threads = True

    def __init__(self, name: str, feed: Feed, host: str, port: int) -> None:
        """Listen at once.

        Args:
            name: the sweep's, for the title.
            feed: its values.
            host: the address to listen on.
            port: 0 for any that is free.

        Raises:
            InputError: it cannot listen there.
        """
        self._clients: dict[Any, None] = {}  # the longest there first
        self._changing = threading.Lock()
        self.feed = feed
        self.page = live_page(name).encode("utf-8", "replace")
        self.token = secrets.token_urlsafe(24)
        self.hosts = frozenset({"localhost", host.lower(), socket.gethostname().lower()})
        try:
            found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        except OSError as error:
            raise _cannot_listen(host, error) from None
        self.address_family = found[0]
        try:
            super().__init__(found[4], _Handler)  # type: ignore[arg-type]
        except OSError as error:
            raise _cannot_listen(host, error, port) from None
        shown = socket.gethostname() if host in _ANYWHERE else host
        shown = f"[{shown}]" if ":" in shown else shown
        self.url = f"http://{shown}:{self.server_address[1]}/?token={self.token}"

    def knows(self, host: str) -> bool:
        """Whether a `Host` header names this machine: no name that others can make lead here."""
        match = _HOST.fullmatch(host)
        if match is None:
            return False
        name = match[1].strip("[]").lower()
        try:
            ipaddress.ip_address(name)
        except ValueError:
            return name in self.hosts
        return True

    def process_request(self, request: Any, client_address: Any) -> None:
        """Let a thread answer; of too many clients the one that takes longest has to go."""
        with self._changing:
            self._clients[request] = None
            oldest: Any = next(iter(self._clients)) if len(self._clients) > _CLIENTS else None
            self._clients.pop(oldest, None)
        if oldest is not None:
            with suppress(OSError):
                oldest.shutdown(socket.SHUT_RDWR)
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        with self._changing:
            self._clients.pop(request, None)
        super().shutdown_request(request)

    def handle_error(self, request: object, client_address: object) -> None:
        """A client that goes away is no error of ours."""


class _Handler(BaseHTTPRequestHandler):
    server: Dashboard
    timeout = _TIMEOUT_S
    server_version = "ksweep"
    sys_version = ""

    def do_GET(self) -> None:
        self._send(self._reply(), with_body=True)

    def do_HEAD(self) -> None:
        self._send(self._reply(), with_body=False)

    def _refuse(self) -> None:
        self._send(_told(HTTPStatus.METHOD_NOT_ALLOWED, "this page can only be read"), True)

    do_POST = do_PUT = do_PATCH = do_DELETE = do_OPTIONS = _refuse  # noqa: N815

    def _reply(self) -> _Reply:
        hosts = self.headers.get_all("Host") or []
        if len(hosts) != 1 or not self.server.knows(hosts[0]):
            return _told(
                HTTPStatus.FORBIDDEN, "unknown host name; use the address that was printed"
            )
        place = urlsplit(self.path)
        asked = parse_qs(place.query)
        token = asked.get("token", [""])[0]
        if not hmac.compare_digest(token.encode("utf-8", "replace"), self.server.token.encode()):
            return _told(
                HTTPStatus.FORBIDDEN, "wrong token; use the whole address that was printed"
            )
        if place.path == "/":
            return _Reply(HTTPStatus.OK, "text/html", self.server.page)
        if place.path == "/values":
            return self._values(asked.get("have", [""])[0])
        return _told(HTTPStatus.NOT_FOUND, "there is nothing here")

    def _values(self, have: str) -> _Reply:
        try:
            tag, body = self.server.feed.newest()
        except KsweepError as error:
            return _told(HTTPStatus.SERVICE_UNAVAILABLE, plain(str(error)))
        except OSError as error:
            return _told(
                HTTPStatus.SERVICE_UNAVAILABLE, plain(f"{error.filename}: {error.strerror}")
            )
        if have == tag:
            return _Reply(HTTPStatus.NO_CONTENT)
        return _Reply(HTTPStatus.OK, "application/json", body, packed=True)

    def _send(self, reply: _Reply, with_body: bool) -> None:
        self.send_response(reply.status)
        self.send_header("Content-Type", f"{reply.kind}; charset=utf-8")
        self.send_header("Content-Length", str(len(reply.body)))
        if reply.packed:
            self.send_header("Content-Encoding", "gzip")
        if reply.status is HTTPStatus.METHOD_NOT_ALLOWED:
            self.send_header("Allow", "GET, HEAD")
        self.send_header("Cache-Control", "no-store")
        self.send_header("Content-Security-Policy", "frame-ancestors 'none'")
        self.send_header("Cross-Origin-Resource-Policy", "same-origin")
        self.send_header("Referrer-Policy", "no-referrer")
        self.send_header("X-Content-Type-Options", "nosniff")
        self.end_headers()
        if with_body:
            self.wfile.write(reply.body)

    def log_message(self, format: str, *args: object) -> None:
        """Nobody wants a line a request."""


def _told(status: HTTPStatus, text: str) -> _Reply:
    return _Reply(status, body=f"{text}\n".encode("utf-8", "replace"))


def _cannot_listen(host: str, error: OSError, port: int = 0) -> InputError:
    port = 0 if error.errno == errno.EADDRNOTAVAIL else port
    what = f"cannot listen on {plain(host)}"
    what += f", port {port}: {error.strerror}" if port else f": {error.strerror or error}"
    if port:
        return InputError(
            what, "choose another port, or none for any that is free", Where("--port")
        )
    return InputError(what, "name an address of this machine", Where("--host"))
