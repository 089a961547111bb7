"""Money is an integer of minor units and an ISO currency; Babel writes it for people."""

from decimal import Decimal, InvalidOperation

from babel.numbers import format_currency, get_currency_precision

from shopme.lib.errors import BusinessError


class NotAnAmount(BusinessError):
    """The text is not an amount of that currency."""


def format_money(cents: int, currency: str, locale: str = "en") -> str:
    """`14990, "ZAR", "en"` → `R 149.90`, written as people of `locale` write it."""
    digits = get_currency_precision(currency)
    amount = Decimal(cents).scaleb(-digits)
    narrow = "en_ZA" if currency == "ZAR" and locale == "en" else locale
    return format_currency(amount, currency, locale=narrow)


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
