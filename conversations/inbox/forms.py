"""What comes in from the menu beside the composer; each form knows the replies that say it."""

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
from shopme.lib.places import NO_PLACE, Point, place_in, point_in_words
from tenants.context import current_shop

# So many products are shown to choose from; a search finds the others.
_SHOWN: Final = 40


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

    def __init__(self, data: Any = None, *, conversation: Conversation) -> None:
        super().__init__(data, conversation=conversation)
        where = self.fields["place"]
        if data is None:
            # Another place has another name: what the form began with goes as soon as somebody changes it.
            where.widget.attrs["data-named-by"] = "[name=name], [name=address]"
        if not self.initial:
            where.help_text += " Keep where you are under Settings, Delivery: then this begins with it."

    def first_values(self) -> dict[str, Any]:
        """Where customers collect, once the settings know it on the map; a name without its place is given to none."""
        terms = delivery_terms()
        if (point := terms.collection_point) is None:
            return {}
        return {"place": point_in_words(point), "name": current_shop().name, "address": terms.collection_address}

    def clean_place(self) -> Point:
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
