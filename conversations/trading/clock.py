"""Moments as a customer of this shop reads them."""

from datetime import date, datetime
from zoneinfo import ZoneInfo

from babel.dates import format_date, format_time

from conversations.talk import Voice


def today_of(voice: Voice, at: datetime) -> date:
    """The day it is at that moment in the shop's time zone."""
    return at.astimezone(ZoneInfo(voice.shop.time_zone)).date()


def time_words(voice: Voice, moment: datetime) -> str:
    """`14:32`, in the shop's time zone."""
    return format_time(moment.astimezone(ZoneInfo(voice.shop.time_zone)), "HH:mm", locale=voice.language)


def day_words(voice: Voice, moment: datetime, *, at: datetime) -> str:
    """`21 Nov`, `21 nov`; with the year unless it is that of `at`."""
    zone = ZoneInfo(voice.shop.time_zone)
    day = moment.astimezone(zone)
    pattern = "d MMM" if day.year == at.astimezone(zone).year else "d MMM y"
    return format_date(day, pattern, locale=voice.language)
