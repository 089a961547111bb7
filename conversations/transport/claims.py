"""Taking messages that are due: oldest first, one open message a lane, `sending` committed before any call."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from django.db import connection, transaction

from conversations.transport import pace
from tenants.queries import UnknownNumber, number_by_id

LEASE_SECONDS: Final = 60
REST_SECONDS: Final = 60  # how long a message of a sleeping shop or number waits before we look again


@dataclass(frozen=True, slots=True)
class Claim:
    """One message that is ours to send now. `attempt` is also the fence: a later claim has a higher one."""

    id: int
    shop_id: int
    number_id: int
    lane: str
    message_id: int
    token: str
    attempt: int
    expires_at: datetime | None
    is_probe: bool = False  # the breaker lets this one through to see how the number is


# A loose walk over the index: one probe a number, however many messages wait.
_DUE_NUMBERS: Final = """
WITH RECURSIVE n AS (
  (SELECT number_id FROM public.transport_outboxitem WHERE state = 'queued' ORDER BY number_id LIMIT 1)
  UNION ALL
  SELECT (SELECT o.number_id FROM public.transport_outboxitem o
      WHERE o.state = 'queued' AND o.number_id > n.number_id ORDER BY o.number_id LIMIT 1)
  FROM n WHERE n.number_id IS NOT NULL
)
SELECT n.number_id FROM n WHERE n.number_id IS NOT NULL AND EXISTS (
  SELECT 1 FROM public.transport_outboxitem o
  WHERE o.number_id = n.number_id AND o.state = 'queued'
    AND o.next_at <= now() - make_interval(secs => %(overdue)s))
"""
_CLAIM: Final = """
WITH due AS (
  SELECT o.id FROM public.transport_outboxitem o
  WHERE o.number_id = %(number)s AND o.state = 'queued' AND o.next_at <= now()
    AND NOT EXISTS (SELECT 1 FROM public.transport_outboxitem e
      WHERE e.lane = o.lane AND e.state IN ('queued', 'sending', 'unknown') AND e.id < o.id)
  ORDER BY o.next_at, o.id LIMIT %(limit)s FOR UPDATE OF o SKIP LOCKED
)
UPDATE public.transport_outboxitem o
SET state = 'sending', attempts = o.attempts + 1, lease_until = now() + make_interval(secs => %(lease)s)
FROM due WHERE o.id = due.id
RETURNING o.id, o.shop_id, o.number_id, o.lane, o.message_id, o.token, o.attempts, o.expires_at
"""
_PUT_BACK: Final = """
UPDATE public.transport_outboxitem o
SET state = 'queued', attempts = greatest(0, o.attempts - 1), lease_until = NULL,
  next_at = now() + make_interval(secs => given.seconds)
FROM unnest(%(ids)s::bigint[], %(seconds)s::float[]) AS given (id, seconds)
WHERE o.id = given.id AND o.state = 'sending'
"""


def due_numbers(*, overdue_seconds: int = 0) -> list[int]:
    """The numbers for which a message is due, for so many seconds already."""
    with connection.cursor() as cursor:
        cursor.execute(_DUE_NUMBERS, {"overdue": overdue_seconds})
        return [row[0] for row in cursor.fetchall()]


def claim(*, number_id: int, limit: int) -> list[Claim]:
    """At most `limit` messages of a number, as far as its pace and its breaker allow; committed as `sending`.

    Locks the rows it takes and skips those another sender takes. A person who got too many lately waits.
    """
    try:
        number = number_by_id(number_id)
    except UnknownNumber:
        return []
    granted, is_probe = pace.take(number_id=number_id, want=limit, rate=number.throughput_per_second)
    if not granted:
        return []
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute(_CLAIM, {"number": number_id, "limit": granted, "lease": LEASE_SECONDS})
            found = [Claim(*row, is_probe=is_probe) for row in cursor.fetchall()]
        waits = pace.lanes_at_their_limit([taken.lane for taken in found]) if found else {}
        put_back([(taken, waits[taken.lane]) for taken in found if taken.lane in waits])
    ours = sorted((taken for taken in found if taken.lane not in waits), key=lambda taken: taken.id)
    if len(ours) < granted:
        pace.give_back(number_id=number_id, unused=granted - len(ours))
    return ours


def put_back(waiting: Sequence[tuple[Claim, float]]) -> None:
    """Return claims that were not tried, to be taken again in so many seconds; the try is not counted."""
    if not waiting:
        return
    with connection.cursor() as cursor:
        cursor.execute(
            _PUT_BACK,
            {"ids": [taken.id for taken, _ in waiting], "seconds": [seconds for _, seconds in waiting]},
        )
