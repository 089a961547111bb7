"""Fetching and handing over files: streamed, bounded in octets and time, and never into our own network.

`http.call` with a file at one end. A stranger's address is resolved once, every address it stands for must be public,
and the socket is opened to that very address: a name that changes its mind in between gains nothing.
"""

import hashlib
import socket
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import IO, Any, Final

import urllib3
from urllib3.exceptions import HTTPError, NameResolutionError, NewConnectionError

from shopme.lib import addresses, http
from shopme.lib.http import CallFailed

DEADLINE_SECONDS: Final = 60.0
CHUNK: Final = 64 * 1024
# What an answer that is no file may say.
MOST_WORDS: Final = 64 * 1024


class TooManyOctets(Exception):
    """The file is longer than allowed; what was written of it is worth nothing."""


class NotPublic(NewConnectionError):
    """The address leads into a network that is not everybody's."""


@dataclass(frozen=True, slots=True)
class Download:
    """What came. With status 200 the octets went into the file and `body` is empty; else `body` is what was said."""

    status: int
    headers: Mapping[str, str]
    body: bytes = b""
    size: int = 0
    sha256: str = ""


class _Guard:
    """Opens the socket itself, to an address that was looked at."""

    def _new_conn(self: Any) -> socket.socket:
        try:
            found = addresses.addresses_of(self._dns_host, self.port)
        except OSError as problem:
            raise NameResolutionError(self.host, self, socket.gaierror(str(problem))) from problem
        if not found or not all(map(addresses.is_public, found)):
            raise NotPublic(self, "not a public address")
        try:
            return urllib3.util.connection.create_connection(
                (found[0], self.port), self.timeout, socket_options=self.socket_options
            )
        except OSError as problem:
            raise NewConnectionError(self, type(problem).__name__) from problem


class _GuardedConnection(_Guard, http.WatchedConnection):
    pass


class _GuardedTlsConnection(_Guard, http.WatchedTlsConnection):
    pass


class _GuardedPool(urllib3.HTTPConnectionPool):
    ConnectionCls = _GuardedConnection


class _GuardedTlsPool(urllib3.HTTPSConnectionPool):
    ConnectionCls = _GuardedTlsConnection


def _guarded() -> urllib3.PoolManager:
    """Pools of one call: connections to strangers are not kept."""
    pools = urllib3.PoolManager(num_pools=1, maxsize=1, retries=False)
    pools.pool_classes_by_scheme = {"http": _GuardedPool, "https": _GuardedTlsPool}
    return pools


def download(
    url: str,
    *,
    into: IO[bytes],
    most: int,
    headers: Mapping[str, str],
    is_own_door: bool,
    deadline: float | None = None,
) -> Download:
    """GET `url` into `into`. `is_own_door`: the address is the one our settings name, which may be anywhere.

    No redirect is followed. Refuses: `CallFailed`, `TooManyOctets`.
    """
    seconds = DEADLINE_SECONDS if deadline is None else deadline
    with http.watched(seconds) as watch:
        pools = http.pools() if is_own_door else _guarded()
        try:
            response = pools.request(
                "GET",
                url,
                headers={**headers, "Accept-Encoding": "identity"},
                timeout=http.timeout(seconds),
                redirect=False,
                preload_content=False,
            )
            return _taken(response, into, most)
        except (HTTPError, OSError, ValueError) as problem:
            raise http.failure(problem, watch) from problem


def _taken(response: urllib3.BaseHTTPResponse, into: IO[bytes], most: int) -> Download:
    headers = {name.lower(): value for name, value in response.headers.items()}
    try:
        if response.status != 200:
            return Download(response.status, headers, body=response.read(MOST_WORDS, decode_content=False))
        announced = headers.get("content-length", "")
        if announced.isascii() and announced.isdigit() and int(announced) > most:
            raise TooManyOctets
        digest, size = hashlib.sha256(), 0
        for chunk in response.stream(CHUNK, decode_content=False):
            size += len(chunk)
            if size > most:
                raise TooManyOctets
            digest.update(chunk)
            into.write(chunk)
        return Download(200, headers, size=size, sha256=digest.hexdigest())
    finally:
        response.close()


class FormWithFile:
    """A multipart form with one file at its end, read in pieces: a large file is never in memory as a whole."""

    def __init__(self, fields: Mapping[str, str], file: IO[bytes], *, mime_type: str, filename: str) -> None:
        self.boundary = f"shopme{time.monotonic_ns():x}{id(file):x}"
        parts = [
            f'--{self.boundary}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'
            for name, value in fields.items()
        ]
        named = filename.replace("\\", "_").replace('"', "_").replace("\r", "").replace("\n", "")
        parts.append(
            f'--{self.boundary}\r\nContent-Disposition: form-data; name="file"; filename="{named}"\r\n'
            f"Content-Type: {mime_type}\r\n\r\n"
        )
        self._before, self._after = "".join(parts).encode(), f"\r\n--{self.boundary}--\r\n".encode()
        self._file = file
        self.length = len(self._before) + file.seek(0, 2) + len(self._after)
        self._pieces = self._read()

    @property
    def headers(self) -> dict[str, str]:
        return {
            "Content-Type": f"multipart/form-data; boundary={self.boundary}",
            "Content-Length": str(self.length),
        }

    def __iter__(self) -> "FormWithFile":
        return self

    def __next__(self) -> bytes:
        return next(self._pieces)

    def _read(self) -> Iterator[bytes]:
        self._file.seek(0)
        yield self._before
        while chunk := self._file.read(CHUNK):
            yield chunk
        yield self._after


def hand_over(
    url: str, form: FormWithFile, *, headers: Mapping[str, str], deadline: float | None = None
) -> http.HttpAnswer:
    """POST a form with a file to an address our settings name. Refuses: `CallFailed`."""
    seconds = DEADLINE_SECONDS if deadline is None else deadline
    with http.watched(seconds) as watch:
        try:
            response = http.pools().request(
                "POST",
                url,
                headers={**headers, **form.headers},
                body=form,
                timeout=http.timeout(seconds),
                redirect=False,
                preload_content=False,
            )
            return http.whole_answer(response, http.MAX_BYTES)
        except (HTTPError, OSError, ValueError) as problem:
            raise http.failure(problem, watch) from problem


__all__ = ["CallFailed", "Download", "FormWithFile", "NotPublic", "TooManyOctets", "download", "hand_over"]
