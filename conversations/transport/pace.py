"""How fast a number may send, and whether it may at all. One row a number, shared by every sender of the house.

- Bucket: `throughput_per_second` tokens a second, one second deep; half as fast for a minute when the provider says so.
- Breaker: `open` after 20 calls of a minute of which half failed at the server (30 s, doubling to 10 min, one probe);
  `hard` when the number's sign-in is refused: a probe every 10 minutes, or at once after `close_breaker`.
- Pair: at most 45 messages to one person in 270 s, which is WhatsApp's burst of 45 and then one every 6 s.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import structlog
from django.db import connection

log = structlog.get_logger(__name__)
PAIR_MESSAGES: Final = 45
PAIR_SECONDS: Final = 270
SLOW_SECONDS: Final = 60
FIRST_OPEN_SECONDS: Final = 30
LONGEST_OPEN_SECONDS: Final = 600
HARD_PROBE_SECONDS: Final = 600
PROBE_SECONDS: Final = 20
WINDOW_SECONDS: Final = 60
WINDOW_CALLS: Final = 20

_TAKE: Final = """
WITH h AS (
  SELECT n.*, wish.want, least(wish.rate, tokens + extract(epoch FROM clock_timestamp() - refilled_at) * wish.rate
      * CASE WHEN slow_until > now() THEN 0.5 ELSE 1 END) AS level,
    breaker <> 'closed' AND coalesce(open_until, now()) <= now() AS may_probe,
    window_at > now() - make_interval(secs => %(window)s) AS in_window
  FROM public.transport_numberhealth n
  JOIN unnest(%(numbers)s::bigint[], %(wants)s::int[], %(rates)s::float[]) AS wish (number, want, rate)
    ON wish.number = n.number_id
  ORDER BY n.number_id FOR UPDATE OF n
), g AS (
  SELECT *, CASE WHEN may_probe THEN 1 WHEN breaker <> 'closed' THEN 0
    ELSE greatest(0, least(want, floor(level)::int)) END AS granted
  FROM h
)
UPDATE public.transport_numberhealth n SET
  tokens = g.level - g.granted,
  refilled_at = clock_timestamp(),
  calls = g.granted + CASE WHEN g.in_window THEN g.calls ELSE 0 END,
  failures = CASE WHEN g.in_window THEN g.failures ELSE 0 END,
  window_at = CASE WHEN g.in_window THEN g.window_at ELSE now() END,
  open_until = CASE WHEN g.may_probe THEN now() + make_interval(secs => %(probe)s) ELSE g.open_until END,
  breaker = CASE WHEN g.may_probe AND g.breaker = 'open' THEN 'half' ELSE g.breaker END
FROM g WHERE n.number_id = g.number_id
RETURNING g.number_id, g.granted, g.may_probe
"""
_FIRST: Final = """
INSERT INTO public.transport_numberhealth (number_id, tokens, refilled_at)
SELECT number, rate, now() FROM unnest(%(numbers)s::bigint[], %(rates)s::float[]) AS wish (number, rate)
ORDER BY number ON CONFLICT (number_id) DO NOTHING
"""
_GIVE_BACK: Final = """
UPDATE public.transport_numberhealth n SET tokens = tokens + given.unused, calls = greatest(0, calls - given.unused),
  open_until = CASE WHEN breaker = 'closed' THEN open_until ELSE now() END
FROM unnest(%s::bigint[], %s::int[]) AS given (number, unused) WHERE n.number_id = given.number
"""


@dataclass(frozen=True, slots=True)
class Wish:
    """What a number would like to send now: at most `want` messages, at `rate` a second."""

    number_id: int
    want: int
    rate: int


@dataclass(frozen=True, slots=True)
class Grant:
    """How many messages a number may send; `is_probe` when an open breaker lets just this one through."""

    messages: int
    is_probe: bool


def take(wishes: Sequence[Wish]) -> dict[int, Grant]:
    """What each number may send right now, taken from its bucket. Locks the numbers in the order of their ids."""
    values: dict[str, Any] = {
        "numbers": [wish.number_id for wish in wishes],
        "wants": [wish.want for wish in wishes],
        "rates": [float(wish.rate) for wish in wishes],
        "window": WINDOW_SECONDS,
        "probe": PROBE_SECONDS,
    }
    with connection.cursor() as cursor:
        cursor.execute(_TAKE, values)
        rows = cursor.fetchall()
        if len(rows) < len(wishes):
            known = {row[0] for row in rows}
            new = [wish for wish in wishes if wish.number_id not in known]
            cursor.execute(_FIRST, values)
            return {row[0]: Grant(row[1], row[2]) for row in rows} | (take(new) if new else {})
    return {row[0]: Grant(row[1], row[2]) for row in rows}


def give_back(unused: Mapping[int, int]) -> None:
    """Tokens that found no message, by number."""
    if not unused:
        return
    with connection.cursor() as cursor:
        cursor.execute(_GIVE_BACK, [list(unused), list(unused.values())])


def note_success(*, number_id: int) -> None:
    """A call came through: a breaker that was testing the water closes."""
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE public.transport_numberhealth SET breaker = 'closed', open_seconds = 0, open_until = NULL,"
            " opened_at = NULL, failures = 0, calls = 0, reason = '' WHERE number_id = %s AND breaker <> 'closed'"
            " RETURNING number_id",
            [number_id],
        )
        if cursor.fetchone():
            log.info("number_sends_again", number_id=number_id)


_FAILED: Final = """
WITH h AS (SELECT * FROM public.transport_numberhealth WHERE number_id = %(number)s FOR UPDATE),
g AS (
  SELECT *, failures + %(failed)s AS failed, breaker = 'half' OR (breaker = 'closed' AND calls >= %(calls)s
      AND (failures + %(failed)s) * 2 >= calls) AS opens,
    least(%(longest)s, CASE WHEN open_seconds = 0 THEN %(first)s ELSE open_seconds * 2 END) AS seconds
  FROM h
)
UPDATE public.transport_numberhealth n SET
  failures = g.failed,
  breaker = CASE WHEN g.opens THEN 'open' ELSE g.breaker END,
  opened_at = CASE WHEN g.opens AND g.opened_at IS NULL THEN now() ELSE g.opened_at END,
  open_seconds = CASE WHEN g.opens THEN g.seconds ELSE g.open_seconds END,
  open_until = CASE WHEN g.opens THEN now() + make_interval(secs => g.seconds) ELSE g.open_until END,
  reason = CASE WHEN g.opens THEN %(reason)s ELSE g.reason END
FROM g WHERE n.number_id = g.number_id
RETURNING g.opens
"""


def note_server_failures(*, number_id: int, failed: int, reason: str) -> None:
    """Calls the provider's server failed at; too many of them open the breaker."""
    values: dict[str, Any] = {
        "number": number_id,
        "failed": failed,
        "calls": WINDOW_CALLS,
        "first": FIRST_OPEN_SECONDS,
        "longest": LONGEST_OPEN_SECONDS,
        "reason": reason[:200],
    }
    with connection.cursor() as cursor:
        cursor.execute(_FAILED, values)
        row = cursor.fetchone()
    if row and row[0]:
        log.warning("number_breaker_opened", number_id=number_id)


def note_refused_sign_in(*, number_id: int, reason: str) -> bool:
    """Nothing goes out until somebody acts. True for the first such answer only: one notice, not hundreds."""
    with connection.cursor() as cursor:
        cursor.execute(
            "WITH h AS (SELECT number_id, breaker FROM public.transport_numberhealth WHERE number_id = %s FOR UPDATE)"
            " UPDATE public.transport_numberhealth n SET breaker = 'hard', reason = %s,"
            " opened_at = CASE WHEN h.breaker = 'hard' THEN n.opened_at ELSE now() END,"
            " open_until = now() + make_interval(secs => %s)"
            " FROM h WHERE n.number_id = h.number_id RETURNING h.breaker <> 'hard'",
            [number_id, reason[:200], HARD_PROBE_SECONDS],
        )
        row = cursor.fetchone()
    is_news = bool(row and row[0])
    if is_news:
        log.error("number_needs_attention", number_id=number_id)
    return is_news


def note_too_fast(*, number_id: int) -> None:
    """The provider asked for less: half the speed for a minute, and an empty bucket now."""
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE public.transport_numberhealth SET slow_until = now() + make_interval(secs => %s),"
            " tokens = least(tokens, 0) WHERE number_id = %s",
            [SLOW_SECONDS, number_id],
        )


def close_breaker(*, number_id: int) -> None:
    """Somebody acted (a new token): try again now."""
    note_success(number_id=number_id)


def lanes_at_their_limit(lanes: Sequence[str]) -> dict[str, float]:
    """Which of these people got `PAIR_MESSAGES` messages lately, and in how many seconds the next one may go."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT lane, greatest(0.1, extract(epoch FROM oldest + make_interval(secs => %(seconds)s) - now()))"
            " FROM unnest(%(lanes)s::text[]) AS given (lane), LATERAL ("
            "  SELECT count(*) AS sent, min(sent_at) AS oldest FROM ("
            "   SELECT sent_at FROM public.transport_outboxitem o WHERE o.lane = given.lane"
            "    AND o.sent_at > now() - make_interval(secs => %(seconds)s) ORDER BY sent_at DESC LIMIT %(limit)s"
            "  ) AS latest) AS counted WHERE sent >= %(limit)s",
            {"lanes": list(lanes), "seconds": PAIR_SECONDS, "limit": PAIR_MESSAGES},
        )
        return {lane: float(wait) for lane, wait in cursor.fetchall()}
