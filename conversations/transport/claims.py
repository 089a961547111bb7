"""Taking messages that are due: oldest first, one open message a lane, `sending` committed before any call."""

import random
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, Final

import structlog
from django.db import connection, transaction

from conversations.transport import pace
from shopme.lib.encryption import CannotDecrypt
from tenants.queries import UnknownNumber, number_by_id

# A call that did not begin by then is not begun: the claim goes back, so the lease only has to outlast one call.
BEGIN_SECONDS: Final = 5
# 5 s until the call, 10 s for it at most, 5 s to write down its end. Who still says nothing is dead.
log = structlog.get_logger(__name__)
LEASE_SECONDS: Final = 20
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
    claimed_at: float = field(default_factory=time.monotonic, compare=False)

    def is_too_old_to_begin(self) -> bool:
        """Whether so much of the lease is gone that a call might outlive it."""
        return time.monotonic() - self.claimed_at > BEGIN_SECONDS


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
  SELECT mine.id FROM unnest(%(numbers)s::bigint[], %(limits)s::int[]) AS granted (number, most), LATERAL (
    SELECT o.id FROM public.transport_outboxitem o
    WHERE o.number_id = granted.number AND o.state = 'queued' AND o.next_at <= now()
      AND NOT EXISTS (SELECT 1 FROM public.transport_outboxitem e
        WHERE e.lane = o.lane AND e.state IN ('queued', 'sending', 'unknown') AND e.id < o.id)
    ORDER BY o.next_at, o.id LIMIT granted.most FOR UPDATE OF o SKIP LOCKED
  ) AS mine
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


def claim(*, number_ids: Sequence[int], limit: int) -> list[Claim]:
    """About `limit` messages of these numbers in fair shares, as far as pace and breakers allow.

    One transaction for all of them, committed as `sending`. Locks the rows it takes and skips those another sender
    takes. A person who got too many lately waits.
    """
    wishes = _wishes(number_ids, limit)
    if not wishes:
        return []
    with transaction.atomic():
        grants = {number: grant for number, grant in pace.take(wishes).items() if grant.messages}
        found = _claim(grants) if grants else []
        waits = pace.lanes_at_their_limit([taken.lane for taken in found]) if found else {}
        put_back([(taken, waits[taken.lane]) for taken in found if taken.lane in waits])
        ours = sorted((taken for taken in found if taken.lane not in waits), key=lambda taken: taken.id)
        used = Counter(taken.number_id for taken in ours)
        pace.give_back({number: left for number, grant in grants.items() if (left := grant.messages - used[number])})
    return ours


def _wishes(number_ids: Sequence[int], limit: int) -> list[pace.Wish]:
    """An equal share for each number; with more numbers than places, other ones each time."""
    chosen = random.sample(list(number_ids), min(limit, len(number_ids)))
    wishes = []
    for number_id in chosen:
        try:
            number = number_by_id(number_id)
        except UnknownNumber:
            continue
        except CannotDecrypt:
            log.error("number_unreadable", number_id=number_id)  # noqa: TRY400 - the trace would say nothing more
            continue
        wishes.append(pace.Wish(number_id, max(1, limit // len(chosen)), number.throughput_per_second))
    return wishes


def _claim(grants: Mapping[int, pace.Grant]) -> list[Claim]:
    values: dict[str, Any] = {
        "numbers": list(grants),
        "limits": [grant.messages for grant in grants.values()],
        "lease": LEASE_SECONDS,
    }
    began = time.monotonic()
    with connection.cursor() as cursor:
        cursor.execute(_CLAIM, values)
        return [replace(Claim(*row), is_probe=grants[row[2]].is_probe, claimed_at=began) for row in cursor.fetchall()]


def put_back(waiting: Sequence[tuple[Claim, float]]) -> None:
    """Return claims that were not tried, to be taken again in so many seconds; the try is not counted."""
    if not waiting:
        return
    with connection.cursor() as cursor:
        cursor.execute(
            _PUT_BACK,
            {"ids": [taken.id for taken, _ in waiting], "seconds": [seconds for _, seconds in waiting]},
        )
