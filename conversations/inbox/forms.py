"""What comes in from the menu beside the composer; each form knows the replies that say it."""

import re
from collections.abc import Sequence
from typing import Any, ClassVar, Final

from django import forms
from django.core.exceptions import ValidationError
from django.utils.functional import Promise
from django.utils.translation import override

from catalog.models import Product
from catalog.queries import products_for_dashboard
from conversations.inbox import offering
from conversations.models import Conversation
from conversations.transport.replies import ContactCard, Contacts, Location, Reply
from conversations.transport.rules import limits
from orders.queries import delivery_terms
from shopme.lib.errors import BusinessError
from shopme.lib.forms import PhoneField
from tenants.context import current_shop

_NUMBER: Final = r"(-?[0-9]{1,3}(?:\.[0-9]+)?)"
# How maps write a place into their addresses, the surest first; at last two bare numbers.
_PLACES: Final = tuple(
    re.compile(pattern)
    for pattern in (
        rf"!3d{_NUMBER}!4d{_NUMBER}",
        rf"[?&]mlat={_NUMBER}&mlon={_NUMBER}",
        rf"[?&](?:q|query|ll|destination|daddr)={_NUMBER}(?:,|%2C){_NUMBER}",
        rf"@{_NUMBER},{_NUMBER}",
        rf"#map=[0-9.]+/{_NUMBER}/{_NUMBER}",
        rf"^\s*{_NUMBER}\s*[,;\s]\s*{_NUMBER}\s*$",
    )
)
NO_PLACE: Final = "This names no place. Paste the address of a map, or two numbers like -33.9249, 18.4241."
# So many products are shown to choose from; a search finds the others.
_SHOWN: Final = 40


def place_in(words: str) -> tuple[float, float] | None:
    """Latitude and longitude in the address of a map, or two numbers."""
    found = next(filter(None, (pattern.search(words) for pattern in _PLACES)), None)
    return (float(found[1]), float(found[2])) if found else None


class Saying(forms.Form):
    """Something to say in `conversation`. When it is valid, `replies` are what says it."""

    words: ClassVar[Promise | None] = None

    def __init__(self, data: Any = None, *, conversation: Conversation) -> None:
        self.conversation, self.replies = conversation, list[Reply]()
        super().__init__(data, initial=self.first_values())
        if "text" in self.fields:
            self.fields["text"].widget.attrs["maxlength"] = limits.INTERACTIVE_BODY

    def first_values(self) -> dict[str, Any]:
        """What stands in the fields before anybody wrote; words in the customer's language."""
        if self.words is None:
            return {}
        with override(self.conversation.language or current_shop().language):
            return {"text": str(self.words)}

    def says(self, data: dict[str, Any]) -> Sequence[Reply]:
        raise NotImplementedError

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if not self.errors:
            try:
                with override(self.conversation.language or current_shop().language):
                    self.replies = list(self.says(data))
            except BusinessError as refusal:
                raise ValidationError(str(refusal)) from refusal
        return data


class LocationForm(Saying):
    """A place on the map. It begins with where the shop is; never with a place from another chat, which is somebody's."""

    place = forms.CharField(
        label="Where", max_length=2000, help_text="The address of a map, or latitude and longitude."
    )
    name = forms.CharField(label="Name", max_length=100, required=False)
    address = forms.CharField(label="Address", max_length=300, required=False)

    def first_values(self) -> dict[str, Any]:
        """Name and address of where customers collect. Settings know no point on the map: that is for a person to say."""
        return {"name": current_shop().name, "address": delivery_terms().collection_address}

    def clean_place(self) -> tuple[float, float]:
        if (found := place_in(self.cleaned_data["place"])) is None:
            raise ValidationError(NO_PLACE)
        return found

    def says(self, data: dict[str, Any]) -> Sequence[Reply]:
        latitude, longitude = data["place"]
        return [Location(latitude, longitude, data["name"], data["address"])]


class ContactForm(Saying):
    """The card of the shop, or of somebody who can be called or written to instead."""

    name = forms.CharField(label="Name", max_length=120)
    phone = PhoneField(label="Phone", required=False)
    email = forms.EmailField(label="E-mail", required=False)
    organisation = forms.CharField(label="Company", max_length=120, required=False)

    def __init__(self, data: Any = None, *, conversation: Conversation) -> None:
        super().__init__(data, conversation=conversation)
        self.fields["phone"].region = current_shop().country  # type: ignore[attr-defined]

    def first_values(self) -> dict[str, Any]:
        return {"name": current_shop().name, "phone": current_shop().phone}

    def says(self, data: dict[str, Any]) -> Sequence[Reply]:
        if not (data["phone"] or data["email"]):
            raise ValidationError("A contact needs a phone or an e-mail address.")
        return [Contacts((ContactCard(data["name"], data["phone"], data["email"], data["organisation"]),))]


class ProductsForm(Saying):
    """Products to choose from: those chosen stay in sight, a search finds more. Only what customers can buy."""

    search = forms.CharField(label="Search", max_length=80, required=False)
    products = forms.MultipleChoiceField(label="Products", required=True, widget=forms.CheckboxSelectMultiple)
    text = forms.CharField(
        label="Words with it", max_length=limits.INTERACTIVE_BODY, required=False, widget=forms.Textarea({"rows": 2})
    )

    def __init__(self, data: Any = None, *, conversation: Conversation) -> None:
        super().__init__(data, conversation=conversation)
        asked = data.getlist("products") if data else []
        chosen = [int(each) for each in asked if each.isascii() and each.isdigit() and len(each) <= 15]
        on_sale = Product.objects.for_customers()
        kept = dict(on_sale.filter(pk__in=chosen).values_list("id", "name"))
        found = products_for_dashboard(search=data.get("search", "") if data else "", status="published")
        more = found.filter(is_available=True).exclude(pk__in=kept).values_list("id", "name")[:_SHOWN]
        self.fields["products"].choices = [  # type: ignore[attr-defined]
            *((str(each), kept[each]) for each in chosen if each in kept),
            *((str(product_id), name) for product_id, name in more),
        ]

    def says(self, data: dict[str, Any]) -> Sequence[Reply]:
        return offering.goods(self.conversation, [int(each) for each in data["products"]], data["text"])


class _Question(Saying):
    text = forms.CharField(
        label="Words", max_length=limits.INTERACTIVE_BODY, widget=forms.Textarea({"rows": 3, "dir": "auto"})
    )


class PlaceQuestion(_Question):
    words = offering.YOUR_PLACE

    def says(self, data: dict[str, Any]) -> Sequence[Reply]:
        return offering.question_for_place(data["text"])


class AddressQuestion(_Question):
    words = offering.WHERE

    def says(self, data: dict[str, Any]) -> Sequence[Reply]:
        return offering.question_for_address(self.conversation, data["text"])


class FormQuestion(_Question):
    words = offering.FILL_IN

    def says(self, data: dict[str, Any]) -> Sequence[Reply]:
        return offering.form_to_fill_in(self.conversation, data["text"])


FORMS: Final[dict[str, type[Saying]]] = {
    "location": LocationForm,
    "contact": ContactForm,
    "products": ProductsForm,
    "ask_location": PlaceQuestion,
    "ask_address": AddressQuestion,
    "form": FormQuestion,
}
