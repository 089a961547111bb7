"""Moments as a customer of this shop reads them."""

from datetime import datetime
from zoneinfo import ZoneInfo

from babel.dates import format_date, format_time

from conversations.talk import Talk


def time_words(talk: Talk, moment: datetime) -> str:
    """`14:32`, in the shop's time zone."""
    return format_time(moment.astimezone(ZoneInfo(talk.shop.time_zone)), "HH:mm", locale=talk.language)


def day_words(talk: Talk, moment: datetime) -> str:
    """`21 Nov`, `21 nov`."""
    return format_date(moment.astimezone(ZoneInfo(talk.shop.time_zone)), "d MMM", locale=talk.language)
