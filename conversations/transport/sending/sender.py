"""The threads of one process that send: a dispatcher claims and checks, callers call, a writer writes in batches.

Calls under way and answers that are not written yet are never more than callers: only they can be doubled by a death.
Templates that need a place of their portfolio's day pass threads of their own, so that its lock holds up nobody else.
"""

import queue
import select
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import psycopg
import structlog
from django.db import connection

from conversations.transport import delivery
from conversations.transport.delivery import DATABASE_AWAY
from conversations.transport.ports import SendState
from conversations.transport.providers.base import Answer
from conversations.transport.sending import checks, claims, consequences, outcomes
from conversations.transport.sending.claims import Claim
from conversations.transport.sending.outcomes import Decision
from conversations.transport.sending.seats import SEATERS, Seats
from conversations.transport.wakeup import OUTBOX, Rounds, hear, hear_no_more, heard, listen, own_conninfo

if TYPE_CHECKING:
    from conversations.transport.sending.checks import Asking, Ready

log = structlog.get_logger(__name__)
POLL_SECONDS: Final = 1.0
PACED_SECONDS: Final = 0.1
FLUSH_ROWS: Final = 200


@dataclass(frozen=True, slots=True)
class _Ended:
    """What became of a claim, and the answer if it was called."""

    made: Decision
    answer: Answer | None = None
    was_called: bool = False


class Sender:
    """The threads of one process that send."""

    def __init__(self, threads: int) -> None:
        self.threads = threads
        self._todo: queue.SimpleQueue[Ready | None] = queue.SimpleQueue()
        self._seats = Seats()
        self._done: queue.SimpleQueue[_Ended] = queue.SimpleQueue()
        self._unwritten = threading.Semaphore(threads)
        self._wake = threading.Condition()
        # Numbers that may have something due; None among them: look at all.
        self._hinted: set[int | None] = {None}
        self._in_flight = 0
        self._gaps = Rounds()

    def run(self, stop: threading.Event) -> None:
        """Send until `stop`; what was begun is finished and written."""
        callers = [threading.Thread(target=self._call, name=f"send-{n}", daemon=True) for n in range(self.threads)]
        writer = threading.Thread(target=self._write, args=[stop], name="send-writer", daemon=True)
        listener = threading.Thread(target=self._listen, args=[stop], name="send-listener", daemon=True)
        seaters = [threading.Thread(target=self._seat, name=f"send-seater-{n}", daemon=True) for n in range(SEATERS)]
        for thread in (*callers, *seaters, writer, listener):
            thread.start()
        hear(OUTBOX, self._hint)
        try:
            self._dispatch(stop)
        finally:
            hear_no_more(OUTBOX)
            self._seats.close()
            for seater in seaters:
                seater.join(timeout=15)
            for _ in callers:
                self._todo.put(None)
            for thread in (*callers, writer, listener):
                thread.join(timeout=15)
            connection.close()

    def _dispatch(self, stop: threading.Event) -> None:
        while not stop.is_set():
            try:
                with psycopg.connect(_conninfo(), autocommit=True) as database:
                    self._rounds(database, stop)
            except (*DATABASE_AWAY, psycopg.Error):
                stop.wait(POLL_SECONDS)
            finally:
                connection.close()

    def _rounds(self, database: "psycopg.Connection[Any]", stop: threading.Event) -> None:
        """Round after round until the database goes away; a full look every `POLL_SECONDS`, sooner while some wait."""
        full_look = 0.0

        def run(statement: str, values: Mapping[str, Any]) -> list[tuple[Any, ...]]:
            return database.execute(statement, values).fetchall()

        while not stop.is_set():
            self._wait(full_look - time.monotonic())
            self._gaps.gather()
            if (room := self._room()) <= 0:
                continue  # hints are kept until sends have ended
            hinted = self._take_hints()
            is_full = None in hinted or time.monotonic() >= full_look
            try:
                numbers = claims.due_numbers(run=run) if is_full else [number for number in hinted if number]
                rest = self._round(numbers, room, run)
            except (*DATABASE_AWAY, psycopg.OperationalError, psycopg.InterfaceError, psycopg.NotSupportedError):
                raise  # also when a table changed under a plan: a new session has none
            except Exception:
                # One bad row must not silence every shop; what was claimed comes back with its lease.
                log.exception("send_round_broke")
                stop.wait(POLL_SECONDS)
                rest = POLL_SECONDS
            full_look = time.monotonic() + rest if is_full else min(full_look, time.monotonic() + rest)

    def _wait(self, seconds: float) -> None:
        """Until a hint comes or the time is up; without room for one more, until a send has ended."""
        with self._wake:
            if self._room() <= 0:
                self._wake.wait(PACED_SECONDS)
            elif not self._hinted and seconds > 0:
                self._wake.wait(seconds)

    def _room(self) -> int:
        return 2 * self.threads - self._in_flight

    def _take_hints(self) -> set[int | None]:
        with self._wake:
            hinted, self._hinted = self._hinted, set()
        return hinted

    def _round(self, numbers: Sequence[int], room: int, run: claims.Run) -> float:
        """Claim for these numbers; seconds until the next look at all of them when no hint comes."""
        taken = claims.claim(number_ids=numbers, limit=room, run=run)
        self._gaps.found(len(taken), late=max((one.late for one in taken), default=0.0))
        self._start(taken)
        # A number for which nothing could be had is perhaps held by its bucket or breaker, or there was no room.
        return POLL_SECONDS if len({claim.number_id for claim in taken}) == len(numbers) else PACED_SECONDS

    def _start(self, taken: Sequence[Claim]) -> None:
        if not taken:
            return
        prepared = checks.prepare(taken)
        with self._wake:
            self._in_flight += len(prepared.ready) + len(prepared.asking) + len(prepared.decided)
        for made in prepared.decided:
            self._done.put(_Ended(made))
        for one in prepared.ready:
            self._todo.put(one)
        if prepared.asking:
            self._seats.put(prepared.asking)

    def _seat(self) -> None:
        while (turn := self._seats.take()) is not None:
            portfolio, asking = turn
            self._ask(asking)
            self._seats.done(portfolio)
        connection.close()

    def _ask(self, asking: "Sequence[Asking]") -> None:
        try:
            seated = checks.seated(asking)
        except Exception:
            # None of them was called: they go back through the writer, who waits for the database.
            log.exception("send_places_not_asked", count=len(asking))
            connection.close()
            for one in asking:
                back = Decision(one.ready[0], SendState.QUEUED, wait=POLL_SECONDS, is_counted=False)
                self._done.put(_Ended(back))
            return
        for ready in seated:
            self._todo.put(ready)
        self._note_finished([one.ready[0] for one in asking], len(asking) - len(seated))

    def _call(self) -> None:
        while (ready := self._todo.get()) is not None:
            self._unwritten.acquire()
            try:
                made, answer = delivery.call(ready)
            except Exception:
                log.exception("send_broke", outbox_id=ready[0].id)
                made, answer = Decision(ready[0], SendState.UNKNOWN, wait=outcomes.SILENCE_SECONDS), None
            self._done.put(_Ended(made, answer, was_called=True))

    def _write(self, stop: threading.Event) -> None:
        while not (stop.is_set() and self._in_flight == 0):
            batch = self._batch()
            while batch and not self._written(batch):
                time.sleep(0.5)
            for ended in batch:
                if ended.was_called:
                    self._unwritten.release()
            self._note_finished([ended.made.claim for ended in batch], len(batch))
        connection.close()

    def _written(self, batch: "list[_Ended]") -> bool:
        """Write a batch; False when the database is away and it has to be tried again."""
        try:
            delivery.write([ended.made for ended in batch])
            consequences.of_answers([(each.made.claim, each.answer) for each in batch if each.answer is not None])
        except DATABASE_AWAY:
            connection.close()
            return False
        except Exception:
            # The leases of these sends run out and a receipt settles them; the next batch must not wait for that.
            log.exception("send_results_lost", count=len(batch))
        return True

    def _batch(self) -> "list[_Ended]":
        try:
            batch = [self._done.get(timeout=0.2)]
        except queue.Empty:
            return []
        while len(batch) < FLUSH_ROWS:
            try:
                batch.append(self._done.get_nowait())
            except queue.Empty:
                break
        return batch

    def _listen(self, stop: threading.Event) -> None:
        while not stop.is_set():
            try:
                with listen("shopme-sender", OUTBOX) as listener:
                    while not stop.is_set():
                        if select.select([listener.fileno()], [], [], 0.5)[0]:
                            self._hint(*heard(listener))
            except (psycopg.Error, OSError):
                stop.wait(1)

    def _hint(self, *payloads: str) -> None:
        """Something may be due for these numbers, given as text."""
        with self._wake:
            self._hinted.update(int(payload) if payload.isdigit() else None for payload in payloads)
            self._wake.notify()

    def _note_finished(self, ended: Sequence[Claim], count: int) -> None:
        """Sends have ended: there is room, and what waited behind them may go. Where nothing waited, nobody looks."""
        if not count:
            return
        with self._wake:
            self._in_flight -= count
            self._hinted.update(claim.number_id for claim in ended if claim.has_more)
            self._wake.notify()


def _conninfo() -> str:
    # The few statements of a dispatcher are planned once: their shape decides, never their values.
    return own_conninfo("shopme-sender", statement_timeout=10_000, plan_cache_mode="force_generic_plan")


def run_sender(stop: threading.Event, threads: int = 8) -> None:
    """Send what is due until `stop` is set."""
    Sender(threads).run(stop)
