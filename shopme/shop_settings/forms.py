"""What comes in from the settings pages."""

from typing import Any
from zoneinfo import available_timezones

from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError

from conversations.models import ChatSettings
from orders.models import DeliveryTerms
from shopme.lib.forms import MoneyField, PhoneField
from shopme.lib.places import NO_PLACE, Point, is_on_earth, place_in, point_in_words
from tenants.models import Membership, Role, Shop

# Zones people live in; the rest are aliases and offsets.
REGIONS = ("Africa/", "America/", "Asia/", "Atlantic/", "Australia/", "Europe/", "Indian/", "Pacific/")


def time_zone_choices() -> list[tuple[str, str]]:
    """Zones by name, with spaces for people."""
    zones = sorted(zone for zone in available_timezones() if zone.startswith(REGIONS))
    return [(zone, zone.replace("_", " ")) for zone in zones]


class ProfileForm(forms.Form):
    """What customers and pages read about the shop."""

    name = forms.CharField(label="Name of the shop", max_length=120)
    description = forms.CharField(
        label="What it sells, in one or two sentences",
        max_length=600,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
    )
    category = forms.CharField(
        label="Kind of shop", max_length=60, required=False, help_text="E.g. Bakery. Customers search by it."
    )
    town = forms.CharField(label="Town", max_length=80, required=False)
    is_listed = forms.BooleanField(
        label="Found on the shared number",
        required=False,
        help_text="Off: only who has a code of yours, or was here before, comes in there.",
    )
    phone = PhoneField(label="Phone for calls", required=False, help_text="With the country code.")
    time_zone = forms.ChoiceField(label="Time zone", choices=time_zone_choices)
    language = forms.ChoiceField(label="Own language", choices=settings.LANGUAGES)
    languages = forms.MultipleChoiceField(
        label="The chat also speaks",
        choices=settings.LANGUAGES,
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )

    def __init__(self, data: Any = None, *, shop: Shop) -> None:
        fields = ("name", "description", "category", "town", "is_listed", "phone", "time_zone", "language", "languages")
        super().__init__(data, initial={field: getattr(shop, field) for field in fields})
        phone = self.fields["phone"]
        if isinstance(phone, PhoneField):
            phone.region = shop.country


class DeliveryForm(forms.Form):
    """How goods reach the customer and what that costs."""

    collection_enabled = forms.BooleanField(label="Customers may collect", required=False)
    collection_address = forms.CharField(label="Where they collect", max_length=300, required=False)
    collection_point = forms.CharField(
        label="On the map",
        max_length=2000,
        required=False,
        help_text="The address of a map, or latitude and longitude. Your team sends it with one tap.",
    )
    delivery_enabled = forms.BooleanField(label="You deliver", required=False)
    delivery_fee_cents = MoneyField(label="Delivery fee")
    free_delivery_over_cents = MoneyField(label="Free delivery from", required=False, help_text="Empty: never free.")
    minimum_cents = MoneyField(label="Smallest order", help_text="Nought: any order is welcome.")
    hold_minutes = forms.IntegerField(
        label="Hold unpaid orders for, in minutes",
        min_value=10,
        max_value=7 * 24 * 60,
        help_text="The goods are kept that long; then the order expires.",
    )

    def __init__(self, data: Any = None, *, terms: DeliveryTerms, currency: str) -> None:
        known = {name: getattr(terms, name) for name in self.base_fields}
        known["collection_point"] = point_in_words(terms.collection_point) if terms.collection_point else ""
        super().__init__(data, initial=known)
        for field in self.fields.values():
            if isinstance(field, MoneyField):
                field.currency = currency

    def clean_collection_point(self) -> Point | None:
        words: str = self.cleaned_data["collection_point"]
        point = place_in(words)
        if words and (point is None or not is_on_earth(point)):
            raise ValidationError(NO_PLACE)
        return point

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if not (data.get("delivery_enabled") or data.get("collection_enabled")):
            self.add_error("delivery_enabled", "Customers need at least one way to their goods.")
        return data


class ChatForm(forms.Form):
    """How the chat answers."""

    bot_enabled = forms.BooleanField(
        label="The assistant answers first",
        required=False,
        help_text="Off: every message waits for a person of the team.",
    )
    welcome_text = forms.CharField(
        label="Greeting",
        max_length=600,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="Empty: the standard greeting, in the customer's language.",
    )
    takeover_minutes = forms.IntegerField(
        label="After a person wrote, the assistant waits, in minutes", min_value=1, max_value=1440
    )

    shows_read = forms.BooleanField(
        label="Customers see that their messages were read",
        required=False,
        help_text="Blue ticks, and “is typing” while an answer takes longer.",
    )

    catalog_id = forms.RegexField(
        r"^[0-9]{1,64}$",
        label="Catalogue ID",
        required=False,
        help_text="Of the catalogue that is connected to your number at Meta. Empty: products are sent as our own cards.",
    )
    form_id = forms.RegexField(
        r"^[0-9]{1,64}$",
        label="Form (Flow) ID",
        required=False,
        help_text="Of a published form of your number. With it, people of your team can send the form from a chat.",
    )
    form_name = forms.CharField(label="What your team calls the form", max_length=60, required=False)
    form_screen = forms.RegexField(
        r"^[A-Za-z_]{1,64}$", label="First screen of the form", required=False, help_text="E.g. WELCOME"
    )
    form_label = forms.CharField(label="Words on the button of the form", max_length=20, required=False)

    def __init__(self, data: Any = None, *, chat: ChatSettings) -> None:
        super().__init__(data, initial={name: getattr(chat, name) for name in self.base_fields})

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        for name in ("form_screen", "form_label"):
            if data.get("form_id") and not data.get(name) and name not in self.errors:
                self.add_error(name, "A form needs this too.")
        return data


def roles_up_to(member: Membership) -> list[tuple[str, str]]:
    """The roles that `member` may hand out: none above their own."""
    return [(role.value, role.label) for role in Role if role.rank <= member.rank]


class InviteForm(forms.Form):
    """Somebody new in the team."""

    name = forms.CharField(label="Name", max_length=120)
    email = forms.EmailField(label="E-mail address", max_length=254)
    role = forms.ChoiceField(label="Role", initial=Role.AGENT)

    def __init__(self, data: Any = None, *, actor: Membership) -> None:
        super().__init__(data)
        self.fields["role"].choices = roles_up_to(actor)  # type: ignore[attr-defined]

    def clean_role(self) -> Role:
        return Role(self.cleaned_data["role"])


class RoleForm(forms.Form):
    """Another role for a member."""

    role = forms.ChoiceField(label="Role")

    def __init__(self, data: Any = None, *, actor: Membership) -> None:
        super().__init__(data)
        self.fields["role"].choices = roles_up_to(actor)  # type: ignore[attr-defined]

    def clean_role(self) -> Role:
        return Role(self.cleaned_data["role"])
