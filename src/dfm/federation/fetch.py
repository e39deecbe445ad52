"""Get a file of a federation from a web address, for those who allow that, within limits.

Nothing is fetched unless the caller says so. Names are looked up once and what is connected to is
what was checked, so a name that means one machine now and another one later gains nothing. There
are no redirects to addresses that could not be asked for directly, no cookies and no passwords.
"""

from __future__ import annotations

import http.client
import ipaddress
import socket
import ssl
import time
from concurrent.futures import Future, wait
from contextlib import suppress
from dataclasses import dataclass
from threading import Thread, Timer
from urllib.parse import SplitResult, urljoin, urlsplit

from dfm.federation.source import MAX_BYTES

SECONDS = 10.0
"""How long getting one file may take in all."""

MOST_REDIRECTS = 3
_REDIRECTS = frozenset((301, 302, 303, 307, 308))
_CHUNK = 1 << 16


class FetchFailed(Exception):
    """Why a file could not be had, and what to try."""

    def __init__(self, said: str, hint: str = "") -> None:
        super().__init__(said)
        self.hint = hint


@dataclass(frozen=True, slots=True)
class WebRules:
    """Whether references may be web addresses, and whether those may be of a private network."""

    allowed: bool = False
    private: bool = False


def fetch(url: str, rules: WebRules) -> tuple[str, bytes]:
    """Return what an address holds, and the address it was found at in the end.

    Raises:
        FetchFailed: not allowed, not to be had, too large or too slow.
    """
    until = time.monotonic() + SECONDS
    for _ in range(MOST_REDIRECTS + 1):
        try:
            answer = _asked(urlsplit(url), rules, until)
        except (OSError, http.client.HTTPException, ValueError) as error:  # ValueError: bad address
            raise FetchFailed(f"{url} can not be had: {error or type(error).__name__}") from None
        if isinstance(answer, bytes):
            return url, answer
        url = _redirected(url, answer)
    raise FetchFailed(f"{url} is where more than {MOST_REDIRECTS} redirects lead")


def _redirected(url: str, where: str) -> str:
    try:
        return urljoin(url, where)
    except ValueError as error:
        raise FetchFailed(f"{url} leads to an address that is none: {error}") from None


def _asked(parts: SplitResult, rules: WebRules, until: float) -> bytes | str:
    """Return what an address holds, or where it says to look instead."""
    connection = _connection(parts, rules, until)
    watch = _watch(connection.sock, until)
    try:
        path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        connection.request("GET", path, headers={"Accept": "*/*", "User-Agent": "dfm"})
        response = connection.getresponse()
        if response.status in _REDIRECTS and (where := response.getheader("Location")):
            return where
        if response.status != http.client.OK:
            raise FetchFailed(f"{parts.geturl()} answers {response.status} {response.reason}")
        return _body(response, parts.geturl(), until)
    finally:
        watch.cancel()
        connection.close()


def _watch(open_socket: socket.socket, until: float) -> Timer:
    """End a conversation when its time is up, however slowly the other side goes on."""

    def end() -> None:
        with suppress(OSError):  # it has ended by itself
            open_socket.shutdown(socket.SHUT_RDWR)

    watch = Timer(max(until - time.monotonic(), 0), end)
    watch.daemon = True
    watch.start()
    return watch


def _body(response: http.client.HTTPResponse, url: str, until: float) -> bytes:
    content = bytearray()
    while chunk := response.read1(_CHUNK):
        content += chunk
        if len(content) > MAX_BYTES:
            raise FetchFailed(f"{url} holds more than {MAX_BYTES} bytes (4 MiB)")
    if time.monotonic() >= until:
        raise FetchFailed(f"{url} takes longer than {SECONDS:.0f} seconds")
    return bytes(content)


def _connection(parts: SplitResult, rules: WebRules, until: float) -> http.client.HTTPConnection:
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.username is not None:
        raise FetchFailed(f"{parts.geturl()} is no address that is asked", "http(s)://host/file")
    try:
        port = parts.port or (443 if parts.scheme == "https" else 80)
    except ValueError as error:
        raise FetchFailed(f"{parts.geturl()}: {error}") from None
    address = _checked(parts.hostname, port, rules, until)
    left = max(until - time.monotonic(), 0.001)
    plain = socket.create_connection(address, timeout=left)
    connection = http.client.HTTPConnection(parts.hostname, port, timeout=left)
    connection.sock = plain
    if parts.scheme == "https":
        context = ssl.create_default_context()
        connection.sock = context.wrap_socket(plain, server_hostname=parts.hostname)
    return connection


def _checked(host: str, port: int, rules: WebRules, until: float) -> tuple[str, int]:
    """Return the address of a host, which all its addresses have to be fit for."""
    addresses = _looked_up(host, port, until)
    for address in addresses:
        if not rules.private and not _is_public(address):
            raise FetchFailed(
                f"{host} is {address}, an address of a private network",
                "allow_private_urls=True (--allow-private-urls), if that is what you want",
            )
    return addresses[0], port


def _looked_up(host: str, port: int, until: float) -> list[str]:
    """Return the addresses of a host; looking one up has no time limit of its own."""
    found: Future[list[str]] = Future()

    def look() -> None:
        try:
            entries = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
            found.set_result([str(entry[4][0]) for entry in entries])
        except Exception as error:  # noqa: BLE001  (raised where it is waited for)
            found.set_exception(error)

    Thread(target=look, name="dfm-look-up", daemon=True).start()
    if not wait([found], max(until - time.monotonic(), 0)).done:
        raise FetchFailed(f"the address of {host} is not found within {SECONDS:.0f} seconds")
    return found.result()


def _is_public(address: str) -> bool:
    found = ipaddress.ip_address(address.partition("%")[0])
    return found.is_global and not found.is_multicast
