"""One person, one lane: phone and business-scoped id of somebody on a number lead to the same line."""

from collections.abc import Iterable, Sequence

from django.db import connection

from conversations.transport.splitting.inbox import NewEvent
from shopme.lib import hot

Known = dict[tuple[int, str], str]


def assign_lanes(events: Sequence[NewEvent]) -> None:
    """Give each event of a person its lane, linking names that are new. In the caller's transaction.

    Only where a name is new or two lanes turn out to be one person's, the number is locked and asked again.
    """
    people = [event for event in events if event.identities and event.number_id is not None]
    if not people:
        return
    known = _known(people)
    if not _is_settled(people, known):
        _lock_numbers(people)
        known = _known(people)
        _link(people, known)
    for event in people:
        event.lane = known[_pairs(event)[0]]


def _prefix(event: NewEvent) -> str:
    """Lanes of a number that moved to another shop are left behind: names are linked anew there."""
    return f"c:{event.shop_id}:{event.number_id}:"


def _pairs(event: NewEvent) -> list[tuple[int, str]]:
    return [(event.number_id or 0, value[:150]) for value in event.identities]


def _is_settled(people: Iterable[NewEvent], known: Known) -> bool:
    """Every name of every person is known, and all names of one person lead to one lane."""
    for event in people:
        lanes = {known.get(pair) for pair in _pairs(event)}
        if None in lanes or len(lanes) > 1:
            return False
    return True


def _known(people: Iterable[NewEvent]) -> Known:
    people = list(people)
    pairs = sorted({pair for event in people for pair in _pairs(event)})
    found = hot.rows(
        """
        SELECT number_id, value, lane FROM public.transport_lanealias
        JOIN unnest(%s::bigint[], %s::text[]) AS wanted (number_id, value) USING (number_id, value)
        """,
        [[number for number, _ in pairs], [value for _, value in pairs]],
    )
    prefixes = {event.number_id: _prefix(event) for event in people}
    return {(number, value): lane for number, value, lane in found if lane.startswith(prefixes[number])}


def _lock_numbers(people: Iterable[NewEvent]) -> None:
    numbers = sorted({event.number_id or 0 for event in people})
    with connection.cursor() as cursor:
        for number in numbers:
            cursor.execute("SELECT pg_advisory_xact_lock(7003, %s)", [number % 2**31])


def _link(people: Iterable[NewEvent], known: Known) -> None:
    """Complete `known`: new names join the lane of the person's best known name, or open one."""
    new: Known = {}
    for event in people:
        pairs = _pairs(event)
        lanes = list(dict.fromkeys(known[pair] for pair in pairs if pair in known))
        lane = lanes[0] if lanes else f"{_prefix(event)}{pairs[0][1]}"
        for other in lanes[1:]:
            _merge(other, into=lane)
            known.update({pair: lane for pair, kept in known.items() if kept == other})
            new.update({pair: lane for pair, kept in new.items() if kept == other})
        for pair in pairs:
            if pair not in known:
                known[pair] = new[pair] = lane
    _insert(new)


def _insert(new: Known) -> None:
    if not new:
        return
    pairs = sorted(new)
    with connection.cursor() as cursor:
        cursor.execute(
            """
            INSERT INTO public.transport_lanealias (number_id, value, lane)
            SELECT * FROM unnest(%s::bigint[], %s::text[], %s::text[])
            ON CONFLICT (number_id, value) DO UPDATE SET lane = excluded.lane
            """,
            [[number for number, _ in pairs], [value for _, value in pairs], [new[pair] for pair in pairs]],
        )


def _merge(lane: str, *, into: str) -> None:
    """Two lanes are one person's: what waits moves over, and a turn that is under way in the old lane loses it."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT key FROM public.transport_lane WHERE key = ANY(%s) ORDER BY key FOR NO KEY UPDATE", [[lane, into]]
        )
        found = {key for (key,) in cursor.fetchall()}
        cursor.execute("UPDATE public.transport_lanealias SET lane = %s WHERE lane = %s", [into, lane])
        if lane not in found:
            return
        if into not in found:
            cursor.execute(
                """
                INSERT INTO public.transport_lane (key, shop_id, number_id, kind)
                SELECT %s, shop_id, number_id, kind FROM public.transport_lane WHERE key = %s
                ON CONFLICT DO NOTHING
                """,
                [into, lane],
            )
        cursor.execute(
            """
            WITH moved AS (
                UPDATE public.transport_inboxevent SET lane = %(into)s WHERE lane = %(lane)s AND state = 'ready'
                RETURNING 1
            ), woken AS (
                UPDATE public.transport_lane SET pending = pending + (SELECT count(*) FROM moved), next_at = now()
                WHERE key = %(into)s
            )
            UPDATE public.transport_lane
            SET pending = 0, fence = fence + 1, started_at = NULL, holder = '', attempt = 0
            WHERE key = %(lane)s
            """,
            {"lane": lane, "into": into},
        )
