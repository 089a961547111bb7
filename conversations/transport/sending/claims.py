"""Taking messages that are due: oldest first, one open message a lane, `sending` committed before any call."""

import random
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, Final

import structlog
from django.db import connection

from conversations.transport.health import pace
from conversations.transport.lanes.lane_rows import as_array
from conversations.transport.models import OutboxItem
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
    priority: int = OutboxItem.Priority.REPLY
    late: float = 0.0  # for how many seconds it had been due
    is_probe: bool = False  # the breaker lets this one through to see how the number is
    has_more: bool = True  # something of its number waited still, perhaps behind this very message
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
# One statement: what each number may send is taken from its bucket under the row's lock, then its oldest messages, those
# of a higher class first; each class has a share of the places that no higher one takes.
_CLAIM: Final = """
WITH wish AS (
  SELECT * FROM unnest(%(numbers)s::text::bigint[], %(wants)s::text::int[], %(rates)s::text::float[])
    AS wish (number_id, want, rate)
), health AS (
  SELECT n.*, wish.want, least(wish.rate, tokens + extract(epoch FROM clock_timestamp() - refilled_at) * wish.rate
      * CASE WHEN slow_until > now() THEN %(slow)s ELSE 1 END) AS level,
    breaker <> 'closed' AND coalesce(open_until, now()) <= now() AS may_probe,
    window_at > now() - make_interval(secs => %(window)s) AS in_window
  FROM wish JOIN public.transport_numberhealth n USING (number_id) ORDER BY n.number_id FOR UPDATE OF n
), granted AS (
  SELECT *, CASE WHEN may_probe THEN 1 WHEN breaker <> 'closed' THEN 0
    ELSE greatest(0, least(want, floor(level)::int)) END AS most
  FROM health
), ready AS (
  SELECT mine.*, granted.most, row_number() OVER (PARTITION BY mine.number_id, mine.priority ORDER BY next_at, id)
      <= floor(class.share * granted.most + random()) AS is_floor
  FROM granted CROSS JOIN unnest(%(classes)s::text::int[], %(shares)s::text::float[]) AS class (priority, share),
  LATERAL (
    SELECT o.id, o.number_id, o.lane, o.priority, o.next_at FROM public.transport_outboxitem o
    WHERE o.number_id = granted.number_id AND o.state = 'queued' AND o.priority = class.priority AND o.next_at <= now()
      AND NOT EXISTS (SELECT 1 FROM public.transport_outboxitem e
        WHERE e.lane = o.lane AND e.state IN ('queued', 'sending', 'unknown') AND e.id < o.id)
    ORDER BY o.next_at, o.id LIMIT granted.most FOR UPDATE OF o SKIP LOCKED
  ) AS mine
), due AS (
  SELECT id, number_id, lane, next_at FROM (
    SELECT *, row_number() OVER (PARTITION BY number_id ORDER BY is_floor DESC, priority, next_at, id) AS turn FROM ready
  ) AS ranked WHERE turn <= most
), paced AS (
  SELECT due.id, due.number_id, due.next_at, CASE WHEN sent >= %(pair_messages)s THEN
      greatest(0.1, extract(epoch FROM oldest + make_interval(secs => %(pair_seconds)s) - now())) END AS rest
  FROM due, LATERAL (
    SELECT count(*) AS sent, min(sent_at) AS oldest FROM (
      SELECT sent_at FROM public.transport_outboxitem o
      WHERE o.lane = due.lane AND o.sent_at > now() - make_interval(secs => %(pair_seconds)s)
      ORDER BY sent_at DESC LIMIT %(pair_messages)s
    ) AS latest
  ) AS counted
), held AS (
  UPDATE public.transport_outboxitem o SET next_at = now() + make_interval(secs => paced.rest::float)
  FROM paced WHERE o.id = paced.id AND paced.rest IS NOT NULL
), taken AS (
  UPDATE public.transport_outboxitem o
  SET state = 'sending', attempts = o.attempts + 1, lease_until = now() + make_interval(secs => %(lease)s)
  FROM paced WHERE o.id = paced.id AND paced.rest IS NULL
  RETURNING o.id, o.shop_id, o.number_id, o.lane, o.message_id, o.token, o.attempts, o.expires_at, o.priority,
    extract(epoch FROM clock_timestamp() - paced.next_at)::float AS late
), used AS (
  SELECT number_id, count(*) AS messages FROM paced WHERE rest IS NULL GROUP BY number_id
), noted AS (
  UPDATE public.transport_numberhealth n SET
    tokens = g.level - used.messages,
    refilled_at = clock_timestamp(),
    calls = used.messages + CASE WHEN g.in_window THEN g.calls ELSE 0 END,
    failures = CASE WHEN g.in_window THEN g.failures ELSE 0 END,
    window_at = CASE WHEN g.in_window THEN g.window_at ELSE now() END,
    open_until = CASE WHEN g.may_probe THEN now() + make_interval(secs => %(probe)s) ELSE g.open_until END,
    breaker = CASE WHEN g.may_probe AND g.breaker = 'open' THEN 'half' ELSE g.breaker END
  FROM granted g JOIN used USING (number_id) WHERE n.number_id = g.number_id
)
SELECT granted.number_id, granted.may_probe, EXISTS (
    SELECT 1 FROM public.transport_outboxitem o
    WHERE o.number_id = granted.number_id AND o.state = 'queued' AND o.id NOT IN (SELECT id FROM due)
  ) AS has_more, taken.*
FROM granted LEFT JOIN taken USING (number_id)
"""
_FIRST: Final = """
INSERT INTO public.transport_numberhealth (number_id, tokens, refilled_at)
SELECT number_id, rate, now() FROM unnest(%(numbers)s::text::bigint[], %(rates)s::text::float[]) AS wish (number_id, rate)
ORDER BY number_id ON CONFLICT (number_id) DO NOTHING
RETURNING number_id
"""
_PUT_BACK: Final = """
UPDATE public.transport_outboxitem o
SET state = 'queued', attempts = greatest(0, o.attempts - 1), lease_until = NULL,
  next_at = now() + make_interval(secs => given.seconds)
FROM unnest(%(ids)s::bigint[], %(attempts)s::int[], %(seconds)s::float[]) AS given (id, attempt, seconds)
WHERE o.id = given.id AND o.state = 'sending' AND o.attempts = given.attempt
"""


Run = Callable[[str, Mapping[str, Any]], list[tuple[Any, ...]]]


@dataclass(frozen=True, slots=True)
class _Wish:
    """What a number would like to send now: at most `want` messages, at `rate` a second."""

    number_id: int
    want: int
    rate: int


def on_django(statement: str, values: Mapping[str, Any]) -> list[tuple[Any, ...]]:
    """Run a statement on the thread's own connection of Django."""
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        return list(cursor.fetchall())


def due_numbers(*, overdue_seconds: int = 0, run: Run = on_django) -> list[int]:
    """The numbers for which a message is due, for so many seconds already."""
    return [number_id for (number_id,) in run(_DUE_NUMBERS, {"overdue": overdue_seconds})]


def claim(*, number_ids: Sequence[int], limit: int, run: Run = on_django) -> list[Claim]:
    """About `limit` messages of these numbers in fair shares, as far as pace and breakers allow, oldest first.

    One statement, committed as `sending` when `run` commits by itself. Locks the rows it takes and skips those another
    sender takes. A person who got too many lately waits.
    """
    wishes = _wishes(number_ids, limit)
    if not wishes:
        return []
    began = time.monotonic()
    rows = run(_CLAIM, _values(wishes))
    known = {row[0] for row in rows}
    if new := [wish for wish in wishes if wish.number_id not in known]:
        run(_FIRST, _values(new))
        rows += run(_CLAIM, _values(new))
    ours = (
        replace(Claim(*taken), is_probe=is_probe, has_more=has_more, claimed_at=began)
        for _number, is_probe, has_more, *taken in rows
        if taken[0] is not None
    )
    return sorted(ours, key=lambda taken: taken.id)


def _wishes(number_ids: Sequence[int], limit: int) -> list[_Wish]:
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
        wishes.append(_Wish(number_id, max(1, limit // len(chosen)), number.throughput_per_second))
    return wishes


def _values(wishes: Sequence[_Wish]) -> dict[str, Any]:
    return {
        "numbers": as_array(wish.number_id for wish in wishes),
        "wants": as_array(wish.want for wish in wishes),
        "rates": as_array(wish.rate for wish in wishes),
        "window": pace.WINDOW_SECONDS,
        "probe": pace.PROBE_SECONDS,
        "slow": pace.SLOW_SHARE,
        "classes": as_array(pace.FLOORS),
        "shares": as_array(pace.FLOORS.values()),
        "pair_messages": pace.PAIR_MESSAGES,
        "pair_seconds": pace.PAIR_SECONDS,
        "lease": LEASE_SECONDS,
    }


def put_back(waiting: Sequence[tuple[Claim, float]]) -> None:
    """Return claims that were not tried, to be taken again in so many seconds; the try is not counted.

    One that another sender has taken meanwhile is not ours to return.
    """
    if not waiting:
        return
    with connection.cursor() as cursor:
        cursor.execute(
            _PUT_BACK,
            {
                "ids": [taken.id for taken, _ in waiting],
                "attempts": [taken.attempt for taken, _ in waiting],
                "seconds": [seconds for _, seconds in waiting],
            },
        )
