"""Wake-up hints, to this process or through Postgres NOTIFY. They may be lost: whoever listens also looks by itself."""

import math
import time
from collections.abc import Callable
from typing import Any

import psycopg
from django.conf import settings
from django.db import connection
from psycopg.conninfo import make_conninfo

from shopme.lib.after_commit import after_commit

INBOUND = "inbound"  # a body was kept
LANES = "lanes"  # a lane has something to do
OUTBOX = "outbox"  # a number has something to send
# Where so much is found a second, or what is found is so late already, rounds of work begin no closer together: what
# comes shares statements and commits. Late means by more than such a rest alone explains.
GATHER_SECONDS = 0.02
GATHER_FROM_PER_SECOND = 75
LATE_SECONDS = 0.03
# How far back a rate looks: what lies further away counts less and less.
REMEMBERED_SECONDS = 0.5

_hearers: dict[str, Callable[[str], None]] = {}


def hear(channel: str, act: Callable[[str], None]) -> None:
    """From now on call `act(payload)` for hints of this process on `channel`; other processes are told no more."""
    _hearers[channel] = act


def hear_no_more(channel: str) -> None:
    """Hints of this process go to the database again."""
    _hearers.pop(channel, None)


def is_heard(channel: str) -> bool:
    """Whether somebody of this process hears `channel`."""
    return channel in _hearers


def notify(channel: str, payload: str = "") -> None:
    """Wake whoever listens, right after the current transaction has committed.

    Not inside it: a COMMIT that carries a NOTIFY holds one lock of the whole server until its WAL is on the disk, so
    all such commits would queue behind each other. A hint that a crash swallows is made up for by looking.
    """
    after_commit(_say, channel, payload)


def _say(channel: str, payload: str) -> None:
    if hearer := _hearers.get(channel):
        hearer(payload)
        return
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_notify(%s, %s)", [channel, payload])


def own_conninfo(name: str, **options: str | int) -> str:
    """How to reach our database outside Django's pool; `options` are server settings of that session."""
    database: dict[str, Any] = settings.DATABASES["default"]
    names = {"HOST": "host", "PORT": "port", "USER": "user", "PASSWORD": "password", "NAME": "dbname"}
    parts = {ours: str(database[theirs]) for theirs, ours in names.items() if database.get(theirs)}
    session = {"search_path": "public", "jit": "off", **options}
    flags = " ".join(f"-c {key}={value}" for key, value in session.items())
    return make_conninfo(**parts, application_name=name, options=flags, connect_timeout=2)


def heard(listener: psycopg.Connection[Any]) -> list[str]:
    """The payloads that have come to a `listener` whose socket is readable. Much lighter than `notifies()`."""
    listener.pgconn.consume_input()
    payloads = []
    while hint := listener.pgconn.notifies():
        payloads.append(hint.extra.decode())
    return payloads


class Rounds:
    """Spaces rounds of work: at once where they find little, `GATHER_SECONDS` apart where waiting lets several share one.

    A wait that gathers nothing makes each message of a calm hour slower, a neighbour's as much as one's own. But a
    machine that falls behind at its own pace is not calm, however little comes: there only sharing catches up.
    """

    def __init__(self) -> None:
        self._began = 0.0
        self._per_second = 0.0
        self._is_late = False

    def rest(self) -> float:
        """Seconds until the next round may begin."""
        if self._per_second < GATHER_FROM_PER_SECOND and not self._is_late:
            return 0.0
        return max(0.0, self._began + GATHER_SECONDS - time.monotonic())

    def begin(self) -> None:
        """A round begins now."""
        now = time.monotonic()
        self._per_second *= math.exp((self._began - now) / REMEMBERED_SECONDS)
        self._began = now

    def gather(self) -> None:
        """Wait until the next round may begin, and begin it."""
        if rest := self.rest():
            time.sleep(rest)
        self.begin()

    def found(self, count: int, *, late: float = 0.0) -> None:
        """The round under way found so many things to do, the oldest of them due for `late` seconds."""
        self._per_second += count / REMEMBERED_SECONDS
        self._is_late = late > LATE_SECONDS


def listen(name: str, *channels: str) -> psycopg.Connection[Any]:
    """A connection of its own, in autocommit, that hears `channels`."""
    listener = psycopg.connect(own_conninfo(name), autocommit=True)
    for channel in channels:
        listener.execute(psycopg.sql.SQL("LISTEN {}").format(psycopg.sql.Identifier(channel)))
    return listener
