"""The picker in a thread: which templates there are for this customer, what they ask for, how they would read."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import groupby
from typing import Any, Final

from conversations.models import Conversation
from conversations.templates.contents import Written
from conversations.templates.drafts import draft_of
from conversations.templates.knowing import ORDER_NAMES, order_for, states_told_by, values_for
from conversations.templates.models import Template
from conversations.templates.offered import belongs_to, is_shared, offered_on, samples_of, template_with
from conversations.templates.samples import sample_as_media
from conversations.templates.spec import MEDIA, Slot
from conversations.templates.using import (
    Given,
    best_of,
    problems_with,
    refusal_by,
    refusal_to_use,
    spec_of_row,
)
from conversations.transport.models import SharedTemplate
from loyalty.models import Customer
from orders.models import Order
from orders.queries import order_numbered
from shopme.lib.text import clean_text
from tenants.context import current_shop

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

    offered: list[Written] = field(default_factory=list)
    chosen: Written | None = None
    refusal: str = ""
    asked: list[Asked] = field(default_factory=list)
    values: dict[str, Given] = field(default_factory=dict)
    bubble: dict[str, Any] = field(default_factory=dict)
    order: OrderTold | None = None
    no_offers: str = ""
    # What stops this template from being sent from here, though WhatsApp would take it.
    missing: str = ""
    # Whether they are the platform's, which no shop can change.
    is_shared: bool = False


def templates_for(conversation: Conversation) -> list[Written]:
    """Each approved template once, in the customer's language or the nearest; those that cannot be filled in are left out.

    On the shared number they are the platform's, everywhere else the shop's own.
    """
    rows = [row for row in offered_on(conversation.number_id) if not refusal_to_use(row)]
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


def picker_for(conversation: Conversation, *, chosen: str, given: Mapping[str, str] | None = None) -> Picker:
    """The picker of a thread; `chosen` as `key_of` writes it, or anything else.

    `given` are posted values by `value.<slot>`; without them what we know is filled in.
    """
    template = template_with(chosen)
    if template is None:
        return _choice(conversation)
    if refusal := _refusal(conversation, template):
        return _choice(conversation, chosen=template, refusal=refusal)
    return _filled(conversation, template, given)


def _choice(conversation: Conversation, **shown: Any) -> Picker:
    no_offers = refusal_by(conversation.customer, Template.Category.MARKETING)
    whose = is_shared(conversation.number_id)
    return Picker(offered=templates_for(conversation), no_offers=no_offers, is_shared=whose, **shown)


def _refusal(conversation: Conversation, chosen: Written) -> str:
    return (
        refusal_to_use(chosen)
        or _not_of_this_number(conversation, chosen)
        or refusal_by(conversation.customer, chosen.category)
    )


def _not_of_this_number(conversation: Conversation, template: Written) -> str:
    is_of_it = belongs_to(template, conversation.number_id)
    return "" if is_of_it else "It belongs to another WhatsApp account than this chat's number."


def _filled(conversation: Conversation, chosen: Written, given: Mapping[str, str] | None) -> Picker:
    slots = spec_of_row(chosen).slots
    words: dict[str, str] = {}
    if given is None:
        words = values_for(conversation.customer, chosen, order=order_for(conversation.customer, chosen))
    else:
        words = {slot.key: clean_text(given.get(f"value.{slot.key}", ""), limit=1100).strip() for slot in slots}
    pinned = _pinned(chosen)
    words |= pinned
    values: dict[str, Given] = dict(words)
    missing = ""
    for slot in slots:
        if slot.kind in (*MEDIA, "location"):
            media = sample_as_media(samples_of(chosen)) if slot.kind in MEDIA else None
            missing = "" if media else f"It needs a {slot.kind} on top, and none is kept for it."
            values |= {slot.key: media} if media else {}
    problems = problems_with(chosen, values) if given is not None else {}
    texts = [slot for slot in slots if slot.kind in ("text", "ending", "code") and slot.key not in pinned]
    asked = [Asked(slot, _label(slot), words.get(slot.key, ""), problems.get(slot.key, "")) for slot in texts]
    bubble, order = _bubble(chosen, words), _order_told(conversation.customer, chosen, words)
    return Picker(chosen=chosen, asked=asked, values=values, bubble=bubble, order=order, missing=missing)


def _order_told(customer: Customer, chosen: Written, words: Mapping[str, str]) -> OrderTold | None:
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


def _pinned(chosen: Written) -> dict[str, str]:
    """What nobody fills in: on the number all shops share, each speaks in its own name only."""
    if not isinstance(chosen, SharedTemplate):
        return {}
    return {slot.key: current_shop().name for slot in spec_of_row(chosen).slots if slot.name == "shop"}


def _label(slot: Slot) -> str:
    if slot.kind == "ending":
        return f"End of the address behind “{slot.name}”"
    if slot.kind == "code":
        return "Code to copy"
    if slot.name.isdigit():
        return f"Value {slot.name}" + (" on top" if slot.key.startswith("header") else "")
    return _LABELS.get(slot.name, slot.name.replace("_", " ").capitalize())


def _bubble(chosen: Written, words: Mapping[str, str]) -> dict[str, Any]:
    from conversations.templatetags.template_ui import bubble_of  # noqa: PLC0415 - a picture of it, for a page only

    kept = samples_of(chosen)
    sample = {"picture": f"/files/{kept['key']}"} if kept.get("kind") == "IMAGE" else {}
    return bubble_of(draft_of(chosen), sample=sample, values=words)
