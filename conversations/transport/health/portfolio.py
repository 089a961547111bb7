"""How many people a day a portfolio may write to first: templates outside the window, over all its numbers.

Meta counts the different people of the last 24 hours. Each class of message has a floor that no other class takes, so a
campaign cannot use up what a payment will need, and campaigns are not starved for ever either.
"""

from collections.abc import Collection, Mapping
from datetime import datetime, timedelta
from typing import Final

from django.db import connection, transaction
from django.db.models import Min
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


@transaction.atomic
def take_place(*, number: WhatsAppNumber, person: str, priority: int, outbox_id: int) -> float:
    """Count `person` for today and return 0, or how many seconds to wait when there is no place for this class.

    Somebody who counts already takes no new place. One at a time for a portfolio, under a lock of its own.
    """
    portfolio = neighbours.budget_of(number)
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s, hashtext(%s))", [PORTFOLIO_LOCK, portfolio])
    now = timezone.now()
    since = now - timedelta(hours=pace.PORTFOLIO_HOURS)
    lately = PortfolioUse.objects.filter(portfolio=portfolio, at__gt=since)
    if not lately.filter(person=person).exists():
        limit = limit_of(number)
        if limit is not None and not _has_room(limit, priority, _used(lately.values_list("priority", flat=True))):
            oldest = lately.aggregate(at=Min("at"))["at"]
            return _wait(oldest, now)
    use = {"priority": priority, "outbox_id": outbox_id, "at": now}
    PortfolioUse.objects.update_or_create(portfolio=portfolio, person=person, defaults=use)
    return 0.0


def _used(priorities: Collection[int]) -> Mapping[int, int]:
    found = list(priorities)
    return {priority: found.count(priority) for priority in pace.FLOORS}


def _has_room(limit: int, priority: int, used: Mapping[int, int]) -> bool:
    """Whether a place is left when every other class keeps what is left of its floor."""
    kept = sum(max(0, int(limit * share) - used[other]) for other, share in pace.FLOORS.items() if other != priority)
    return sum(used.values()) + kept < limit


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
