"""The durable half of the edge: rows that arrive together share one commit, and each waits for it.

Connections are its own, outside Django's pool, because the edge is asynchronous and must answer within two seconds
when the database is gone.
"""

import asyncio
import shutil
import time
from collections import deque
from dataclasses import dataclass, field
from typing import Any

import psycopg
import structlog
from django.conf import settings
from psycopg import sql

from conversations.transport.wakeup import own_conninfo

BATCH_ROWS = 256
BATCH_OCTETS = 4 * 1024 * 1024
WAITING_ROWS = 4096
WAITING_OCTETS = 64 * 1024 * 1024
BATCH_SECONDS = 0.9
PAUSE_AFTER_FAILURE_SECONDS = 0.25
LOOK_AROUND_SECONDS = 2.0
MOST_UNSPLIT = 200_000
LEAST_FREE_SHARE = 0.05
LEAST_FREE_OCTETS = 2 * 1024**3

_INSERT = sql.SQL(
    """
    WITH kept AS (
        INSERT INTO public.transport_webhookraw (endpoint_id, body_sha256, body, headers)
        SELECT endpoint, digest, body, head::jsonb
        FROM unnest(%b::bigint[], %b::bytea[], %b::bytea[], %b::text[]) AS row (endpoint, digest, body, head)
        ON CONFLICT (endpoint_id, body_sha256) DO NOTHING
        RETURNING 1
    )
    SELECT pg_notify('inbound', '') FROM (SELECT 1 FROM kept LIMIT 1) AS anything
    """
)
_BACKLOG = sql.SQL(
    "SELECT count(*) FROM (SELECT 1 FROM public.transport_webhookraw WHERE state = 'new' LIMIT %s) AS waiting"
)

log = structlog.get_logger(__name__)


class NotKept(Exception):
    """The body is not in the database, so it must not be acknowledged."""


@dataclass(slots=True)
class Row:
    """One body on its way into `webhook_raw`, and everybody who waits for its commit."""

    endpoint_id: int
    digest: bytes
    body: bytes
    headers: str
    waiters: list["asyncio.Future[None]"] = field(default_factory=list)

    def settle(self, problem: NotKept | None) -> None:
        for waiter in self.waiters:
            if not waiter.done():
                if problem is None:
                    waiter.set_result(None)
                else:
                    waiter.set_exception(problem)


class RawStore:
    """Keeps bodies. Of one event loop; starts with the first body and is closed with the process."""

    def __init__(self, *, writers: int = 2) -> None:
        self._writers = writers
        self._queue: deque[Row] = deque()
        self._octets = 0
        # Rows that are queued or being written, so an identical delivery waits for the first one's commit.
        self._open: dict[tuple[int, bytes], Row] = {}
        self._wake = asyncio.Event()
        self._tasks: list[asyncio.Task[None]] = []
        self._down_until = 0.0
        self._refusal = ""

    async def keep(self, *, endpoint_id: int, digest: bytes, body: bytes, headers: str) -> None:
        """Return once the body is committed. Refuses: `NotKept`, within about a second."""
        if not self._tasks:
            self._start()
        if self._refusal or time.monotonic() < self._down_until:
            raise NotKept(self._refusal or "the database does not answer")
        waiter: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        same = self._open.get((endpoint_id, digest))
        if same is not None:
            same.waiters.append(waiter)
        else:
            self._enqueue(Row(endpoint_id, digest, body, headers, [waiter]))
        await waiter

    async def close(self) -> None:
        """Stop the writers; what is queued is refused."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self._tasks = []
        self._settle(self._queue, NotKept("the edge stops"))
        self._queue.clear()
        self._octets = 0

    def _start(self) -> None:
        self._tasks = [asyncio.create_task(self._write()) for _ in range(self._writers)]
        self._tasks.append(asyncio.create_task(self._look_around()))

    def _enqueue(self, row: Row) -> None:
        if len(self._queue) >= WAITING_ROWS or self._octets + len(row.body) > WAITING_OCTETS:
            raise NotKept("too many bodies wait for the database")
        self._open[row.endpoint_id, row.digest] = row
        self._queue.append(row)
        self._octets += len(row.body)
        self._wake.set()

    def _take(self) -> list[Row]:
        rows = [self._queue.popleft()]
        octets = len(rows[0].body)
        while self._queue and len(rows) < BATCH_ROWS and octets + len(self._queue[0].body) <= BATCH_OCTETS:
            rows.append(self._queue.popleft())
            octets += len(rows[-1].body)
        self._octets -= octets
        return rows

    async def _write(self) -> None:
        connection: Connection = None
        while True:
            if not self._queue:
                self._wake.clear()
                await self._wake.wait()
                continue
            rows = self._take()
            work = asyncio.ensure_future(_insert(connection, rows))
            try:
                done, _ = await asyncio.wait({work}, timeout=BATCH_SECONDS)
            except asyncio.CancelledError:
                work.cancel()
                self._settle(rows, NotKept("the edge stops"))
                raise
            connection = self._conclude(rows, work, in_time=bool(done))

    def _conclude(self, rows: list[Row], work: "asyncio.Future[Outcome]", *, in_time: bool) -> "Connection":
        """Tell everybody who waits; returns the connection if it is still good."""
        if not in_time:
            work.cancel()
            self._fail(rows, NotKept("the database is too slow"))
            return None
        problem = work.exception()
        if problem is not None:
            self._fail(rows, NotKept(f"the database refused: {type(problem).__name__}"))
            return None
        connection, refused = work.result()
        self._settle(refused, NotKept("the database refused this body"))
        self._settle([row for row in rows if row not in refused] if refused else rows, None)
        return connection

    def _fail(self, rows: list[Row], problem: NotKept) -> None:
        """Refuse these rows and all that wait behind them: nobody waits longer than one attempt."""
        log.warning("webhook_not_kept", reason=str(problem), rows=len(rows) + len(self._queue))
        self._down_until = time.monotonic() + PAUSE_AFTER_FAILURE_SECONDS
        self._settle(rows, problem)
        self._settle(self._queue, problem)
        self._queue.clear()
        self._octets = 0

    def _settle(self, rows: "list[Row] | deque[Row]", problem: NotKept | None) -> None:
        for row in rows:
            self._open.pop((row.endpoint_id, row.digest), None)
            row.settle(problem)

    async def _look_around(self) -> None:
        """Every two seconds: is there room for more? Without an answer the last one stays."""
        while True:
            try:
                self._refusal = await _lack_of_room()
            except (psycopg.Error, OSError) as problem:
                log.info("edge_cannot_look_around", reason=type(problem).__name__)
            await asyncio.sleep(LOOK_AROUND_SECONDS)


Connection = psycopg.AsyncConnection[Any] | None
Outcome = tuple[psycopg.AsyncConnection[Any], list[Row]]


async def _insert(connection: Connection, rows: list[Row]) -> Outcome:
    """Insert and commit `rows`; a connection that went stale while idle is replaced once, which the key makes safe."""
    if connection is not None:
        try:
            return connection, await _insert_on(connection, rows)
        except psycopg.OperationalError:
            await connection.close()
    fresh = await open_connection()
    return fresh, await _insert_on(fresh, rows)


async def _insert_on(connection: psycopg.AsyncConnection[Any], rows: list[Row]) -> list[Row]:
    """Insert all rows at once; if the database refuses the data, each alone. Returns the refused ones."""
    try:
        await connection.execute(_INSERT, _columns(rows))
    except psycopg.OperationalError:
        raise
    except psycopg.Error:
        refused = []
        for row in rows:
            try:
                await connection.execute(_INSERT, _columns([row]))
            except psycopg.OperationalError:
                raise
            except psycopg.Error as problem:
                log.exception("webhook_refused_by_database", endpoint=row.endpoint_id, reason=type(problem).__name__)
                refused.append(row)
        return refused
    return []


def _columns(rows: list[Row]) -> list[Any]:
    return [
        [row.endpoint_id for row in rows],
        [row.digest for row in rows],
        [row.body for row in rows],
        [row.headers for row in rows],
    ]


async def open_connection() -> psycopg.AsyncConnection[Any]:
    """A connection that acknowledges only what is on disk and waits for nothing longer than a batch may take."""
    conninfo = own_conninfo("shopme-edge", synchronous_commit="on", statement_timeout=int(BATCH_SECONDS * 1000))
    return await psycopg.AsyncConnection.connect(conninfo, autocommit=True)


async def _lack_of_room() -> str:
    """Why nothing more is taken in: too many unsplit bodies or a full disk; empty when there is room."""
    disk = shutil.disk_usage(settings.BASE_DIR)
    if disk.free < min(LEAST_FREE_SHARE * disk.total, LEAST_FREE_OCTETS):
        return "the disk is nearly full"
    connection = await open_connection()
    async with connection:
        cursor = await connection.execute(_BACKLOG, [MOST_UNSPLIT + 1])
        row = await cursor.fetchone()
    return "too many bodies wait to be split" if row and row[0] > MOST_UNSPLIT else ""
