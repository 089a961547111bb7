"""Moments as a customer of this shop reads them."""

from datetime import datetime
from zoneinfo import ZoneInfo

from babel.dates import format_date, format_time

from conversations.talk import Voice


def time_words(voice: Voice, moment: datetime) -> str:
    """`14:32`, in the shop's time zone."""
    return format_time(moment.astimezone(ZoneInfo(voice.shop.time_zone)), "HH:mm", locale=voice.language)


def day_words(voice: Voice, moment: datetime) -> str:
    """`21 Nov`, `21 nov`."""
    return format_date(moment.astimezone(ZoneInfo(voice.shop.time_zone)), "d MMM", locale=voice.language)
