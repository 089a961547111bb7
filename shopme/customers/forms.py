"""What comes in from the customer pages."""

from typing import Any

from django import forms

from loyalty.models import ConsentEntry, Customer
from loyalty.types import AdjustReason
from shopme.lib.ids import new_token


class ParticularsForm(forms.Form):
    """What the team writes about a customer."""

    name = forms.CharField(
        label="Name", max_length=120, required=False, help_text="Empty: the name of their WhatsApp profile."
    )
    tags = forms.CharField(label="Tags", max_length=400, required=False, help_text="Separate them with commas.")
    notes = forms.CharField(label="Notes", max_length=4000, required=False, widget=forms.Textarea(attrs={"rows": 4}))

    def __init__(self, data: Any = None, *, customer: Customer) -> None:
        initial = {"name": customer.name, "tags": ", ".join(customer.tags), "notes": customer.notes}
        super().__init__(data, initial=initial)

    def clean_tags(self) -> list[str]:
        return [tag.strip() for tag in str(self.cleaned_data["tags"]).split(",") if tag.strip()]


class AdjustForm(forms.Form):
    """Points given or taken by hand. `request_id` makes a second tap the same wish."""

    points = forms.IntegerField(
        label="Points", min_value=-1_000_000, max_value=1_000_000, help_text="With a minus to take some away."
    )
    reason = forms.ChoiceField(label="Reason", choices=AdjustReason.choices)
    request_id = forms.CharField(max_length=64, widget=forms.HiddenInput)

    def __init__(self, data: Any = None) -> None:
        super().__init__(data, initial={"request_id": new_token()})

    def clean_points(self) -> int:
        points = int(self.cleaned_data["points"])
        if points == 0:
            raise forms.ValidationError("Give or take at least one point.")
        return points


class OffersForm(forms.Form):
    """A yes or no to offers that was said at the counter or on the phone. `request_id` makes a second tap the same wish."""

    kind = forms.ChoiceField(
        label="Offers",
        choices=[(ConsentEntry.Kind.OPT_OUT, "Wants no offers"), (ConsentEntry.Kind.OPT_IN, "Wants offers")],
    )
    reason = forms.CharField(
        label="How do you know?", max_length=200, help_text="For example: said so at the counter today."
    )
    request_id = forms.CharField(max_length=64, widget=forms.HiddenInput)

    def __init__(self, data: Any = None) -> None:
        super().__init__(data, initial={"request_id": new_token()})
