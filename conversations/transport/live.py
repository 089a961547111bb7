"""The live stream at `/live/`: raw ASGI, beside Django, one Redis subscription per process, six KiB a stream.

A ticket (`tenants.live.live_token`) binds the stream to a shop; only that shop's signals pass. What a returning page
missed is replayed from the shop's Redis stream. When anything is in doubt (a slow reader, Redis gone) the stream is
closed: the page comes back by itself and reads everything anew.
"""

import asyncio
import contextlib
import re
import time
from collections.abc import AsyncIterator, Awaitable, Callable, MutableMapping
from typing import Any, Final
from urllib.parse import parse_qs

import redis
import redis.asyncio
import structlog
from django.conf import settings

from tenants.live import CHANNEL, BadLiveToken, read_live_token, stream_key

log = structlog.get_logger(__name__)
Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]

HEARTBEAT_SECONDS: Final = 15.0
STREAM_SECONDS: Final = 600.0  # then the page asks for a new ticket, which reads the membership again
WAITING_SIGNALS: Final = 256
REPLAYED_SIGNALS: Final = 500
_CATCH_UP: Final = '{"event": "poll", "data": {}}'
_HEADERS: Final = [
    (b"content-type", b"text/event-stream; charset=utf-8"),
    (b"cache-control", b"no-store"),
    (b"x-accel-buffering", b"no"),
    (b"x-content-type-options", b"nosniff"),
]
_SIGNAL_ID: Final = re.compile(r"[0-9]{1,19}(?:-[0-9]{1,19})?")
Signal = tuple[str, str]  # (id, JSON)


class _Reader:
    """One open stream: what waits to be written to it. A full queue closes it."""

    __slots__ = ("is_closed", "queue")

    def __init__(self) -> None:
        self.queue: asyncio.Queue[Signal | None] = asyncio.Queue(maxsize=WAITING_SIGNALS)
        self.is_closed = False

    def put(self, signal: Signal) -> None:
        if self.queue.full():
            self.close()
        elif not self.is_closed:
            self.queue.put_nowait(signal)

    def close(self) -> None:
        """End the stream after what is written already; what waits is dropped, the page will ask for it."""
        if self.is_closed:
            return
        self.is_closed = True
        while not self.queue.empty():
            self.queue.get_nowait()
        self.queue.put_nowait(None)


class Hub:
    """All streams of one process and the one subscription that feeds them."""

    def __init__(self) -> None:
        self.redis = redis.asyncio.Redis.from_url(
            settings.REDIS_URL, decode_responses=True, socket_connect_timeout=2, health_check_interval=30
        )
        self.readers: dict[int, set[_Reader]] = {}
        self.listening = asyncio.Event()
        self.task = asyncio.get_running_loop().create_task(self._listen())

    @contextlib.asynccontextmanager
    async def reader_of(self, shop_id: int) -> AsyncIterator[_Reader]:
        """A reader of the shop's signals from now on."""
        reader = _Reader()
        self.readers.setdefault(shop_id, set()).add(reader)
        try:
            yield reader
        finally:
            theirs = self.readers.get(shop_id, set())
            theirs.discard(reader)
            if not theirs:
                self.readers.pop(shop_id, None)

    async def missed_by(self, shop_id: int, last_id: str) -> list[Signal] | None:
        """What came after `last_id`; None when that cannot be told any more."""
        try:
            first: Any = await self.redis.xrange(stream_key(shop_id), count=1)
            found: Any = await self.redis.xrange(stream_key(shop_id), min=f"({last_id}", count=REPLAYED_SIGNALS)
        except redis.RedisError:
            return None
        if not first or _order(first[0][0]) > _order(last_id) or len(found) == REPLAYED_SIGNALS:
            return None
        return [(signal_id, fields["d"]) for signal_id, fields in found]

    async def _listen(self) -> None:
        while True:
            try:
                async with self.redis.pubsub() as subscription:
                    await subscription.subscribe(CHANNEL)
                    self.listening.set()
                    async for message in subscription.listen():
                        if message["type"] == "message":
                            self._hand_out(message["data"])
            except (redis.RedisError, OSError) as problem:
                log.warning("live_redis_away", problem=type(problem).__name__)
            self.listening.clear()
            self._close_all()
            await asyncio.sleep(1)

    def _hand_out(self, line: str) -> None:
        shop, signal_id, payload = line.split(" ", 2)
        for reader in list(self.readers.get(int(shop), ())):
            reader.put((signal_id, payload))

    def _close_all(self) -> None:
        """Nobody knows what was missed: every page comes back and reads anew."""
        for readers in self.readers.values():
            for reader in readers:
                reader.close()


_hubs: dict[asyncio.AbstractEventLoop, Hub] = {}


def _hub() -> Hub:
    """The hub of this process's event loop; made with the first stream."""
    loop = asyncio.get_running_loop()
    if loop not in _hubs:
        _hubs.clear()
        _hubs[loop] = Hub()
    return _hubs[loop]


def _order(signal_id: str) -> tuple[int, int]:
    moment, _, place = signal_id.partition("-")
    return int(moment), int(place or 0)


def _last_id(scope: Scope, query: dict[str, list[str]]) -> str:
    """What the page has seen: the browser's own header on a reconnect, else the query. Nonsense counts as nothing."""
    header = next((value.decode("latin-1") for name, value in scope["headers"] if name == b"last-event-id"), "")
    last_id = header or query.get("last", [""])[0]
    return last_id if _SIGNAL_ID.fullmatch(last_id) else ""


async def live_application(scope: Scope, receive: Receive, send: Send) -> None:
    """ASGI: `GET /live/?t=<ticket>&last=<id>` → signals as server-sent events until the page leaves."""
    query = parse_qs(scope["query_string"].decode("latin-1"))
    if scope["method"] != "GET":
        await _refuse(send, 405)
        return
    try:
        _user_id, shop_id = read_live_token(query.get("t", [""])[0])
    except BadLiveToken:
        await _refuse(send, 401)
        return
    async with _hub().reader_of(shop_id) as reader:
        writing = asyncio.ensure_future(_write(send, reader, shop_id, _last_id(scope, query)))
        leaving = asyncio.ensure_future(_until_left(receive))
        _, pending = await asyncio.wait({writing, leaving}, return_when=asyncio.FIRST_COMPLETED)
        for task in pending:
            task.cancel()
        await asyncio.gather(writing, leaving, return_exceptions=True)


async def _refuse(send: Send, status: int) -> None:
    headers = [(b"content-type", b"text/plain"), (b"cache-control", b"no-store")]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": b""})


async def _until_left(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        continue


async def _write(send: Send, reader: _Reader, shop_id: int, last_id: str) -> None:
    """Say hello once signals are heard, replay, then pass them on, with a heartbeat in silence.

    A page that is greeted too early believes it hears everything and never looks for what it missed.
    """
    hears = await _hears_soon()
    await send({"type": "http.response.start", "status": 200, "headers": _HEADERS})
    await _line(send, "retry: 2000\n\n")
    if not hears:
        await _end(send)
        return
    seen = await _replay(send, shop_id, last_id)
    ends_at = time.monotonic() + STREAM_SECONDS
    while time.monotonic() < ends_at:
        try:
            signal = await asyncio.wait_for(reader.queue.get(), HEARTBEAT_SECONDS)
        except TimeoutError:
            await _line(send, ": here\n\n")
            continue
        if signal is None:
            break
        if _order(signal[0]) > seen:
            await _event(send, *signal)
    await _end(send)


async def _hears_soon() -> bool:
    """Whether this process hears signals, or does within three seconds."""
    try:
        async with asyncio.timeout(3):
            await _hub().listening.wait()
    except TimeoutError:
        return False
    return True


async def _replay(send: Send, shop_id: int, last_id: str) -> tuple[int, int]:
    """Write what the page missed since `last_id`; returns the order of the last one written."""
    if not last_id:
        return (0, 0)
    missed = await _hub().missed_by(shop_id, last_id)
    if missed is None:
        await _line(send, f"data: {_CATCH_UP}\n\n")
        return (0, 0)
    for signal_id, payload in missed:
        await _event(send, signal_id, payload)
    return _order(missed[-1][0]) if missed else _order(last_id)


async def _event(send: Send, signal_id: str, payload: str) -> None:
    await _line(send, f"id: {signal_id}\ndata: {payload}\n\n")


async def _line(send: Send, text: str) -> None:
    await send({"type": "http.response.body", "body": text.encode(), "more_body": True})


async def _end(send: Send) -> None:
    await send({"type": "http.response.body", "body": b""})
