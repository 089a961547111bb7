"""The threads of one process that send: a dispatcher claims and checks, callers call, a writer writes in batches."""

import queue
import threading
import time
from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

import psycopg
import structlog
from django.db import connection

from conversations.transport import checks, claims, delivery, outcomes
from conversations.transport.claims import Claim
from conversations.transport.delivery import DATABASE_AWAY
from conversations.transport.outcomes import Decision
from conversations.transport.ports import SendState
from conversations.transport.providers.base import Answer
from conversations.transport.wakeup import OUTBOX, listen

if TYPE_CHECKING:
    from conversations.transport.checks import Ready

log = structlog.get_logger(__name__)
POLL_SECONDS: Final = 1.0
PACED_SECONDS: Final = 0.1
FLUSH_ROWS: Final = 200


class Sender:
    """The threads of one process that send."""

    def __init__(self, threads: int) -> None:
        self.threads = threads
        self._todo: queue.SimpleQueue[Ready | None] = queue.SimpleQueue()
        self._done: queue.SimpleQueue[tuple[Decision, Answer | None]] = queue.SimpleQueue()
        self._wake = threading.Condition()
        self._hot = True
        self._in_flight = 0

    def run(self, stop: threading.Event) -> None:
        """Send until `stop`; what was begun is finished and written."""
        callers = [threading.Thread(target=self._call, name=f"send-{n}", daemon=True) for n in range(self.threads)]
        writer = threading.Thread(target=self._write, args=[stop], name="send-writer", daemon=True)
        listener = threading.Thread(target=self._listen, args=[stop], name="send-listener", daemon=True)
        for thread in (*callers, writer, listener):
            thread.start()
        try:
            self._dispatch(stop)
        finally:
            for _ in callers:
                self._todo.put(None)
            for thread in (*callers, writer, listener):
                thread.join(timeout=15)
            connection.close()

    def _dispatch(self, stop: threading.Event) -> None:
        while not stop.is_set():
            try:
                wait = self._round()
            except DATABASE_AWAY:
                connection.close()
                wait = POLL_SECONDS
            except Exception:
                # One bad row must not silence every shop; what was claimed comes back with its lease.
                log.exception("send_round_broke")
                stop.wait(POLL_SECONDS)
                wait = POLL_SECONDS
            with self._wake:
                if not self._hot:
                    self._wake.wait(wait)
                self._hot = False

    def _round(self) -> float:
        """Claim for every number that has something due; returns how long to wait when nothing new wakes us."""
        free = 2 * self.threads - self._in_flight
        if free <= 0:
            return POLL_SECONDS  # the writer wakes us
        numbers = claims.due_numbers()
        if not numbers:
            return POLL_SECONDS
        taken = claims.claim(number_ids=numbers, limit=free)
        self._start(taken)
        if taken:
            with self._wake:
                self._hot = self._hot or self._in_flight < 2 * self.threads
        # Nothing to be had although something is due: a bucket or a breaker holds it.
        return POLL_SECONDS if taken else PACED_SECONDS

    def _start(self, taken: Sequence[Claim]) -> None:
        if not taken:
            return
        ready, decided = checks.prepare(taken)
        with self._wake:
            self._in_flight += len(ready) + len(decided)
        for made in decided:
            self._done.put((made, None))
        for one in ready:
            self._todo.put(one)

    def _call(self) -> None:
        while (ready := self._todo.get()) is not None:
            try:
                self._done.put(delivery.call(ready))
            except Exception:
                log.exception("send_broke", outbox_id=ready[0].id)
                unknown = Decision(ready[0], SendState.UNKNOWN, wait=outcomes.SILENCE_SECONDS)
                self._done.put((unknown, None))

    def _write(self, stop: threading.Event) -> None:
        while not (stop.is_set() and self._in_flight == 0):
            batch = self._batch()
            while batch and not self._written(batch):
                time.sleep(0.5)
            self._wake_up(len(batch))
        connection.close()

    def _written(self, batch: list[tuple[Decision, Answer | None]]) -> bool:
        """Write a batch; False when the database is away and it has to be tried again."""
        try:
            delivery.write([made for made, _ in batch])
            delivery.note_health([(made.claim, answer) for made, answer in batch if answer is not None])
        except DATABASE_AWAY:
            connection.close()
            return False
        except Exception:
            # The leases of these sends run out and a receipt settles them; the next batch must not wait for that.
            log.exception("send_results_lost", count=len(batch))
        return True

    def _batch(self) -> list[tuple[Decision, Answer | None]]:
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
                with listen("shopme-sender", OUTBOX) as heard:
                    while not stop.is_set():
                        for _ in heard.notifies(timeout=0.5, stop_after=1):
                            self._wake_up(0)
            except (psycopg.Error, OSError):
                stop.wait(1)

    def _wake_up(self, finished: int) -> None:
        with self._wake:
            self._in_flight -= finished
            self._hot = True
            self._wake.notify()


def run_sender(stop: threading.Event, threads: int = 8) -> None:
    """Send what is due until `stop` is set."""
    Sender(threads).run(stop)
