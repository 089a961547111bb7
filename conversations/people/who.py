"""Whose messages are these? What a message itself tells of its sender: a new number, a new id, a phone shared by button."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, Final

from conversations.people.reaches import Reach, reach_of, rename
from conversations.transport.types import Incoming, IncomingKind, Sender
from loyalty import identity, renaming
from loyalty.models import Customer
from shopme.lib.phone import NotAPhoneNumber, normalise_phone
from tenants.audit import note
from tenants.models import Shop, WhatsAppNumber

# `customer_identity_changed` is no change of names: the person has a new phone in hand, under the same number.
CHANGES: Final = ("user_changed_number", "customer_changed_number", "user_changed_user_id")
OWN_CARD: Final = "contact_request"


def customer_behind(shop: Shop, number: WhatsAppNumber, sender: Sender, incomings: Sequence[Incoming]) -> Customer:
    """The customer `sender` is, after everything these messages of theirs tell. In the caller's transaction."""
    customer: Customer | None = None
    if any(change_of(number, each) is None for each in incomings):
        customer = _recognised(number, sender, incomings)
    for incoming in incomings:
        if change := change_of(number, incoming):
            customer = _followed(shop, number, change, incoming)
        elif customer and (phone := shared_phone(incoming)):
            _shared(number, customer, phone, incoming)
    return customer or _recognised(number, sender, incomings)


def _shared(number: WhatsAppNumber, customer: Customer, phone: str, incoming: Incoming) -> None:
    """The sender's own phone is theirs now, unless it is another customer's; answers may go to it."""
    if renaming.share_phone(customer, scope=number.portfolio, phone=phone, at=incoming.sent_at):
        known = reach_of(incoming.sender)
        rename(customer, old=known, new=replace(known, phone=phone))


def _recognised(number: WhatsAppNumber, sender: Sender, incomings: Sequence[Incoming]) -> Customer:
    names: dict[str, Any] = {
        "phone": sender.phone,
        "bsuid": sender.bsuid,
        "parent_bsuid": sender.parent_bsuid,
        "username": sender.username,
    }
    at = max(incoming.sent_at for incoming in incomings)
    customer, _is_new = identity.recognise(scope=number.portfolio, profile_name=sender.profile_name, at=at, **names)
    return customer


def change_of(number: WhatsAppNumber, incoming: Incoming) -> renaming.Change | None:
    """What a message of WhatsApp's own says of the sender's names, or None."""
    told = incoming.details
    if incoming.kind is not IncomingKind.SYSTEM or told.get("type") not in CHANGES:
        return None
    new_bsuid = told.get("user_id")
    sender = incoming.sender
    old_bsuid = told.get("previous_user_id") or (sender.bsuid if sender.bsuid != new_bsuid else None)
    new_phone = told.get("wa_id")
    return renaming.Change(
        scope=number.portfolio,
        at=incoming.sent_at,
        old_phone=sender.phone if sender.phone != new_phone else None,
        old_bsuid=old_bsuid,
        new_phone=new_phone,
        new_bsuid=new_bsuid,
        new_parent_bsuid=told.get("parent_user_id"),
    )


def _followed(shop: Shop, number: WhatsAppNumber, change: renaming.Change, incoming: Incoming) -> Customer:
    """The person with their new names; a stranger who changed is met under the new ones."""
    customer, is_changed = renaming.follow(change)
    if customer is not None:
        if is_changed:
            old = Reach(change.old_phone or "", change.old_bsuid or "")
            rename(customer, old=old, new=Reach(change.new_phone or "", change.new_bsuid or ""))
            detail = {"told": incoming.details["type"], "number": number.pk}
            note("customer.names_changed", shop=shop, actor=None, subject=f"customer {customer.pk}", detail=detail)
        return customer
    if not (change.new_phone or change.new_bsuid):
        return _recognised(number, incoming.sender, [incoming])
    now = Sender(phone=change.new_phone, bsuid=change.new_bsuid, parent_bsuid=change.new_parent_bsuid)
    return _recognised(number, now, [incoming])


def shared_phone(incoming: Incoming) -> str | None:
    """The sender's own phone, given by the button that asks for it; anybody else's card is not theirs."""
    if incoming.kind is not IncomingKind.CONTACTS:
        return None
    for card in incoming.details.get("cards", ()):
        if card.get("origin") == OWN_CARD:
            for phone in (*card.get("wa_ids", ()), *card.get("phones", ())):
                try:
                    return normalise_phone(phone)
                except NotAPhoneNumber:
                    continue
    return None
