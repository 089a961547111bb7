"""The rows of a lane: claiming it, reading what waits, giving it back. Always in `public`, spelled out."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import orjson

from conversations.transport.lanes import backoff
from conversations.transport.lanes.backlog import HOLDS_LANE_FAILURES, Backlog, Claim, LaneEvent, Waiting
from shopme.lib import hot

if TYPE_CHECKING:
    import psycopg

MOST_EVENTS = 50
STALE_SECONDS = 15


class LostLane(Exception):
    """Somebody claimed the lane after us, or works in it; nothing of this turn may remain."""


_CLAIM = """
WITH RECURSIVE shops AS (
    (SELECT shop_id FROM public.transport_lane
     WHERE pending > 0 AND blocked_by IS NULL AND started_at IS NULL AND shop_id > %(after)s
     ORDER BY shop_id LIMIT 1)
    UNION ALL
    SELECT (SELECT lane.shop_id FROM public.transport_lane lane
            WHERE pending > 0 AND blocked_by IS NULL AND started_at IS NULL AND lane.shop_id > shops.shop_id
            ORDER BY lane.shop_id LIMIT 1)
    FROM shops WHERE shops.shop_id IS NOT NULL
), picked AS MATERIALIZED (
    SELECT due.key
    FROM shops
    LEFT JOIN unnest(%(busy_shops)s::text::bigint[], %(busy_lanes)s::text::int[]) AS busy (shop_id, lanes)
        USING (shop_id)
    CROSS JOIN LATERAL (
        SELECT key FROM public.transport_lane
        WHERE pending > 0 AND blocked_by IS NULL AND started_at IS NULL
          AND shop_id = shops.shop_id AND next_at <= now()
        ORDER BY next_at LIMIT greatest(%(per_shop)s - coalesce(busy.lanes, 0), 0)
        FOR UPDATE SKIP LOCKED
    ) AS due
    LIMIT %(most)s
)
UPDATE public.transport_lane AS lane
SET started_at = now(), holder = %(holder)s, attempt = attempt + 1, fence = fence + 1
FROM picked WHERE lane.key = picked.key
RETURNING lane.key, lane.kind, lane.shop_id, lane.fence, lane.attempt
"""


def claim_lanes(
    database: "psycopg.Connection[Any]",
    *,
    holder: str,
    most: int,
    per_shop: int,
    busy: Mapping[int, int],
    after_shop: int = -1,
) -> list[Claim]:
    """Up to `most` due lanes, at most `per_shop` of one shop with those it already has; shops in turn from a point.

    One statement in autocommit: the attempt is counted before any work starts. Locked rows are left out.
    """
    values = {
        "holder": holder,
        "most": most,
        "per_shop": per_shop,
        "after": after_shop,
        "busy_shops": as_array(busy),
        "busy_lanes": as_array(busy.values()),
    }
    return [Claim(*row) for row in database.execute(_CLAIM, values).fetchall()]


# Turns that ended their process are tried again at once, then after longer and longer.
_WAITS = [0.0, *map(float, backoff.DELAYS_SECONDS)]


def as_array(numbers: Iterable[float]) -> str:
    """Numbers as Postgres writes an array; the driver takes far longer to find out what a list holds."""
    return "{" + ",".join(map(str, numbers)) + "}"


def give_back(database: "psycopg.Connection[Any]", *, holder: str) -> None:
    """Unmark every lane of a holder that is gone; its turns count as attempts."""
    database.execute(
        """
        UPDATE public.transport_lane
        SET started_at = NULL, holder = '',
            next_at = now() + make_interval(secs => (%s::float[])[least(greatest(attempt, 1), %s)])
        WHERE started_at IS NOT NULL AND holder = %s
        """,
        [_WAITS, len(_WAITS), holder],
    )


def free_stale_lanes(*, older_than: float = STALE_SECONDS) -> int:
    """Unmark lanes whose turn died: marked for a while, and nobody holds the turn's lock. Returns how many."""
    rows = _rows(
        """
        WITH stale AS MATERIALIZED (
            SELECT key FROM public.transport_lane
            WHERE started_at < now() - make_interval(secs => %s) ORDER BY key LIMIT 500 FOR UPDATE SKIP LOCKED
        ), dead AS MATERIALIZED (
            SELECT key FROM stale WHERE pg_try_advisory_xact_lock(hashtextextended(key, 7001))
        )
        UPDATE public.transport_lane AS lane
        SET started_at = NULL, holder = '',
            next_at = now() + make_interval(secs => (%s::float[])[least(greatest(lane.attempt, 1), %s)])
        FROM dead WHERE lane.key = dead.key
        RETURNING lane.key
        """,
        [older_than, _WAITS, len(_WAITS)],
    )
    return len(rows)


_COLUMNS = """e.id, e.kind, e.event_key, e.shop_id, e.number_id, e.provider_at, e.data::text, e.attempts,
       date_part('epoch', e.next_at - now())"""

_READ = f"""
WITH mine AS MATERIALIZED (
    SELECT key, pg_try_advisory_xact_lock(hashtextextended(key, 7001)) AS is_free
    FROM public.transport_lane WHERE key = %s AND fence = %s
)
SELECT mine.is_free, {_COLUMNS}
FROM mine LEFT JOIN public.transport_inboxevent e ON e.lane = mine.key AND e.state = 'ready'
ORDER BY e.id LIMIT %s
"""  # noqa: S608  (no value in it)

# Only for a lane so full that events which wait alone could hide the others.
_READ_PAST_PARKED = f"""
SELECT true, {_COLUMNS} FROM public.transport_inboxevent e
WHERE e.lane = %s AND e.state = 'ready' AND (e.next_at <= now() OR (e.kind NOT IN ('status', 'copy') AND e.attempts <= %s))
ORDER BY e.id LIMIT %s
"""  # noqa: S608  (no value in it)


def read(claim: Claim) -> Backlog:
    """What waits in the claimed lane. Takes the turn's lock until the transaction ends. Refuses: `LostLane`."""
    rows = _rows(_READ, [claim.key, claim.fence, MOST_EVENTS])
    if not rows or not rows[0][0]:
        raise LostLane
    events = [_waiting(row) for row in rows if row[1] is not None]
    parked = [each.due_in for each in events if each.due_in > 0 and not each.holds(claim.kind)]
    if len(events) < MOST_EVENTS or not parked:
        return Backlog(tuple(events), min(parked, default=None), has_more=len(events) == MOST_EVENTS)
    rows = _rows(_READ_PAST_PARKED, [claim.key, HOLDS_LANE_FAILURES, MOST_EVENTS])
    return Backlog(tuple(map(_waiting, rows)), min(parked), has_more=len(rows) == MOST_EVENTS)


def _waiting(row: tuple[Any, ...]) -> Waiting:
    pk, kind, event_key, shop_id, number_id, provider_at, data, attempts, due_in = row[1:]
    event = LaneEvent(pk, kind, event_key, shop_id, number_id, provider_at, orjson.loads(data))
    return Waiting(event, attempts, due_in)


def finish(claim: Claim, *, done: Sequence[Waiting], dead: Sequence[Waiting] = (), rest: Backlog) -> bool:
    """Mark events done and give the lane back, in one statement; True when something waits in it still.

    Refuses: `LostLane` when the fence moved on.
    """
    blocked_by = dead[0].event.id if dead and claim.kind == "payment" else None
    markers = sum(each.leaves_marker(claim.kind) for each in dead)
    rows = _rows(
        """
        WITH finished AS (
            UPDATE public.transport_inboxevent SET state = 'done', done_at = now(), data = '{}'::jsonb
            WHERE id = ANY(%s::text::bigint[]) AND state = 'ready' RETURNING 1
        )
        UPDATE public.transport_lane
        SET pending = pending - %s, started_at = NULL, holder = '', attempt = 0, blocked_by = %s,
            next_at = now() + make_interval(secs => %s)
        WHERE key = %s AND fence = %s
        RETURNING (SELECT count(*) FROM finished), pending
        """,
        [
            as_array(each.event.id for each in done),
            len(done) + len(dead) - markers,
            blocked_by,
            0.0 if markers else rest.next_in(claim.kind),
            claim.key,
            claim.fence,
        ],
    )
    if not rows or rows[0][0] != len(done):
        raise LostLane
    return bool(rows[0][1])


_RELEASE = """
UPDATE public.transport_lane
SET started_at = NULL, holder = '', attempt = greatest(attempt - 1, 0), next_at = now() + make_interval(secs => %s)
WHERE key = %s AND fence = %s
"""


def release(claim: Claim, *, wait: float = 0.0) -> None:
    """Give a lane back unworked; the attempt does not count."""
    _run(_RELEASE, [wait, claim.key, claim.fence])


def release_on(database: "psycopg.Connection[Any]", claim: Claim) -> None:
    """The same on a connection of one's own, a second later."""
    database.execute(_RELEASE, [1.0, claim.key, claim.fence])


def count_attempt(each: Waiting) -> None:
    """Write down that the event is about to be tried."""
    _run("UPDATE public.transport_inboxevent SET attempts = attempts + 1 WHERE id = %s", [each.event.id])


def note_failure(each: Waiting, *, failures: int, reason: str, is_dead: bool) -> Waiting:
    """Write down a failure and when to try again; returns the event as it waits now."""
    wait = backoff.delay_after(failures)
    _run(
        """
        UPDATE public.transport_inboxevent
        SET attempts = %s, last_error = %s, state = CASE WHEN %s THEN 'dead' ELSE state END,
            next_at = now() + make_interval(secs => %s)
        WHERE id = %s AND state = 'ready'
        """,
        [failures, reason[:300].replace("\x00", ""), is_dead, wait, each.event.id],
    )
    return replace(each, failures=failures, due_in=wait)


def leave_marker(claim: Claim, event: LaneEvent) -> None:
    """An internal event behind a dead one, so that the thread shows a person that something is missing."""
    data = {"type": "event_dead", "event_id": event.id, "kind": event.kind, "sender": event.data.get("sender")}
    _run(
        """
        INSERT INTO public.transport_inboxevent
            (shop_id, number_id, kind, scope, event_key, lane, provider_at, data, state)
        VALUES (%s, %s, 'internal', 'internal', %s, %s, now(), %s::jsonb, 'ready')
        """,
        [claim.shop_id, event.number_id, f"dead:{event.id}", claim.key, orjson.dumps(data).decode()],
    )


def _rows(statement: str, values: Sequence[Any]) -> list[tuple[Any, ...]]:
    return hot.rows(statement, values)


def _run(statement: str, values: Sequence[Any]) -> None:
    hot.rows(statement, values)
