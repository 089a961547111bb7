"""Money is an integer of minor units and an ISO currency; Babel writes it for people."""

import re
from decimal import Decimal
from typing import Final

from babel.core import Locale
from babel.numbers import format_compact_currency, format_currency, get_currency_precision

from shopme.lib.errors import BusinessError

# What people write as an amount, once spaces and separators of thousands are gone.
_AMOUNT: Final = re.compile(r"[+-]?(?:\d{1,18}(?:\.\d{0,18})?|\.\d{1,18})")


class NotAnAmount(BusinessError):
    """The text is not an amount of that currency."""


def format_money(cents: int, currency: str, locale: str = "en", *, whole: bool = False) -> str:
    """`14990, "ZAR", "en"` → `R 149.90`, written as people of `locale` write it; `whole` leaves minor units away."""
    digits = get_currency_precision(currency)
    amount = Decimal(cents).scaleb(-digits)
    there = _locale_of(currency, locale)
    if whole:
        pattern = Locale.parse(there).currency_formats["standard"].pattern.replace(".00", "")
        return format_currency(amount, currency, pattern, locale=there, currency_digits=False)
    return format_currency(amount, currency, locale=there)


def format_money_compact(cents: int, currency: str, locale: str = "en") -> str:
    """`1500000, "EUR", "en"` → `€15K`, for the axis of a chart."""
    amount = Decimal(cents).scaleb(-get_currency_precision(currency))
    return format_compact_currency(amount, currency, locale=_locale_of(currency, locale), fraction_digits=1)


def plain_amount(cents: int, currency: str) -> str:
    """`14990, "ZAR"` → `149.90`, as machines write it."""
    return str(Decimal(cents).scaleb(-get_currency_precision(currency)))


def _locale_of(currency: str, locale: str) -> str:
    return "en_ZA" if currency == "ZAR" and locale == "en" else locale


def parse_money(text: str, currency: str) -> int:
    """Minor units of an amount typed by a person (`149.90`, `149,90`). Refuses: `NotAnAmount`."""
    digits = get_currency_precision(currency)
    plain = text.strip().replace("\u00a0", "").replace(" ", "")
    if "," in plain and "." not in plain:
        plain = plain.replace(",", ".")
    plain = plain.replace(",", "")
    if not _AMOUNT.fullmatch(plain):
        raise NotAnAmount(f"“{text}” is not an amount.")
    minor = Decimal(plain).scaleb(digits)
    if minor != minor.to_integral_value():
        raise NotAnAmount(f"Write at most {digits} decimals.")
    return int(minor)
