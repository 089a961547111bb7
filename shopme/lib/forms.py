"""How forms are drawn, and the fields every app needs."""

from decimal import Decimal
from typing import Any

from babel.numbers import get_currency_precision
from django import forms
from django.core.exceptions import ValidationError
from django.forms.renderers import TemplatesSetting

from shopme.lib.money import NotAnAmount, parse_money
from shopme.lib.phone import NotAPhoneNumber, normalise_phone, show_phone


class Renderer(TemplatesSetting):
    """`{{ form }}` and `as_field_group` in the look of the dashboard."""

    form_template_name = "components/form.html"
    field_template_name = "components/field.html"


class MoneyField(forms.CharField):
    """An amount typed by a person, in minor units of `currency` inside. Set `currency` before use."""

    def __init__(self, *, currency: str = "", minimum: int = 0, **kwargs: Any) -> None:
        self.currency = currency
        self.minimum = minimum
        kwargs.setdefault("widget", forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off"}))
        super().__init__(max_length=20, **kwargs)

    def prepare_value(self, value: Any) -> Any:
        """`14990` → `149.90`; what a person typed stays as typed."""
        if not isinstance(value, int):
            return value
        digits = get_currency_precision(self.currency)
        return str(Decimal(value).scaleb(-digits))

    def clean(self, value: Any) -> int | None:
        text = super().clean(value)
        if not text:
            return None
        try:
            cents = parse_money(text, self.currency)
        except NotAnAmount as refusal:
            raise ValidationError(str(refusal)) from refusal
        if cents < self.minimum or cents > 1_000_000_000:
            raise ValidationError("This amount is out of range.")
        return cents


class PhoneField(forms.CharField):
    """A phone number in E.164 inside, read with the country `region` when it is typed without a code."""

    def __init__(self, *, region: str | None = None, **kwargs: Any) -> None:
        self.region = region
        kwargs.setdefault("widget", forms.TextInput(attrs={"inputmode": "tel", "autocomplete": "tel"}))
        super().__init__(max_length=40, **kwargs)

    def prepare_value(self, value: Any) -> Any:
        return show_phone(value) if isinstance(value, str) and value.startswith("+") else value

    def clean(self, value: Any) -> str:
        text = super().clean(value)
        if not text:
            return ""
        try:
            return normalise_phone(text, region=None if text.startswith("+") else self.region)
        except NotAPhoneNumber as refusal:
            raise ValidationError(str(refusal)) from refusal
