"""What comes in from the pages of codes."""

from datetime import date, datetime, time
from typing import Any

from django import forms
from django.utils import timezone

from tenants.models import QrCode
from tenants.services.qr_codes import MOST_AT_ONCE, CodeWish

Purpose = QrCode.Purpose


class CodeForm(forms.Form):
    """What a code is for and what is printed under it."""

    purpose = forms.ChoiceField(label="What it opens", choices=Purpose.choices)
    product_id = forms.TypedChoiceField(label="Product", required=False, coerce=int, empty_value=None)
    label = forms.CharField(
        label="Printed under it", max_length=60, required=False, help_text="E.g. Table 7, Window, Summer flyer."
    )
    expires_on = forms.DateField(
        label="Leads there until",
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}),
        help_text="Empty: for ever.",
    )

    def __init__(
        self, data: Any = None, *, products: list[tuple[int, str]], initial: dict[str, Any] | None = None
    ) -> None:
        super().__init__(data, initial=initial)
        self.fields["product_id"].choices = [("", "No product"), *products]  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if data.get("purpose") == Purpose.PRODUCT and not data.get("product_id"):
            self.add_error("product_id", "Choose the product it shows.")
        if data.get("purpose") in (Purpose.PLACE, Purpose.CAMPAIGN) and not data.get("label"):
            self.add_error("label", "Say what is printed under it.")
        return data

    def wish(self, label: str = "") -> CodeWish:
        """The cleaned form as the service takes it. A last day counts until its end, on the shop's clock."""
        data = self.cleaned_data
        product_id = data.get("product_id") if data["purpose"] == Purpose.PRODUCT else None
        return CodeWish(data["purpose"], label or data["label"], product_id, end_of(data.get("expires_on")))


class NewCodesForm(CodeForm):
    """One code, or a row of numbered ones: “Table” from 1 to 20."""

    first = forms.IntegerField(label="From no.", required=False, min_value=0, max_value=9999)
    last = forms.IntegerField(label="To no.", required=False, min_value=0, max_value=9999)

    def clean(self) -> dict[str, Any]:
        data = super().clean()
        first, last = data.get("first"), data.get("last")
        if (first is None) != (last is None):
            self.add_error("last", "Give both numbers, or none.")
        elif first is not None and last is not None and not 0 <= last - first < MOST_AT_ONCE:
            self.add_error("last", f"From the lower to the higher number, at most {MOST_AT_ONCE} codes.")
        return data

    def wishes(self) -> list[CodeWish]:
        """One wish, or one per number."""
        first, last, label = (self.cleaned_data.get(name) for name in ("first", "last", "label"))
        if first is None or last is None:
            return [self.wish()]
        return [self.wish(f"{label} {number}".strip()) for number in range(first, last + 1)]


class EditCodeForm(CodeForm):
    """A printed code may lead somewhere else."""

    is_active = forms.BooleanField(
        label="Leads to the shop",
        required=False,
        help_text="Off: whoever scans it reads that it is not in use.",
    )


def end_of(day: date | None) -> datetime | None:
    """The last moment of `day` on the current clock."""
    return None if day is None else timezone.make_aware(datetime.combine(day, time.max))
