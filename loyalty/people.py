"""Acts on a customer's own particulars."""

from datetime import datetime
from decimal import Decimal

from loyalty.models import Address, Customer, CustomerIdentity
from shopme.lib.text import clean_text


def set_language(*, customer: Customer, language: str) -> Customer:
    """Speak this language with the customer from now on (`en`, `it`)."""
    customer.language = language
    customer.save(update_fields=["language"])
    return customer


def remember_address(
    *,
    customer: Customer,
    text: str,
    latitude: Decimal | None = None,
    longitude: Decimal | None = None,
    label: str = "",
    at: datetime,
) -> Address:
    """Keep where something was brought; the same text and place again only becomes the newest."""
    text = clean_text(text)[:400]
    address, is_new = Address.objects.get_or_create(
        customer=customer,
        text=text,
        latitude=latitude,
        longitude=longitude,
        defaults={"label": clean_text(label)[:60], "last_used_at": at},
    )
    if not is_new and at > address.last_used_at:
        address.last_used_at = at
        address.save(update_fields=["last_used_at"])
    return address


def save_particulars(*, customer: Customer, name: str, notes: str, tags: list[str]) -> Customer:
    """What an operator writes about a customer. Tags are trimmed and kept once, in their order."""
    customer.name = clean_text(name)[:120]
    customer.notes = notes.strip()
    customer.tags = list(dict.fromkeys(tag for raw in tags if (tag := clean_text(raw)[:40])))
    customer.save(update_fields=["name", "notes", "tags"])
    return customer


def set_blocked(*, customer: Customer, is_blocked: bool) -> Customer:
    """Stop answering a customer, or answer again. Points stay as they are."""
    customer.is_blocked = is_blocked
    customer.save(update_fields=["is_blocked"])
    return customer


def suggest_name(*, phone: str, scope: str, name: str) -> None:
    """A name for the customer with this phone, if there is one and they have none of their own."""
    if words := clean_text(name).strip()[:120]:
        known = CustomerIdentity.objects.filter(kind="phone", scope=scope, value=phone, retired_at=None)
        nameless = Customer.objects.filter(identities__in=known, name="", profile_name="")
        Customer.objects.filter(pk__in=nameless.values("pk")).update(profile_name=words)
