"""The one way to call another company: short, bounded, never following redirects.

urllib3 directly (the engine under requests): one pool per process, shared by all threads, a third of the work a call.
A call ends by its deadline whatever the other side does: a watchdog cuts the socket of one that drips or hangs.
"""

import heapq
import itertools
import os
import socket
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import urllib3
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.exceptions import HTTPError, NewConnectionError, ProtocolError, SSLError

from shopme.lib.failpoints import fail_at

CONNECT_SECONDS = 3.0
READ_SECONDS = 8.0
DEADLINE_SECONDS = 10.0
MAX_BYTES = 1_000_000


class CallFailed(Exception):
    """No answer. `was_sent` False: surely nothing left this machine; True: the other side may have acted."""

    def __init__(self, reason: str, *, was_sent: bool) -> None:
        super().__init__(reason)
        self.was_sent = was_sent


@dataclass(frozen=True, slots=True)
class HttpAnswer:
    """Headers have lower-case names."""

    status: int
    headers: Mapping[str, str]
    body: bytes


class _Call:
    """One call under the watchdog's eye."""

    __slots__ = ("connection", "is_cut", "is_over")

    def __init__(self) -> None:
        self.connection: HTTPConnection | None = None
        self.is_over = False
        self.is_cut = False

    def cut(self) -> None:
        """End it from outside: whoever waits on the socket is woken with an error."""
        self.is_cut = True
        sock = getattr(self.connection, "sock", None)
        if sock is not None:
            try:
                sock.shutdown(socket.SHUT_RDWR)
            except OSError:
                return  # it ended by itself in this moment


class _Watchdog:
    """A thread that cuts calls at their deadline; it starts with the first call of a process."""

    def __init__(self) -> None:
        self._calls: list[tuple[float, int, _Call]] = []
        self._numbers = itertools.count()
        self._changed = threading.Condition()
        threading.Thread(target=self._watch, name="http-watchdog", daemon=True).start()

    def watch(self, call: _Call, until: float) -> None:
        with self._changed:
            heapq.heappush(self._calls, (until, next(self._numbers), call))
            if self._calls[0][2] is call:
                self._changed.notify()

    def _watch(self) -> None:
        while True:
            with self._changed:
                while self._calls and self._calls[0][2].is_over:
                    heapq.heappop(self._calls)
                wait = self._calls[0][0] - time.monotonic() if self._calls else None
                if wait is None or wait > 0:
                    self._changed.wait(wait)
                    continue
                call = heapq.heappop(self._calls)[2]
            if not call.is_over:
                call.cut()


_current = threading.local()


class WatchedConnection(HTTPConnection):
    """Tells the watchdog which socket the call of this thread uses."""

    def request(self, *args: Any, **kwargs: Any) -> None:
        _current.call.connection = self
        super().request(*args, **kwargs)
        fail_at("request_sent")


class WatchedTlsConnection(HTTPSConnection):
    """The same over TLS."""

    def request(self, *args: Any, **kwargs: Any) -> None:
        _current.call.connection = self
        super().request(*args, **kwargs)
        fail_at("request_sent")


class _Pool(urllib3.HTTPConnectionPool):
    ConnectionCls = WatchedConnection


class _TlsPool(urllib3.HTTPSConnectionPool):
    ConnectionCls = WatchedTlsConnection


class _Client:
    """What one process keeps open."""

    def __init__(self) -> None:
        self.process = os.getpid()
        self.watchdog = _Watchdog()
        self.pools = urllib3.PoolManager(num_pools=32, maxsize=32, retries=False)
        self.pools.pool_classes_by_scheme = {"http": _Pool, "https": _TlsPool}


_clients: list[_Client] = []
_lock = threading.Lock()


def _client() -> _Client:
    """This process's client: a fork makes its own, sockets are never shared between processes."""
    with _lock:
        if not _clients or _clients[0].process != os.getpid():
            _clients[:] = [_Client()]
        return _clients[0]


def call(
    method: str,
    url: str,
    *,
    headers: Mapping[str, str] | None = None,
    body: bytes | None = None,
    deadline: float = DEADLINE_SECONDS,
    max_bytes: int = MAX_BYTES,
) -> HttpAnswer:
    """One request and its whole answer within `deadline` seconds and `max_bytes`. Refuses: `CallFailed`.

    A redirect is an answer like any other: nobody else gets our headers.
    """
    with watched(deadline) as watch:
        try:
            response = pools().request(
                method,
                url,
                headers=dict(headers or {}),
                body=body,
                timeout=timeout(deadline),
                redirect=False,
                preload_content=False,
            )
            return whole_answer(response, max_bytes)
        except (HTTPError, OSError, ValueError) as problem:
            raise failure(problem, watch) from problem


@contextmanager
def watched(deadline: float) -> Iterator[_Call]:
    """The one call of this thread, cut by the watchdog at its deadline."""
    watch = _current.call = _Call()
    _client().watchdog.watch(watch, time.monotonic() + deadline)
    try:
        yield watch
    finally:
        watch.is_over = True
        watch.connection = None


def pools() -> urllib3.PoolManager:
    """What this process keeps open to the addresses our settings name."""
    return _client().pools


def timeout(deadline: float) -> urllib3.Timeout:
    """How long one step of a call may take."""
    return urllib3.Timeout(connect=min(CONNECT_SECONDS, deadline), read=min(READ_SECONDS, deadline))


def failure(problem: Exception, watch: _Call) -> CallFailed:
    """What a broken call says of whether anything left this machine."""
    if isinstance(problem, (NewConnectionError, urllib3.exceptions.ConnectTimeoutError)):
        return CallFailed(type(problem).__name__, was_sent=False)
    reason = "deadline" if watch.is_cut else type(problem).__name__
    return CallFailed(reason, was_sent=not isinstance(problem, SSLError))


def whole_answer(response: urllib3.BaseHTTPResponse, max_bytes: int) -> HttpAnswer:
    """Read to the end, or refuse an answer that is too long; an unread connection is closed, not reused."""
    body = response.read(max_bytes + 1, decode_content=False)
    if len(body) > max_bytes:
        response.close()
        raise ProtocolError("the answer is too long")
    response.release_conn()
    headers = {name.lower(): value for name, value in response.headers.items()}
    return HttpAnswer(status=response.status, headers=headers, body=body)
