"""One request to a checked place over TLS, bounded in time and size, and what came back."""

from __future__ import annotations

import base64
import http.client
import socket
import ssl
import zlib
from collections.abc import Mapping
from contextlib import closing, suppress
from dataclasses import dataclass
from threading import Timer
from time import monotonic
from urllib.parse import urljoin, urlsplit

from matcher.calendar.addresses.guard import Guard, Place, checked_url
from matcher.calendar.addresses.problems import MOST_REDIRECTS, AddressProblem
from matcher.calendar.busy.report import MOST_BYTES

SECONDS = 10.0
"""For all of it: looking up, connecting, redirects, and the last byte."""
_REDIRECTS = (301, 302, 303, 307, 308)
_CHUNK = 65_536
_GZIP = zlib.MAX_WBITS | 16


@dataclass(frozen=True)
class Login:
    """A name and a password, sent to the first host only (Basic, RFC 7617)."""

    name: str
    password: str

    @property
    def header(self) -> str:
        """The value of Authorization."""
        return "Basic " + base64.b64encode(f"{self.name}:{self.password}".encode()).decode()


@dataclass(frozen=True)
class Answer:
    """A status, the headers by their names in lower case, and the body."""

    status: int
    headers: Mapping[str, str]
    body: bytes


def ask(
    guard: Guard,
    url: str,
    *,
    method: str = "GET",
    headers: Mapping[str, str] | None = None,
    body: bytes | None = None,
    login: Login | None = None,
    seconds: float = SECONDS,
    follow: bool = True,
) -> Answer:
    """Ask, and `follow` redirects as far as the guard lets them. Raises `AddressProblem`."""
    end = monotonic() + seconds
    first = (urlsplit(url).hostname, urlsplit(url).port)
    for _ in range(MOST_REDIRECTS + 1):
        place = guard.place(url, end - monotonic())
        sent = {
            "Accept-Encoding": "identity",
            "User-Agent": "Peerloom",
            "Connection": "close",
            **(headers or {}),
        }
        parts = checked_url(url)
        if login is not None and (parts.hostname, parts.port) == first:
            sent["Authorization"] = login.header
        answer = _ask_once(guard, place, method, sent, body, end)
        location = answer.headers.get("location")
        if not follow or answer.status not in _REDIRECTS or location is None:
            return answer
        url = urljoin(url, location)
    raise AddressProblem("too-many-redirects")


class _Connection(http.client.HTTPSConnection):
    """Connects to the address that was checked; the certificate must be of the host."""

    def __init__(self, place: Place, context: ssl.SSLContext, timeout: float) -> None:
        super().__init__(place.host, place.port, timeout=timeout, context=context)
        self._place, self._tls = place, context
        self._wire: ssl.SSLSocket | None = None

    def connect(self) -> None:
        """See `HTTPSConnection`: no name is looked up again here."""
        plain = socket.create_connection((self._place.address, self._place.port), self.timeout)
        self._wire = self.sock = self._tls.wrap_socket(
            plain, server_hostname=self._place.host, do_handshake_on_connect=False
        )
        self._wire.do_handshake()

    def break_off(self) -> None:
        """End whatever is being sent or read, from another thread."""
        if self._wire is not None:  # not `sock`: that is given away when the answer begins
            with suppress(OSError):
                socket.socket.shutdown(self._wire, socket.SHUT_RDWR)


def _ask_once(
    guard: Guard, place: Place, method: str, headers: Mapping[str, str], body: bytes | None, end: float
) -> Answer:
    left = end - monotonic()
    if left <= 0:
        raise AddressProblem("answer-too-slow")
    connection = _Connection(place, guard.context, left)
    # A server that sends a byte now and then never runs into a socket's own time limit.
    watch = Timer(left, connection.break_off)
    watch.daemon = True
    watch.start()
    try:
        connection.request(method, place.target, body, dict(headers))
        with closing(connection.getresponse()) as response:
            found = {name.lower(): value for name, value in response.getheaders()}
            data = _decoded(_body(response), found.get("content-encoding", "identity").lower())
        if monotonic() >= end:
            raise AddressProblem("answer-too-slow")
        return Answer(response.status, found, data)
    except ssl.SSLCertVerificationError:
        raise AddressProblem("bad-certificate") from None
    except (http.client.HTTPException, ValueError):
        raise AddressProblem("answer-too-slow" if monotonic() >= end else "bad-answer") from None
    except TimeoutError:
        raise AddressProblem("answer-too-slow") from None
    except OSError:
        raise AddressProblem("answer-too-slow" if monotonic() >= end else "unreachable") from None
    finally:
        watch.cancel()
        connection.close()


def _decoded(data: bytes, encoding: str) -> bytes:
    """The body as it was before a server compressed it, which some do unasked: no further than the limit."""
    if encoding == "identity" or not data:
        return data
    if encoding not in ("gzip", "x-gzip"):
        raise AddressProblem("encoded-answer")
    unpack = zlib.decompressobj(_GZIP)
    try:
        plain = unpack.decompress(data, MOST_BYTES + 1)
    except zlib.error:
        raise AddressProblem("bad-answer") from None
    if len(plain) > MOST_BYTES:
        raise AddressProblem("answer-too-large")
    if not unpack.eof:
        raise AddressProblem("bad-answer")
    return plain


def _body(response: http.client.HTTPResponse) -> bytes:
    declared = response.getheader("Content-Length", "0")
    if declared.isdigit() and int(declared) > MOST_BYTES:
        raise AddressProblem("answer-too-large")
    pieces, size = [], 0
    while piece := response.read1(_CHUNK):
        size += len(piece)
        if size > MOST_BYTES:
            raise AddressProblem("answer-too-large")
        pieces.append(piece)
    if response.length:
        raise AddressProblem("bad-answer")  # it was cut off: a part of a calendar would free the rest
    return b"".join(pieces)
