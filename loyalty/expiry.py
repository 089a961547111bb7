"""When points ripen and when they are gone. Pure date arithmetic in the shop's own time zone.

"Gone" is the first instant at which the points no longer exist: local midnight after the last good day, in UTC.
Only instants are compared, never local dates.
"""

import calendar
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

PERIOD_MONTHS = {"month": 1, "quarter": 3, "half_year": 6, "year": 12}


@dataclass(frozen=True, slots=True)
class ExpiryPolicy:
    """How long points live. `rolling` N months, `fixed` day of the year, `inactivity` of the account, or `never`.

    `round_to` raises the last good day to the end of its `month`, `quarter`, `half_year` or `year`.
    """

    kind: str = "rolling"
    months: int = 12
    round_to: str = ""
    fixed_month: int = 12
    fixed_day: int = 31
    fixed_min_days: int = 90


def expiry_for(spendable_from: datetime, policy: ExpiryPolicy, tz: ZoneInfo) -> datetime | None:
    """The instant points spendable since then are gone, or None when they have no date of their own."""
    start = spendable_from.astimezone(tz).date()
    if policy.kind == "rolling":
        return start_of_day(round_up(add_months(start, policy.months), policy.round_to) + timedelta(days=1), tz)
    if policy.kind == "fixed":
        return start_of_day(_next_fixed(start, policy) + timedelta(days=1), tz)
    return None


def inactive_since(last_activity: datetime, policy: ExpiryPolicy, tz: ZoneInfo) -> datetime | None:
    """The instant an idle account loses its points, or None when idleness does not matter."""
    if policy.kind != "inactivity":
        return None
    last_good = add_months(last_activity.astimezone(tz).date(), policy.months)
    return start_of_day(last_good + timedelta(days=1), tz)


def ripe_at(occurred_at: datetime, pending_days: int, tz: ZoneInfo) -> datetime | None:
    """Local midnight at the start of the day the points become spendable; None: at once."""
    if not pending_days:
        return None
    return start_of_day(occurred_at.astimezone(tz).date() + timedelta(days=pending_days), tz)


def start_of_day(day: date, tz: ZoneInfo) -> datetime:
    """The first instant of a local day, in UTC, also where midnight is skipped by a clock change."""
    return datetime.combine(day, time.min, tzinfo=tz).astimezone(UTC)


def add_months(day: date, months: int) -> date:
    """The same day N months later, clipped to the length of that month."""
    years, month = divmod(day.month - 1 + months, 12)
    year, month = day.year + years, month + 1
    return date(year, month, min(day.day, calendar.monthrange(year, month)[1]))


def round_up(day: date, period: str) -> date:
    """The last day of the month, quarter, half-year or year that holds `day`."""
    if not period:
        return day
    length = PERIOD_MONTHS[period]
    month = -(-day.month // length) * length
    return date(day.year, month, calendar.monthrange(day.year, month)[1])


def _next_fixed(start: date, policy: ExpiryPolicy) -> date:
    earliest = start + timedelta(days=policy.fixed_min_days)
    for year in (earliest.year, earliest.year + 1):
        length = calendar.monthrange(year, policy.fixed_month)[1]
        day = date(year, policy.fixed_month, min(policy.fixed_day, length))
        if day >= earliest:
            return day
    raise AssertionError("every year has its fixed day")
