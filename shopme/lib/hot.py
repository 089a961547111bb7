"""Statements that every chat turn runs: planned once per connection and schema, bound by the server.

Django has each statement parsed and planned anew, which costs more than running it. A prepared one is kept per schema,
because a plan belongs to the search path it was made under; under another one Postgres would plan again, never read
the wrong table. Values of unclear type need a cast in the SQL. Needs a session of its own, like LISTEN.
"""

import re
import time
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any, cast

import psycopg
from django.db import DEFAULT_DB_ALIAS, connections

# Plans a connection keeps; the least recently used one goes.
MOST_PREPARED = 500
_PLACE = re.compile(r"%(?:\((\w+)\))?s|%%")

Values = Sequence[Any] | Mapping[str, Any]


def rows(statement: str, values: Values = ()) -> list[tuple[Any, ...]]:
    """Run a statement with `%s` or `%(name)s` in it, in the thread's schema and transaction; its rows, if it has any.

    Raises Django's database errors. A plan that a change of its tables made useless is made anew; inside a transaction
    that takes the rollback the error asks for.
    """
    ours: Any = connections[DEFAULT_DB_ALIAS]
    session = _session(ours)
    text, names = _written(statement, ours.schema_name)
    given = [values[name] for name in names] if isinstance(values, Mapping) else values
    began = time.monotonic()
    with ours.wrap_database_errors:
        try:
            found = _run(session, text, given)
        except psycopg.errors.FeatureNotSupported:  # "cached plan must not change result type"
            if ours.in_atomic_block:
                raise
            _run(session, b"DEALLOCATE ALL", (), prepare=False)
            found = _run(session, text, given)
    if ours.queries_logged:
        ours.queries_log.append({"sql": text.decode(), "time": f"{time.monotonic() - began:.3f}"})
    return found


def _session(ours: Any) -> "psycopg.Connection[Any]":
    """The session of Django's connection, its search path set. Only to open, prove or set it a cursor is made: each costs."""
    is_unproven = ours.health_check_enabled and not ours.health_check_done
    if ours.connection is None or is_unproven or not ours.search_path_set_schemas:
        with ours.cursor():
            pass
    return cast("psycopg.Connection[Any]", ours.connection)


def _run(
    session: "psycopg.Connection[Any]", text: bytes, values: Sequence[Any], *, prepare: bool = True
) -> list[tuple[Any, ...]]:
    # Only here: else psycopg would keep the text of every statement of the ORM in case it came again.
    session.prepare_threshold, session.prepared_max = 0, MOST_PREPARED
    try:
        with psycopg.RawCursor(session) as cursor:
            cursor.execute(text, values, prepare=prepare)
            return cursor.fetchall() if cursor.description else []
    finally:
        session.prepare_threshold = None


@lru_cache(maxsize=4096)
def _written(statement: str, schema: str) -> tuple[bytes, tuple[str, ...]]:
    """The statement as Postgres writes its parameters, named after the schema, and the names in their places."""
    names: list[str] = []

    def place(found: re.Match[str]) -> str:
        if found[0] == "%%":
            return "%"
        name = found[1] or f"_{len(names)}"
        if name not in names:
            names.append(name)
        return f"${names.index(name) + 1}"

    written = _PLACE.sub(place, statement)
    return f"/* {schema} */ {written}".encode(), tuple(names)
