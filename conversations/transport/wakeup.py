"""Wake-up hints through Postgres NOTIFY. They may be lost; whoever listens also looks every second or two."""

from typing import Any

import psycopg
from django.conf import settings
from django.db import connection
from psycopg.conninfo import make_conninfo

from shopme.lib.after_commit import after_commit

INBOUND = "inbound"  # a body was kept
LANES = "lanes"  # a lane has something to do
OUTBOX = "outbox"  # a number has something to send


def notify(channel: str, payload: str = "") -> None:
    """Wake whoever listens, right after the current transaction has committed.

    Not inside it: a COMMIT that carries a NOTIFY holds one lock of the whole server until its WAL is on the disk, so
    all such commits would queue behind each other. A hint that a crash swallows is made up for by looking.
    """
    after_commit(_say, channel, payload)


def _say(channel: str, payload: str) -> None:
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


def listen(name: str, *channels: str) -> psycopg.Connection[Any]:
    """A connection of its own, in autocommit, that hears `channels`."""
    listener = psycopg.connect(own_conninfo(name), autocommit=True)
    for channel in channels:
        listener.execute(psycopg.sql.SQL("LISTEN {}").format(psycopg.sql.Identifier(channel)))
    return listener
