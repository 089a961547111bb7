"""How many people a day a portfolio may write to first: templates outside the window, over all its numbers.

Meta counts the different people of the last 24 hours. Each class of message has a floor that no other class takes, so a
campaign cannot use up what a payment will need, and campaigns are not starved for ever either.
"""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from django.db import connection, transaction
from django.utils import timezone

from conversations.transport.health import neighbours, pace
from conversations.transport.models import NumberFacts, PortfolioUse
from tenants.models import WhatsAppNumber

PORTFOLIO_LOCK: Final = 7006
# A full day is asked again after at most this long: limits rise, and refused messages give their place back.
LONGEST_WAIT: Final = 600.0


def limit_of(number: WhatsAppNumber) -> int | None:
    """People a day; None without a limit. What Meta has not told counts as its smallest limit."""
    known = NumberFacts.objects.filter(number_id__in=neighbours.with_one_budget(number)).exclude(daily_limit=None)
    limits = set(known.values_list("daily_limit", flat=True))
    if not limits:
        return pace.PORTFOLIO_LIMIT_NOT_SET
    stated = [limit for limit in limits if limit is not None and limit >= 0]
    return min(stated) if stated else None


@dataclass(frozen=True, slots=True)
class Wish:
    """A template that wants to go to a person whose window is shut."""

    person: str
    priority: int
    outbox_id: int


_COUNT: Final = """
SELECT priority, count(*), min(at) FROM public.transport_portfoliouse
WHERE portfolio = %(portfolio)s AND at > %(since)s GROUP BY priority
"""
_KNOWN: Final = """
SELECT person FROM public.transport_portfoliouse
WHERE portfolio = %(portfolio)s AND person = ANY(%(people)s) AND at > %(since)s
"""
_NOTE: Final = """
INSERT INTO public.transport_portfoliouse (portfolio, person, priority, outbox_id, at)
SELECT %(portfolio)s, person, priority, outbox_id, %(now)s
FROM unnest(%(people)s::text[], %(priorities)s::int[], %(ids)s::bigint[]) AS given (person, priority, outbox_id)
ON CONFLICT (portfolio, person)
DO UPDATE SET priority = excluded.priority, outbox_id = excluded.outbox_id, at = excluded.at
"""


def take_places(*, number: WhatsAppNumber, wishes: Sequence[Wish]) -> dict[int, float]:
    """Count these people for today: by outbox id 0, or how many seconds to wait when there is no place for its class.

    Somebody who counts already takes no new place. One at a time for a portfolio, under a lock of its own; what is used
    is counted by the database, once for all of them.
    """
    now, portfolio = timezone.now(), neighbours.budget_of(number)
    about: dict[str, Any] = {"portfolio": portfolio, "since": now - timedelta(hours=pace.PORTFOLIO_HOURS), "now": now}
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s, hashtext(%s))", [PORTFOLIO_LOCK, portfolio])
        cursor.execute(_KNOWN, {**about, "people": [wish.person for wish in wishes]})
        known = {person for (person,) in cursor.fetchall()}
        limit = limit_of(number) if {wish.person for wish in wishes} - known else None
        used, oldest = _used(cursor, about) if limit is not None else (Counter[int](), None)
        seated: dict[str, Wish] = {}
        for wish in wishes:
            is_new = wish.person not in known and wish.person not in seated
            if is_new and limit is not None and not _has_room(limit, wish.priority, used):
                continue
            used[wish.priority] += is_new
            seated[wish.person] = wish
        _note(cursor, about, list(seated.values()))
    return {wish.outbox_id: 0.0 if wish.person in seated else _wait(oldest, now) for wish in wishes}


def _used(cursor: Any, about: Mapping[str, Any]) -> tuple[Counter[int], datetime | None]:
    """How many people count for each class, and since when the first of them."""
    cursor.execute(_COUNT, about)
    rows = cursor.fetchall()
    return Counter({priority: people for priority, people, _ in rows}), min((at for *_, at in rows), default=None)


def _note(cursor: Any, about: Mapping[str, Any], seated: Sequence[Wish]) -> None:
    values: dict[str, Any] = {
        "people": [wish.person for wish in seated],
        "priorities": [wish.priority for wish in seated],
        "ids": [wish.outbox_id for wish in seated],
    }
    cursor.execute(_NOTE, {**about, **values})


def _has_room(limit: int, priority: int, used: Counter[int]) -> bool:
    """Whether a place is left when every other class keeps what is left of its floor."""
    kept = sum(max(0, int(limit * share) - used[other]) for other, share in pace.FLOORS.items() if other != priority)
    return used.total() + kept < limit


def _wait(oldest: datetime | None, now: datetime) -> float:
    if oldest is None:
        return LONGEST_WAIT
    free = (oldest + timedelta(hours=pace.PORTFOLIO_HOURS) - now).total_seconds()
    return min(max(free, 1.0), LONGEST_WAIT)


def give_back(outbox_ids: Collection[int]) -> None:
    """These messages were refused: their people do not count."""
    PortfolioUse.objects.filter(outbox_id__in=list(outbox_ids)).delete()


def forget_old() -> int:
    """Drop what counts no more."""
    return PortfolioUse.objects.filter(at__lt=timezone.now() - timedelta(hours=pace.PORTFOLIO_HOURS)).delete()[0]
