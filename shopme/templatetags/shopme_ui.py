"""How facts are written for people: money, people, moments, phone numbers, small charts."""

import zlib
from datetime import datetime, timedelta
from typing import Any

from babel.core import Locale, UnknownLocaleError
from django import template
from django.forms import BoundField
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.safestring import SafeString
from django.utils.translation import get_language

from shopme.lib.money import format_money, plain_amount
from shopme.lib.phone import show_phone

register = template.Library()
HUES = 6


@register.filter
def money(cents: int | None, currency: Any) -> str:
    """`{{ order.total_cents|money:shop }}` or `|money:"ZAR"`: an amount as people of the language write it."""
    if cents is None:
        return "-"
    code = currency if isinstance(currency, str) else getattr(currency, "currency", "")
    return format_money(cents, code, get_language() or "en") if code else ""


@register.filter
def amount(cents: int, currency: str) -> str:
    """`{{ 14990|amount:"ZAR" }}` → `149.90`, as one types it."""
    return plain_amount(cents, currency)


@register.filter
def money_short(cents: int, currency: Any) -> str:
    """Without minor units, for big figures: `R 12,480`."""
    code = currency if isinstance(currency, str) else currency.currency
    return format_money(cents, code, get_language() or "en", whole=True)


@register.filter
def language_name(code: str) -> str:
    """`it` → `Italian`, in the language of the page; an unknown code stays as it is."""
    try:
        name = Locale.parse(code, sep="-" if "-" in code else "_").get_display_name(get_language() or "en")
    except (UnknownLocaleError, ValueError):
        return code
    return name or code


@register.filter
def absolute(number: int) -> int:
    """Without its sign, for places that show up and down by an arrow."""
    return abs(number)


@register.filter
def picture(key: str) -> str:
    """The address of a stored picture on this shop's own host."""
    return f"/files/{key}"


@register.filter
def initials(name: str) -> str:
    """One or two letters for an avatar; `?` for nobody."""
    words = [word for word in str(name or "").replace("+", " ").split() if word[0].isalpha()]
    if not words:
        return "?"
    return (words[0][0] + (words[-1][0] if len(words) > 1 else "")).upper()


@register.filter
def who_hue(name: Any) -> int:
    """One of six hues, always the same for the same name."""
    return zlib.crc32(str(name or "").encode()) % HUES


@register.filter
def phone(e164: str | None) -> str:
    """`+27821234567` → `+27 82 123 4567`."""
    return show_phone(e164) if e164 else ""


@register.filter
def in_words(name: str) -> str:
    """A name of WhatsApp's for people: `RESTRICTED_BIZ` → `Restricted biz`."""
    return name.replace("_", " ").capitalize()


@register.filter
def clock(at: datetime | None) -> str:
    """The time of day in the shop's zone, `09:42`."""
    return date_format(timezone.localtime(at), "H:i") if at else ""


@register.filter
def ago(at: datetime | None) -> str:
    """How a list says when: `now`, `5 min`, `09:42`, `Yesterday`, `Mon`, `3 Nov`, `3 Nov 2024`."""
    if at is None:
        return ""
    now, then = timezone.localtime(), timezone.localtime(at)
    if timedelta(0) <= now - then < timedelta(hours=1):
        minutes = int((now - then).total_seconds() // 60)
        return f"{minutes} min" if minutes else "now"
    days = (now.date() - then.date()).days
    if days == 0:
        return date_format(then, "H:i")
    if days == 1:
        return "Yesterday"
    return date_format(then, "D" if 0 < days < 7 else "j M" if then.year == now.year else "j M Y")


@register.filter
def spark(values: list[int]) -> str:
    """Points of a polyline in an 84 by 30 box."""
    if len(values) < 2:
        return "0,15 84,15"
    low, high = min(values), max(values)
    span = (high - low) or 1
    step = 84 / (len(values) - 1)
    return " ".join(f"{index * step:.1f},{27 - 24 * (value - low) / span:.1f}" for index, value in enumerate(values))


@register.filter
def styled(field: BoundField, classes: str) -> SafeString:
    """The widget of a form field with these classes."""
    return field.as_widget(attrs={"class": classes})


@register.simple_tag(takes_context=True)
def with_query(context: dict[str, Any], **changes: Any) -> str:
    """The current query string with `changes`; an empty value drops its key. Used by pages and filters."""
    query = context["request"].GET.copy()
    for key, value in changes.items():
        if value in (None, ""):
            query.pop(key, None)
        else:
            query[key] = str(value)
    return f"?{query.urlencode()}" if query else "?"
