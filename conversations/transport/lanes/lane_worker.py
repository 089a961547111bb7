"""One process of lane workers: a dispatcher claims for all its threads, so idle threads ask the database nothing."""

import queue
import select
import socket
import threading
import time
from collections import Counter, deque
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

import psycopg
import structlog
from django.db import connection

from conversations.transport import wakeup
from conversations.transport.lanes import lane_rows
from conversations.transport.lanes.handling import Claim, Handler, take_turn
from shopme.lib.failpoints import fail_at

POLL_SECONDS = 1.0
RECONNECT_SECONDS = 1.0
TURNS_PER_CONNECTION = 2_000
JOIN_SECONDS = 20.0

log = structlog.get_logger(__name__)


@dataclass(slots=True)
class Turn:
    """What a thread is doing, and since when (monotonic seconds)."""

    claim: Claim
    since: float


class LaneWorker:
    """Claims due lanes and works them in threads until it is stopped.

    A shop has at most three quarters of the threads, so one shop's rush never keeps all others waiting.
    """

    def __init__(self, handler: Handler, *, threads: int = 4, holder: str = "", former_holder: str = "") -> None:
        self.holder = holder or uuid4().hex
        self.turns: dict[int, Turn] = {}
        self._former_holder = former_holder
        self._handler = handler
        self._threads = threads
        self._per_shop = max(1, threads * 3 // 4)
        self._claims: list[queue.SimpleQueue[Claim | None]] = [queue.SimpleQueue() for _ in range(threads)]
        self._lock = threading.Lock()
        self._idle = set(range(threads))
        self._busy: Counter[int] = Counter()
        self._unreleased: deque[Claim] = deque()
        self._after_shop = -1
        # Raised with each new connection of the dispatcher: then the threads' own are likely dead as well.
        self._generation = 0
        # Whether something may be due that was not claimed yet.
        self._is_hot = True
        # Whether all threads were filled, or a shop had its share: there may be more once a thread is free.
        self._has_more = False
        self._claimed_at = 0.0
        self._gaps = wakeup.Rounds()
        self._bell, self._ring = socket.socketpair()
        self._bell.setblocking(False)
        self._ring.setblocking(False)

    def run(self, stop: threading.Event) -> None:
        """Work until `stop` is set, then finish the turns under way. Survives the database going away."""
        pool = [
            threading.Thread(target=self._work, args=[place], name=f"lane-{place}", daemon=True)
            for place in range(self._threads)
        ]
        for thread in pool:
            thread.start()
        while not stop.is_set():
            try:
                self._dispatch(stop)
            except (psycopg.Error, OSError) as problem:
                log.warning("lanes_without_database", reason=type(problem).__name__)
                stop.wait(RECONNECT_SECONDS)
        for claims in self._claims:
            claims.put(None)
        deadline = time.monotonic() + JOIN_SECONDS
        for thread in pool:
            thread.join(max(0.0, deadline - time.monotonic()))

    def wake(self) -> None:
        """Make the dispatcher look now."""
        try:
            self._ring.send(b"!")
        except BlockingIOError:
            return  # it has been rung already

    def _dispatch(self, stop: threading.Event) -> None:
        # Its one statement is planned once: its shape decides, never its values.
        conninfo = wakeup.own_conninfo(
            "shopme-lanes", synchronous_commit="off", statement_timeout=10_000, plan_cache_mode="force_generic_plan"
        )
        with (
            wakeup.listen("shopme-lanes-listen", wakeup.LANES) as listener,
            psycopg.connect(conninfo, autocommit=True) as database,
        ):
            self._generation += 1
            self._is_hot = True
            self._free_earlier_marks(database)
            while not stop.is_set():
                self._release_waiting(database)
                self._wait(listener, 0.0 if self._may_claim() and self._claim(database) else self._patience())

    def _free_earlier_marks(self, database: "psycopg.Connection[Any]") -> None:
        """What a dead predecessor in this place was doing is free at once, not only when it looks stale."""
        if self._former_holder:
            lane_rows.give_back(database, holder=self._former_holder)
            self._former_holder = ""

    def _release_waiting(self, database: "psycopg.Connection[Any]") -> None:
        while self._unreleased:
            lane_rows.release_on(database, self._unreleased[0])
            self._unreleased.popleft()

    def _may_claim(self) -> bool:
        """Something may be due, a thread is free, and the next round of claims may begin."""
        is_due = self._is_hot or time.monotonic() - self._claimed_at >= POLL_SECONDS
        return is_due and not self._gaps.rest() and sum(self._busy.values()) < self._threads

    def _patience(self) -> float:
        """Seconds until the next look when no hint comes."""
        if self._is_hot and sum(self._busy.values()) < self._threads:
            return self._gaps.rest()
        return POLL_SECONDS

    def _claim(self, database: "psycopg.Connection[Any]") -> bool:
        """Fill the free threads, going round the shops; True when the round starts over and is to be asked again."""
        with self._lock:
            busy = dict(self._busy)
            self._is_hot = False
        free = self._threads - sum(busy.values())
        claims = self._ask(database, free, busy)
        self._gaps.begin()
        self._gaps.found(len(claims))
        wrapped = not claims and self._after_shop >= 0
        self._after_shop = max(claim.shop_id for claim in claims) if len(claims) == free else -1
        with self._lock:
            for claim in claims:
                self._busy[claim.shop_id] += 1
            capped = any(lanes >= self._per_shop for lanes in self._busy.values())
            self._has_more = capped or len(claims) == free
            self._is_hot = self._is_hot or wrapped
        for claim in claims:
            self._hand_out(claim)
        self._claimed_at = time.monotonic()
        return wrapped

    def _hand_out(self, claim: Claim) -> None:
        """To the shop's own thread if it is idle, whose connection has the shop's statements planned; else to any."""
        with self._lock:
            place = claim.shop_id % self._threads
            place = place if place in self._idle else min(self._idle)
            self._idle.discard(place)
        self._claims[place].put(claim)

    def _ask(self, database: "psycopg.Connection[Any]", most: int, busy: dict[int, int]) -> list[Claim]:
        return lane_rows.claim_lanes(
            database, holder=self.holder, most=most, per_shop=self._per_shop, busy=busy, after_shop=self._after_shop
        )

    def _wait(self, listener: "psycopg.Connection[Any]", seconds: float) -> None:
        """Until a hint from the database, a free thread, or the time is up."""
        ready, _, _ = select.select([listener.fileno(), self._bell.fileno()], [], [], seconds)
        if self._bell.fileno() in ready:
            self._bell.recv(4096)
        if listener.fileno() in ready:
            hints = wakeup.heard(listener)
            self._is_hot = self._is_hot or bool(hints)

    def _work(self, place: int) -> None:
        turns, generation = 0, self._generation
        while (claim := self._claims[place].get()) is not None:
            if turns == TURNS_PER_CONNECTION or generation != self._generation:
                connection.close()
                turns, generation = 0, self._generation
            self._one(claim, place)
            turns += 1
        connection.close()

    def _one(self, claim: Claim, place: int) -> None:
        thread, waits = threading.get_ident(), True
        self.turns[thread] = Turn(claim, time.monotonic())
        try:
            fail_at("lane_claimed", claim.key)
            waits = take_turn(claim, self._handler)
            fail_at("turn_committed", claim.key)
        except Exception:  # the database went away, or a bug of ours: the lane is given back, the thread lives on
            log.exception("turn_broken", shop_id=claim.shop_id)
            connection.close()
            self._unreleased.append(claim)
        finally:
            self.turns.pop(thread, None)
            with self._lock:
                self._idle.add(place)
                self._busy[claim.shop_id] -= 1
                if not self._busy[claim.shop_id]:
                    del self._busy[claim.shop_id]
                self._is_hot = self._is_hot or waits or self._has_more
            self.wake()
