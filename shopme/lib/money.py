"""Money is an integer of minor units and an ISO currency; Babel writes it for people."""

from decimal import Decimal, InvalidOperation

from babel.core import Locale
from babel.numbers import format_compact_currency, format_currency, get_currency_precision

from shopme.lib.errors import BusinessError


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


def _locale_of(currency: str, locale: str) -> str:
    return "en_ZA" if currency == "ZAR" and locale == "en" else locale


def parse_money(text: str, currency: str) -> int:
    """Minor units of an amount typed by a person (`149.90`, `149,90`). Refuses: `NotAnAmount`."""
    digits = get_currency_precision(currency)
    plain = text.strip().replace("\u00a0", "").replace(" ", "")
    if "," in plain and "." not in plain:
        plain = plain.replace(",", ".")
    try:
        minor = Decimal(plain.replace(",", "")).scaleb(digits)
    except InvalidOperation as problem:
        raise NotAnAmount(f"“{text}” is not an amount.") from problem
    if not minor.is_finite() or minor != minor.to_integral_value():
        raise NotAnAmount(f"Write at most {digits} decimals.")
    return int(minor)
