"""When to ask a gateway about an attempt, and for how long. Pure."""

from datetime import datetime, timedelta

# Counted from the attempt's beginning. After the last question it is given up, softly.
SCHEDULE = tuple(timedelta(minutes=minutes) for minutes in (2, 5, 10, 20, 40, 70)) + tuple(
    timedelta(hours=hours) for hours in (3, 12, 24, 72)
)
# One more question right before the order's hold on stock ends.
BEFORE_EXPIRY = timedelta(seconds=90)
# While the gateway asks the bank by hand: once a day.
DAY = timedelta(days=1)
INVESTIGATION_DAYS = 10


def first_poll_at(created_at: datetime) -> datetime:
    """When a new attempt is asked about first."""
    return created_at + SCHEDULE[0]


def next_poll_at(created_at: datetime, polls: int, *, now: datetime, hold_ends_at: datetime | None) -> datetime | None:
    """When to ask again after `polls` questions; None if there were enough. Never waits past the end of the hold."""
    upcoming = [created_at + after for after in SCHEDULE[polls:] if created_at + after > now]
    last_chance = hold_ends_at - BEFORE_EXPIRY if hold_ends_at else None
    if last_chance and last_chance > now:
        upcoming.append(last_chance)
    return min(upcoming, default=None)


def next_investigation_at(since: datetime, *, now: datetime) -> datetime | None:
    """When to ask again about money the bank is asked about since then; None after ten days."""
    days = (since + DAY * day for day in range(1, INVESTIGATION_DAYS + 1))
    return next((moment for moment in days if moment > now), None)
