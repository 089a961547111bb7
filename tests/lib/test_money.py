"""Amounts as people type them."""

import pytest

from shopme.lib.money import NotAnAmount, parse_money


@pytest.mark.parametrize(
    ("typed", "cents"),
    [("149.90", 14990), ("149,90", 14990), (" 1 234.5 ", 123450), ("1,234.56", 123456), (".5", 50), ("7.", 700)],
)
def test_an_amount_is_read_in_minor_units(typed: str, cents: int) -> None:
    assert parse_money(typed, "ZAR") == cents


@pytest.mark.parametrize(
    "typed", ["1e999999", "1e999990", "1E5", "nan", "inf", "²", "1_000", "--1", ".", "", "9" * 30, "149.901"]
)
def test_what_is_no_amount_is_refused_at_once(typed: str) -> None:
    with pytest.raises(NotAnAmount):
        parse_money(typed, "ZAR")
