"""Events into their lanes: one row per key for ever, whatever arrives how often."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import orjson
from django.db import DataError, connection, transaction

from shopme.lib import hot
from shopme.lib.text import clean_text

LONGEST_KEY = 320
# What an event brings on that cannot be stored as it is.
UNSTORABLE = (DataError, TypeError, ValueError)

_INSERT = """
WITH put AS (
    INSERT INTO public.transport_inboxevent
        (raw_id, shop_id, number_id, kind, scope, event_key, lane, provider_at, data, state, last_error)
    SELECT raw_id, shop_id, number_id, kind, scope, event_key, lane, provider_at, data, state, reason
    FROM ROWS FROM (jsonb_to_recordset(%s::jsonb) AS (
        raw_id bigint, shop_id bigint, number_id bigint, kind text, scope text, event_key text, lane text,
        provider_at timestamptz, data jsonb, state text, reason text
    )) WITH ORDINALITY AS new
    ORDER BY ordinality
    ON CONFLICT (scope, event_key) DO NOTHING
    RETURNING lane, state
), tally AS (
    SELECT lane, count(*) AS events FROM put WHERE state = 'ready' GROUP BY lane
), woken AS (
    UPDATE public.transport_lane AS lane
    SET pending = lane.pending + tally.events,
        next_at = CASE WHEN lane.attempt > 1 THEN lane.next_at ELSE least(lane.next_at, now()) END
    FROM tally WHERE lane.key = tally.lane
    RETURNING 1
)
SELECT (SELECT count(*) FROM put), (SELECT count(*) FROM woken)
"""


@dataclass(slots=True)
class NewEvent:
    """An event on its way into the inbox. `lane` is empty for one that no shop gets."""

    scope: str
    event_key: str
    kind: str
    raw_id: int | None = None
    shop_id: int | None = None
    number_id: int | None = None
    lane: str = ""
    lane_kind: str = "chat"
    provider_at: datetime | None = None
    data: dict[str, Any] = field(default_factory=dict)
    state: str = "ready"
    reason: str = ""
    # By what its person is known on the number, best first; the lane is found by them.
    identities: tuple[str, ...] = ()


def put_events(events: Sequence[NewEvent]) -> int:
    """Insert the events in their order and wake their lanes; known keys change nothing. In the caller's transaction.

    Returns how many were new. Locks the lanes in the order of their keys. One of `UNSTORABLE` spoils the transaction:
    the caller begins anew with `put_events_alone`.
    """
    if not events:
        return 0
    _open_lanes(events)
    return _insert(events)


def put_events_alone(events: Sequence[NewEvent]) -> int:
    """The same one by one: what the database refuses is kept as dead, without its data."""
    _open_lanes(events)
    return sum(_insert_alone(event) for event in events)


def _insert_alone(event: NewEvent) -> int:
    try:
        with transaction.atomic():
            return _insert([event])
    except UNSTORABLE as problem:
        return _insert([_without_data(event, f"{type(problem).__name__}: the content cannot be stored")])


def _without_data(event: NewEvent, reason: str) -> NewEvent:
    return NewEvent(
        scope=clean_text(event.scope, limit=80),
        event_key=clean_text(event.event_key, limit=LONGEST_KEY),
        kind="unreadable",
        raw_id=event.raw_id,
        shop_id=event.shop_id,
        number_id=event.number_id,
        state="dead",
        reason=reason,
    )


def _open_lanes(events: Iterable[NewEvent]) -> None:
    """Lock the lanes, so that ids inside a lane follow commits; those that are missing are created first."""
    lanes = {event.lane: event for event in events if event.lane and event.state == "ready"}
    keys = sorted(lanes)
    if not keys or _lock_lanes(keys) == len(keys):
        return
    with connection.cursor() as cursor:
        cursor.execute(
            """
            INSERT INTO public.transport_lane (key, shop_id, number_id, kind)
            SELECT * FROM unnest(%s::text[], %s::bigint[], %s::bigint[], %s::text[]) ON CONFLICT (key) DO NOTHING
            """,
            [
                keys,
                [lanes[key].shop_id for key in keys],
                [lanes[key].number_id for key in keys],
                [lanes[key].lane_kind for key in keys],
            ],
        )
    _lock_lanes(keys)


def _lock_lanes(keys: Sequence[str]) -> int:
    """Lock those of the lanes that exist, in the order of their keys; how many."""
    return len(
        hot.rows("SELECT 1 FROM public.transport_lane WHERE key = ANY(%s) ORDER BY key FOR NO KEY UPDATE", [list(keys)])
    )


def _insert(events: Sequence[NewEvent]) -> int:
    document = orjson.dumps([_row(event) for event in events]).decode()
    return int(hot.rows(_INSERT, [document])[0][0])


def _row(event: NewEvent) -> dict[str, Any]:
    return {
        "raw_id": event.raw_id,
        "shop_id": event.shop_id,
        "number_id": event.number_id,
        "kind": event.kind,
        "scope": event.scope,
        "event_key": event.event_key,
        "lane": event.lane if event.state == "ready" else "",
        "provider_at": event.provider_at,
        "data": event.data,
        "state": event.state,
        "reason": event.reason[:300],
    }
