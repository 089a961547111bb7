"""How fast a number may send, and whether it may at all. One row a number, shared by every sender of the house.

- Bucket: `throughput_per_second` tokens a second, one second deep; half as fast for a minute when the provider says so.
- Breaker: `open` after 20 calls of a minute of which half failed at the server (30 s, doubling to 10 min, one probe);
  `hard` when the number's sign-in is refused: a probe every 10 minutes, or at once after `close_breaker`.
- Pair: at most 45 messages to one person in 270 s, which is WhatsApp's burst of 45 and then one every 6 s.

The figures stand in `pace.json` beside this file, dated and with their sources. Claiming messages (`claims`) takes from
the bucket and minds breaker and pair; what answers say of a number is noted here.
"""

import json
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any, Final

import structlog
from django.db import connection

from conversations.transport.health import facts
from conversations.transport.health import number_alerts as alerts
from conversations.transport.models import OutboxItem

log = structlog.get_logger(__name__)
_TABLE: Final[dict[str, Any]] = json.loads(Path(__file__).with_name("pace.json").read_text())
_OURS: Final[dict[str, Any]] = _TABLE["ours"]
_BREAKER: Final[dict[str, int]] = _OURS["breaker"]
AS_OF: Final[str] = _TABLE["as_of"]
PAIR_MESSAGES: Final[int] = _TABLE["pair"]["burst"]
PAIR_SECONDS: Final[int] = PAIR_MESSAGES * _TABLE["pair"]["seconds_per_message"]
PAIR_WAIT_BASE: Final[int] = _TABLE["pair"]["wait_base"]
LONGEST_PAIR_WAIT: Final[int] = _TABLE["pair"]["longest_wait_seconds"]
SLOW_SECONDS: Final[int] = _OURS["slow_seconds"]
SLOW_SHARE: Final[float] = _OURS["slow_share"]
FIRST_OPEN_SECONDS: Final = _BREAKER["first_open_seconds"]
LONGEST_OPEN_SECONDS: Final = _BREAKER["longest_open_seconds"]
HARD_PROBE_SECONDS: Final = _BREAKER["hard_probe_seconds"]
PROBE_SECONDS: Final = _BREAKER["probe_seconds"]
WINDOW_SECONDS: Final = _BREAKER["window_seconds"]
WINDOW_CALLS: Final = _BREAKER["calls"]
# By class, highest first: the share of a number's and of a portfolio's places that no other class takes.
FLOORS: Final[Mapping[int, float]] = {
    OutboxItem.Priority[name.upper()].value: share for name, share in _OURS["floors"].items()
}
UPGRADED_PER_SECOND: Final[int] = _TABLE["number"]["per_second_upgraded"]
PORTFOLIO_HOURS: Final[int] = _TABLE["portfolio"]["hours"]
PORTFOLIO_LIMIT_NOT_SET: Final[int] = _TABLE["portfolio"]["when_not_set"]


def note_success(*, number_id: int) -> None:
    """A call came through: a breaker that was testing the water closes."""
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE public.transport_numberhealth SET breaker = 'closed', open_seconds = 0, open_until = NULL,"
            " opened_at = NULL, failures = 0, calls = 0, reason = '' WHERE number_id = %s AND breaker <> 'closed'"
            " RETURNING number_id",
            [number_id],
        )
        is_news = cursor.fetchone() is not None
    if is_news:
        log.info("number_sends_again", number_id=number_id)
        facts.note_mended(number_id=number_id)
        alerts.resolve(number_id=number_id, kinds=(alerts.SENDING_STOPPED, alerts.SIGN_IN))


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
    """Nothing goes out until somebody acts. True for the first such answer only: one alert, not hundreds."""
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


def stop(*, number_id: int, reason: str) -> None:
    """The provider took the number away or banned it: as after a refused sign-in, also where nothing was sent yet."""
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO public.transport_numberhealth (number_id) VALUES (%s) ON CONFLICT (number_id) DO NOTHING",
            [number_id],
        )
    note_refused_sign_in(number_id=number_id, reason=reason)


def note_too_fast(*, number_ids: Collection[int]) -> None:
    """The provider asked for less: half the speed for a minute, and an empty bucket now. Locks in the order of ids."""
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO public.transport_numberhealth (number_id, slow_until, tokens, refilled_at)"
            " SELECT id, now() + make_interval(secs => %s), 0, clock_timestamp() FROM unnest(%s::bigint[]) AS given (id)"
            " ORDER BY id ON CONFLICT (number_id) DO UPDATE SET slow_until = excluded.slow_until,"
            " tokens = least(transport_numberhealth.tokens, 0), refilled_at = excluded.refilled_at",
            [SLOW_SECONDS, sorted(number_ids)],
        )


def close_breaker(*, number_id: int) -> None:
    """Somebody acted (a new token): try again now."""
    facts.note_mended(number_id=number_id)
    note_success(number_id=number_id)
