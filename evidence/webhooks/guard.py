"""Where a webhook may go: a name is resolved once, every address that it has must be public, and the connection goes to
exactly the address that was looked at. A name that changes its address between the two (DNS rebinding) gains nothing.

Addresses of one's own networks are refused unless the administrator allows their network (WEBHOOK_NETWORKS).
"""

from __future__ import annotations

import http.client
import ipaddress
import socket
import ssl
from collections.abc import Callable, Mapping, Sequence
from urllib.parse import urlsplit

from seal_advisor.core.record import Record

SECONDS = 10
ANSWER_BYTES = 64 * 1024
Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Network = ipaddress.IPv4Network | ipaddress.IPv6Network
# Addresses that carry an IPv4 address inside: what counts is the one inside.
NAT64, SIX_TO_FOUR = ipaddress.IPv6Network("64:ff9b::/96"), ipaddress.IPv6Network("2002::/16")
Resolver = Callable[[str, int], list[str]]


class NotAllowed(Exception):
    """The address may not be told. The message says why, and what the administrator can do."""


class Target(Record):
    """One place to connect to. host: the name, for TLS and the Host header; address: the very one that was checked."""

    secure: bool
    host: str
    port: int
    path: str
    address: str


def resolved(host: str, port: int) -> list[str]:
    """Every address of the name, in the system's order. Raises OSError."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))


def target(url: str, allowed: Sequence[Network], resolve: Resolver = resolved) -> Target:
    """Raises NotAllowed, or OSError for a name that cannot be resolved."""
    parts = urlsplit(url)
    try:
        port = parts.port or (443 if parts.scheme == "https" else 80)
    except ValueError as error:
        raise NotAllowed("the address has no valid port") from error
    if parts.scheme not in {"https", "http"} or not parts.hostname:
        raise NotAllowed("the address must start with https://")
    if parts.username or parts.password or parts.fragment:
        raise NotAllowed("the address must hold no name, password or fragment; the signature proves who calls")
    addresses = resolve(parts.hostname, port)
    if not addresses:
        raise OSError(f"{parts.hostname} has no address")
    inside = [one for one in addresses if not is_public(ipaddress.ip_address(one.partition("%")[0]))]
    for one in inside:
        if not any(_in(ipaddress.ip_address(one.partition("%")[0]), network) for network in allowed):
            raise NotAllowed(f"{parts.hostname} is {one}, an address of one's own networks; WEBHOOK_NETWORKS allows it")
    if parts.scheme == "http" and not inside:
        raise NotAllowed("the address must start with https://: the event would travel in the clear")
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    return Target(parts.scheme == "https", parts.hostname, port, path, addresses[0])


def is_public(address: Address) -> bool:
    """Whether the address belongs to the world: what is inside a mapped or translated address counts too."""
    if isinstance(address, ipaddress.IPv6Address):
        within = address.ipv4_mapped
        if within is None and address in NAT64:
            within = ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
        if within is None and address in SIX_TO_FOUR:
            within = ipaddress.IPv4Address((int(address) >> 80) & 0xFFFFFFFF)
        if within is not None:
            return is_public(within)
    return address.is_global and not address.is_multicast and not address.is_reserved


def _in(address: Address, network: Network) -> bool:
    return address.version == network.version and address in network


class _Plain(http.client.HTTPConnection):
    """To one checked address, whatever the name says by now."""

    checked: str

    def connect(self) -> None:
        self.sock = socket.create_connection((self.checked, self.port), SECONDS)


class _Secure(http.client.HTTPSConnection):
    checked: str

    def connect(self) -> None:
        plain = socket.create_connection((self.checked, self.port), SECONDS)
        self.sock = ssl.create_default_context().wrap_socket(plain, server_hostname=self.host)


def post(where: Target, body: bytes, headers: Mapping[str, str]) -> int:
    """The status of the answer; a redirect is one like any other and is not followed. Raises OSError, HTTPException."""
    made = _Secure if where.secure else _Plain
    connection = made(where.host, where.port, timeout=SECONDS)
    connection.checked = where.address
    try:
        connection.request("POST", where.path, body, dict(headers))
        answer = connection.getresponse()
        answer.read(ANSWER_BYTES)
        return answer.status
    finally:
        connection.close()
