"""Which addresses may be asked: https to public hosts only, each looked up once and asked at what was found.

An address is given by people, and the service asks it from inside its own network: without this guard
anybody could read what only insiders reach (server-side request forgery).
"""

from __future__ import annotations

import socket
import ssl
from collections.abc import Callable, Collection, Sequence
from concurrent.futures import ThreadPoolExecutor
from concurrent.futures import TimeoutError as TooLate
from dataclasses import dataclass
from functools import cache
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address
from urllib.parse import SplitResult, urlsplit

from matcher.calendar.addresses.problems import AddressProblem

Resolver = Callable[[str, int], Sequence[str]]
"""Host and port to numeric addresses, best first. Raises `OSError`."""

_LONGEST = 2_000
_MAPPED_TAIL = (IPv6Network("64:ff9b::/96"), IPv6Network("64:ff9b:1::/48"), IPv6Network("::/96"))
"""IPv6 networks whose last 32 bits name an IPv4 host (RFC 6052, RFC 8215, RFC 4291)."""
_resolving = ThreadPoolExecutor(max_workers=16, thread_name_prefix="resolver")


def system_resolver(host: str, port: int) -> Sequence[str]:
    """The addresses that the system knows. Raises `OSError`."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(one[4][0]) for one in found))


@dataclass(frozen=True)
class Place:
    """Where one request goes: `address` is numeric and was checked; `host` is whom the certificate names."""

    host: str
    port: int
    target: str
    address: str


@dataclass(frozen=True)
class Guard:
    """The rules for addresses. `authorities`: a PEM file of those whose certificates are believed, None:
    the system's. `also`: addresses with ports that are let through (tests let one of loopback through)."""

    resolve: Resolver = system_resolver
    authorities: str | None = None
    also: Collection[tuple[str, int]] = ()

    @property
    def context(self) -> ssl.SSLContext:
        """How servers prove who they are."""
        return _context(self.authorities)

    def place(self, url: str, seconds: float) -> Place:
        """Look an address up, within `seconds`, and check what was found. Raises `AddressProblem`."""
        parts = checked_url(url)
        host, port = str(parts.hostname), parts.port or 443
        try:
            found = _resolving.submit(self.resolve, host, port).result(timeout=max(seconds, 0.1))
        except TooLate:
            raise AddressProblem("answer-too-slow") from None
        except (OSError, UnicodeError):
            raise AddressProblem("unknown-host") from None
        if not found:
            raise AddressProblem("unknown-host")
        known = {(address, port) in self.also for address in found}
        if known == {False} and port != 443:
            raise AddressProblem("port-not-allowed")
        if not all((address, port) in self.also or is_public(address) for address in found):
            raise AddressProblem("private-address")  # one inner address among public ones is a trap, too
        target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        return Place(host, port, target, found[0])


@cache
def _context(authorities: str | None) -> ssl.SSLContext:
    return ssl.create_default_context(cafile=authorities)


def checked_url(url: str) -> SplitResult:
    """The parts of an address whose form may be asked. Raises `AddressProblem`."""
    url = url.strip()
    if url.lower().startswith(("webcal://", "webcals://")):
        url = "https://" + url.partition("://")[2]
    plain = url.isascii() and url.isprintable() and " " not in url and "\\" not in url
    if len(url) > _LONGEST or not plain:
        raise AddressProblem("bad-address")
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise AddressProblem("bad-address") from None
    if parts.scheme.lower() != "https":
        raise AddressProblem("not-https" if parts.scheme else "bad-address")
    if "@" in parts.netloc:
        raise AddressProblem("credentials-in-address")
    if not parts.hostname or port == 0:
        raise AddressProblem("bad-address")
    return parts


def is_public(address: str) -> bool:
    """Whether a numeric address is a single host on the public internet, also inside IPv6 forms of IPv4."""
    try:
        found = ip_address(address.partition("%")[0])
    except ValueError:
        return False
    if isinstance(found, IPv6Address):
        inner = _inner(found)
        if inner is not None:
            return is_public(str(inner))
        if found.is_site_local:
            return False
    special = found.is_multicast or found.is_reserved or found.is_unspecified or found.is_link_local
    return found.is_global and not special and not found.is_loopback


def _inner(found: IPv6Address) -> IPv4Address | None:
    """The IPv4 address that an IPv6 one stands for: mapped, 6to4, Teredo, or translated (NAT64)."""
    if found.ipv4_mapped is not None:
        return found.ipv4_mapped
    if found.sixtofour is not None:
        return found.sixtofour
    if found.teredo is not None:
        return found.teredo[1]
    if any(found in network for network in _MAPPED_TAIL) and int(found) > 1:
        return IPv4Address(int(found) & 0xFFFFFFFF)
    return None
