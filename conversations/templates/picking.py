"""The picker in a thread: which templates there are for this customer, what they ask for, how they would read."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import groupby
from typing import Any, Final

from conversations.models import Conversation
from conversations.templates.accounts import account_id
from conversations.templates.drafts import draft_of
from conversations.templates.knowing import ORDER_NAMES, order_for, states_told_by, values_for
from conversations.templates.models import Template
from conversations.templates.samples import sample_as_media
from conversations.templates.spec import MEDIA, Slot
from conversations.templates.using import (
    Given,
    best_of,
    problems_with,
    refusal_by,
    refusal_to_use,
    spec_of_row,
    usable_templates,
)
from loyalty.models import Customer
from orders.models import Order
from orders.queries import order_numbered
from shopme.lib.text import clean_text
from tenants.context import current_shop
from tenants.queries import UnknownNumber, number_by_id

MOST_OFFERED: Final = 60
_LABELS: Final = {
    "first_name": "First name",
    "name": "Name",
    "customer_name": "Name",
    "shop": "Shop",
    "order_number": "Order number",
    "order_no": "Order number",
    "order": "Order number",
}


@dataclass(frozen=True, slots=True)
class Asked:
    """One value as the picker asks for it."""

    slot: Slot
    label: str
    value: str
    problem: str = ""


@dataclass(frozen=True, slots=True)
class OrderTold:
    """The order a message names: whether the customer has it, and what somebody should know before they send."""

    number: str
    order: Order | None
    warning: str = ""


@dataclass(frozen=True, slots=True)
class Picker:
    """What the picker shows: `offered` first, and the `chosen` one with what it asks for.

    `no_offers`: the customer asked for none, so those that are offers stand last and cannot be chosen.
    """

    offered: list[Template] = field(default_factory=list)
    chosen: Template | None = None
    refusal: str = ""
    asked: list[Asked] = field(default_factory=list)
    values: dict[str, Given] = field(default_factory=dict)
    bubble: dict[str, Any] = field(default_factory=dict)
    order: OrderTold | None = None
    no_offers: str = ""
    # What stops this template from being sent from here, though WhatsApp would take it.
    missing: str = ""


def templates_for(conversation: Conversation) -> list[Template]:
    """Each approved template once, in the customer's language or the nearest; those that cannot be filled in are left out."""
    try:
        waba_id = account_id(number_by_id(conversation.number_id))
    except UnknownNumber:
        return []
    rows = [row for row in usable_templates(waba_id) if not refusal_to_use(row)]
    languages = languages_of(conversation)
    found = []
    for _name, together in groupby(rows, key=lambda row: row.name):
        kept = list(together)
        found.append(best_of(kept, *languages) or kept[0])
    found.sort(key=lambda row: bool(refusal_by(conversation.customer, row.category)))
    return found[:MOST_OFFERED]


def languages_of(conversation: Conversation) -> tuple[str, ...]:
    """The customer's languages, best first, and the shop's own."""
    return (conversation.language, conversation.customer.language, current_shop().language)


def picker_for(conversation: Conversation, *, chosen_id: int | None, given: Mapping[str, str] | None = None) -> Picker:
    """The picker of a thread. `given` are posted values by `value.<slot>`; without them what we know is filled in."""
    chosen = Template.objects.filter(pk=chosen_id).first() if chosen_id else None
    if chosen is None:
        return _choice(conversation)
    if refusal := _refusal(conversation, chosen):
        return _choice(conversation, chosen=chosen, refusal=refusal)
    return _filled(conversation, chosen, given)


def _choice(conversation: Conversation, **shown: Any) -> Picker:
    no_offers = refusal_by(conversation.customer, Template.Category.MARKETING)
    return Picker(offered=templates_for(conversation), no_offers=no_offers, **shown)


def _refusal(conversation: Conversation, chosen: Template) -> str:
    return (
        refusal_to_use(chosen)
        or _not_of_this_number(conversation, chosen)
        or refusal_by(conversation.customer, chosen.category)
    )


def _not_of_this_number(conversation: Conversation, template: Template) -> str:
    try:
        is_same = account_id(number_by_id(conversation.number_id)) == template.waba_id
    except UnknownNumber:
        is_same = False
    return "" if is_same else "It belongs to another WhatsApp account than this chat's number."


def _filled(conversation: Conversation, chosen: Template, given: Mapping[str, str] | None) -> Picker:
    slots = spec_of_row(chosen).slots
    words: dict[str, str] = {}
    if given is None:
        words = values_for(conversation.customer, chosen, order=order_for(conversation.customer, chosen))
    else:
        words = {slot.key: clean_text(given.get(f"value.{slot.key}", ""), limit=1100).strip() for slot in slots}
    values: dict[str, Given] = dict(words)
    missing = ""
    for slot in slots:
        if slot.kind in (*MEDIA, "location"):
            media = sample_as_media(chosen.samples) if slot.kind in MEDIA else None
            missing = "" if media else f"It needs a {slot.kind} on top, and none is kept for it."
            values |= {slot.key: media} if media else {}
    problems = problems_with(chosen, values) if given is not None else {}
    texts = [slot for slot in slots if slot.kind in ("text", "ending", "code")]
    asked = [Asked(slot, _label(slot), words.get(slot.key, ""), problems.get(slot.key, "")) for slot in texts]
    bubble, order = _bubble(chosen, words), _order_told(conversation.customer, chosen, words)
    return Picker(chosen=chosen, asked=asked, values=values, bubble=bubble, order=order, missing=missing)


def _order_told(customer: Customer, chosen: Template, words: Mapping[str, str]) -> OrderTold | None:
    """What the named order is like; None when the message names none."""
    slot = next((slot for slot in spec_of_row(chosen).slots if slot.name in ORDER_NAMES), None)
    given = words.get(slot.key, "") if slot else ""
    digits = given.strip().removeprefix("#")
    if not given:
        return None
    is_number = digits.isascii() and digits.isdigit() and len(digits) <= 9
    order = order_numbered(customer, int(digits)) if is_number else None
    if order is None:
        return OrderTold(given, None, f"{customer.display_name} has no order {given}.")
    told = states_told_by(chosen)
    if told and order.state not in told:
        state = order.get_state_display().lower()
        return OrderTold(given, order, f"This order is {state}, which is not what the template says.")
    return OrderTold(given, order)


def _label(slot: Slot) -> str:
    if slot.kind == "ending":
        return f"End of the address behind “{slot.name}”"
    if slot.kind == "code":
        return "Code to copy"
    if slot.name.isdigit():
        return f"Value {slot.name}" + (" on top" if slot.key.startswith("header") else "")
    return _LABELS.get(slot.name, slot.name.replace("_", " ").capitalize())


def _bubble(chosen: Template, words: Mapping[str, str]) -> dict[str, Any]:
    from conversations.templatetags.template_ui import bubble_of  # noqa: PLC0415 - a picture of it, for a page only

    sample = {"picture": f"/files/{chosen.samples['key']}"} if chosen.samples.get("kind") == "IMAGE" else {}
    return bubble_of(draft_of(chosen), sample=sample, values=words)
