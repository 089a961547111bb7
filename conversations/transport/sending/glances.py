"""Blue ticks and “is typing” on a customer's phone: a courtesy, sent where there is room and forgotten where there is not.

Nothing waits for it, nothing fails with it, and at most so many leave a second that sends and turns never feel it. A tick
marks everything before it too, so only the latest message of a thread counts.
"""

import select
import threading
import time
from collections import OrderedDict
from dataclasses import dataclass
from typing import Final

import psycopg
import structlog
from django.db import connection

from conversations.transport import wakeup
from conversations.transport.lines import open_line
from conversations.transport.providers.registry import provider

log = structlog.get_logger(__name__)
CHANNEL: Final = "glances"
MOST_WAITING: Final = 20
PER_SECOND: Final = 5
POLL_SECONDS: Final = 0.2


@dataclass(frozen=True, slots=True)
class Glance:
    """The shop has seen `wamid`; `is_typing`: and an answer is on its way. `thread` names whose chat it is."""

    number_id: int
    thread: str
    wamid: str
    is_typing: bool = False

    def to_text(self) -> str:
        return f"{self.number_id}:{self.thread}:{int(self.is_typing)}:{self.wamid}"

    @classmethod
    def from_text(cls, text: str) -> "Glance":
        number_id, thread, is_typing, wamid = text.split(":", 3)
        return cls(int(number_id), thread, wamid, is_typing == "1")


def show(glance: Glance, *, only_here: bool = False) -> None:
    """Show it once the transaction has committed; `only_here`: unless it would have to travel to another process."""
    if only_here and not wakeup.is_heard(CHANNEL):
        return
    wakeup.notify(CHANNEL, glance.to_text())


class Glancer:
    """What waits to be shown, the latest of each thread, and the thread that shows it."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._waiting: OrderedDict[tuple[int, str], Glance] = OrderedDict()

    def take(self, *texts: str) -> None:
        """Put glances in line; a newer one of a thread takes the place of the older, and the oldest give way."""
        with self._lock:
            for text in texts:
                glance = Glance.from_text(text)
                self._waiting.pop((glance.number_id, glance.thread), None)
                self._waiting[glance.number_id, glance.thread] = glance
            while len(self._waiting) > MOST_WAITING:
                self._waiting.popitem(last=False)

    def next(self) -> Glance | None:
        """The one that has waited longest; None when nothing waits."""
        with self._lock:
            return self._waiting.popitem(last=False)[1] if self._waiting else None

    def run(self, stop: threading.Event) -> None:
        """Show what comes, from this process and through the database, until `stop`."""
        wakeup.hear(CHANNEL, self.take)
        try:
            while not stop.is_set():
                try:
                    with wakeup.listen("shopme-glances", CHANNEL) as listener:
                        self._listen(listener, stop)
                except (psycopg.Error, OSError):
                    stop.wait(1)
        finally:
            wakeup.hear_no_more(CHANNEL)
            connection.close()

    def _listen(self, listener: "psycopg.Connection[object]", stop: threading.Event) -> None:
        while not stop.is_set():
            while (glance := self.next()) and not stop.is_set():
                began = time.monotonic()
                _call(glance)
                stop.wait(max(0.0, began + 1 / PER_SECOND - time.monotonic()))
            connection.close()
            if select.select([listener.fileno()], [], [], POLL_SECONDS)[0]:
                self.take(*wakeup.heard(listener))


def _call(glance: Glance) -> None:
    """One call; whatever comes of it, nobody asks."""
    try:
        if line := open_line(glance.number_id):
            provider(line.provider).glance(line, wamid=glance.wamid, is_typing=glance.is_typing)
    except Exception:
        log.exception("glance_lost", number_id=glance.number_id)


def run_glances(stop: threading.Event) -> None:
    """Show read marks until `stop` is set."""
    Glancer().run(stop)
