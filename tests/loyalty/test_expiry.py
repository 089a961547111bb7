"""When points are gone."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo, available_timezones

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from loyalty.expiry import ExpiryPolicy, expiry_for, inactive_since, ripe_at

JOBURG = "Africa/Johannesburg"
FIXED = ExpiryPolicy(kind="fixed", fixed_month=12, fixed_day=31, fixed_min_days=90)


@pytest.mark.parametrize(
    ("zone", "policy", "spendable", "last_good", "gone"),
    [
        (JOBURG, ExpiryPolicy(), "2025-01-15 10:00", "2026-01-15", "2026-01-15 22:00"),
        (JOBURG, ExpiryPolicy(), "2024-02-29 10:00", "2025-02-28", "2025-02-28 22:00"),
        (JOBURG, ExpiryPolicy(months=1), "2025-01-31 10:00", "2025-02-28", "2025-02-28 22:00"),
        (JOBURG, ExpiryPolicy(), "2025-12-31 23:30", "2026-12-31", "2026-12-31 22:00"),
        (JOBURG, ExpiryPolicy(), "2026-01-01 00:30", "2027-01-01", "2027-01-01 22:00"),
        (JOBURG, ExpiryPolicy(round_to="month"), "2025-01-15 10:00", "2026-01-31", "2026-01-31 22:00"),
        (JOBURG, ExpiryPolicy(months=6, round_to="quarter"), "2025-01-15 10:00", "2025-09-30", "2025-09-30 22:00"),
        (JOBURG, ExpiryPolicy(round_to="year"), "2025-01-15 10:00", "2026-12-31", "2026-12-31 22:00"),
        (JOBURG, FIXED, "2025-10-02 10:00", "2025-12-31", "2025-12-31 22:00"),
        (JOBURG, FIXED, "2025-10-03 10:00", "2026-12-31", "2026-12-31 22:00"),
        ("Europe/London", ExpiryPolicy(months=6), "2025-09-28 10:00", "2026-03-28", "2026-03-29 00:00"),
        ("Europe/London", ExpiryPolicy(months=6), "2025-09-29 10:00", "2026-03-29", "2026-03-29 23:00"),
        ("Africa/Cairo", ExpiryPolicy(), "2025-04-23 10:00", "2026-04-23", "2026-04-23 22:00"),
        ("America/Sao_Paulo", ExpiryPolicy(), "2025-01-15 23:30", "2026-01-15", "2026-01-16 03:00"),
    ],
)
def test_points_are_gone_at_the_midnight_after_the_last_good_day(
    zone: str, policy: ExpiryPolicy, spendable: str, last_good: str, gone: str
) -> None:
    tz = ZoneInfo(zone)
    got = expiry_for(datetime.fromisoformat(spendable).replace(tzinfo=tz), policy, tz)
    assert got == datetime.fromisoformat(gone).replace(tzinfo=UTC)
    assert (got - timedelta(microseconds=1)).astimezone(tz).date().isoformat() == last_good


def test_points_that_never_expire_have_no_date() -> None:
    now = datetime(2025, 1, 1, tzinfo=UTC)
    assert expiry_for(now, ExpiryPolicy(kind="never"), ZoneInfo(JOBURG)) is None
    assert expiry_for(now, ExpiryPolicy(kind="inactivity"), ZoneInfo(JOBURG)) is None


def test_an_idle_account_loses_its_points_months_after_the_last_purchase() -> None:
    tz = ZoneInfo(JOBURG)
    last = datetime(2025, 7, 31, 23, 30, tzinfo=tz)
    assert inactive_since(last, ExpiryPolicy(kind="inactivity", months=6), tz) == datetime(2026, 2, 1, tzinfo=tz)
    assert inactive_since(last, ExpiryPolicy(), tz) is None


def test_points_ripen_at_local_midnight_or_at_once() -> None:
    tz = ZoneInfo(JOBURG)
    bought = datetime(2025, 5, 1, 9, 30, tzinfo=tz)
    assert ripe_at(bought, 14, tz) == datetime(2025, 5, 15, tzinfo=tz)
    assert ripe_at(bought, 0, tz) is None


ZONES = sorted(
    zone for zone in available_timezones() if "/" in zone and not zone.startswith(("Etc/", "posix", "right"))
)


@settings(max_examples=300, deadline=None)
@given(
    st.sampled_from(ZONES),
    st.integers(0, 4 * 366 * 24 * 60),
    st.sampled_from([ExpiryPolicy(months=1), ExpiryPolicy(round_to="quarter"), FIXED]),
)
def test_every_zone_keeps_its_promised_last_day(zone: str, minutes: int, policy: ExpiryPolicy) -> None:
    tz = ZoneInfo(zone)
    start = datetime(2024, 1, 1, tzinfo=UTC) + timedelta(minutes=minutes)
    gone = expiry_for(start, policy, tz)
    assert gone is not None
    assert gone > start
    last_instant = (gone - timedelta(microseconds=1)).astimezone(tz)
    assert last_instant.date() < gone.astimezone(tz).date()
