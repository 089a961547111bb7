"""What comes in from the order pages."""

from typing import Any

from django import forms

from orders.fulfilment import moves_open_to
from orders.models import Order

# A person writes why before these; the customer's history keeps it.
NEEDS_REASON = ("paid", "cancelled", "refunded")
# The clock alone lets an order expire.
NOT_BY_HAND = ("expired",)


class MoveForm(forms.Form):
    """One move of one order. `to` must be open to it; the moves of `NEEDS_REASON` want words."""

    to = forms.CharField(max_length=10)
    reason = forms.CharField(
        max_length=300,
        required=False,
        strip=True,
        widget=forms.TextInput(attrs={"placeholder": "Kept in the order's history"}),
    )

    def __init__(self, data: Any = None, *, order: Order) -> None:
        super().__init__(data)
        self.order = order

    def clean_to(self) -> str:
        to = str(self.cleaned_data["to"])
        if to in NOT_BY_HAND or to not in moves_open_to(self.order):
            name = Order.State(to).label.lower() if to in Order.State.values else to
            raise forms.ValidationError(
                f"This order is {self.order.get_state_display().lower()} now and cannot become {name}."
            )
        return to

    def clean(self) -> dict[str, object]:
        data = super().clean() or {}
        if data.get("to") in NEEDS_REASON and not data.get("reason"):
            self.add_error("reason", "Say why in a few words.")
        return data
