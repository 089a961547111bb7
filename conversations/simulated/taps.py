"""What can be tapped on a message of the phone, and what the phone then sends, in Meta's words."""

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from conversations.models import Message
from conversations.simulated import goods
from conversations.simulated.approved import Approved, Button, as_shown, templates_of
from conversations.simulated.earlier import as_seen
from conversations.simulated.places import KnownPlace
from conversations.simulated.spoken import spoken
from conversations.transport.models import StandInMessage
from conversations.transport.providers.simulator import kinds, payloads
from conversations.transport.providers.simulator.payloads import Person
from shopme.lib.errors import BusinessError
from tenants.context import current_shop
from tenants.models import WhatsAppNumber

Json = dict[str, Any]
MOST_OF_ONE: Final = 99
QUESTION: Final = "Is this one still to be had?"


class EmptyCart(BusinessError):
    """A cart without anything in it cannot be sent."""


@dataclass(frozen=True, slots=True)
class Tap:
    """A finger on something: `what` of `WAYS`, and `which` of several.

    `fields` are the answers of a form by their names, or the pieces wanted by the id of the product.
    """

    what: str
    which: str = ""
    fields: Mapping[str, str] = field(default_factory=dict)
    place: KnownPlace | None = None


@dataclass(frozen=True, slots=True)
class _Message:
    """The message under the finger."""

    person: Person
    content: Json
    approved: Approved | None = None

    @property
    def inner(self) -> Json:
        return dict(self.content.get("interactive") or {})

    @property
    def action(self) -> Json:
        return dict(self.inner.get("action") or {})

    def offers(self, kind: str, *button: str) -> bool:
        """Whether it is an interactive message of this kind, or a template with such a button."""
        has_button = self.approved is not None and any(each.kind in button for each in self.approved.buttons)
        return self.inner.get("type") == kind or has_button


def answer(number: WhatsAppNumber, person: Person, wamid: str, tap: Tap) -> Json | None:
    """What the phone sends after a tap on the message `wamid`; None when it shows no such thing.

    Refuses: `EmptyCart`.
    """
    content = shown(number, person.digits, wamid)
    sent = content.get("template")
    approved = as_shown(sent, templates_of(number.waba_id)) if isinstance(sent, dict) else None
    way = WAYS.get(tap.what)
    return way(_Message(person, content, approved), tap) if way and content else None


def shown(number: WhatsAppNumber, digits: str, wamid: str) -> Json:
    """The message `wamid` as this phone has it; empty when it has none."""
    row = StandInMessage.objects.filter(
        phone_number_id=number.phone_number_id, recipient=digits, wamid=wamid[:200]
    ).first()
    if row is not None:
        return dict(row.payload)
    if number.shop_id is None:
        return {}
    earlier = Message.objects.filter(
        wamid=wamid[:200],
        direction="out",
        conversation__number_id=number.pk,
        conversation__customer__phone=f"+{digits}",
    ).first()
    return as_seen(earlier) if earlier else {}


def _button(message: _Message, tap: Tap) -> Json | None:
    """A button by its place: of a message of ours, or a quick reply of a template."""
    for place, each in enumerate(message.action.get("buttons", ())):
        if tap.which == str(place):
            return payloads.button_reply(each["reply"]["id"], each["reply"]["title"])
    for which, button in _buttons_of(message.approved) if message.approved else ():
        if tap.which == which and button.kind == "quick_reply":
            return kinds.template_button(button.value, button.label)
    return None


def _buttons_of(approved: Approved) -> Iterable[tuple[str, Button]]:
    """The buttons by their place, those of a card by the card's place and theirs."""
    yield from ((str(button.place), button) for button in approved.buttons)
    for place, card in enumerate(approved.cards):
        yield from ((f"{place}.{button.place}", button) for button in card.buttons)


def _row(message: _Message, tap: Tap) -> Json | None:
    """A row of a list by its id."""
    rows = (row for section in message.action.get("sections", ()) for row in section.get("rows", ()))
    row = next((row for row in rows if row["id"] == tap.which), None)
    return payloads.list_reply(row["id"], row["title"], row.get("description", "")) if row else None


def _contact(message: _Message, tap: Tap) -> Json | None:
    """The phone's own number, where it was asked for."""
    if not message.offers("request_contact_info", "request_contact_info"):
        return None
    return kinds.own_contact(message.person)


def _address(message: _Message, tap: Tap) -> Json | None:
    """One of the addresses the phone knows, where one was asked for."""
    if message.inner.get("type") != "address_message" or tap.place is None:
        return None
    return kinds.address_answer(tap.place.street, tap.place.city, tap.place.postcode)


def _form(message: _Message, tap: Tap) -> Json | None:
    """The answers of a form that the message opens."""
    return kinds.form_answer(_form_json(message, tap)) if message.offers("flow", "flow") else None


def _broken_form(message: _Message, tap: Tap) -> Json | None:
    """The same, torn in the middle."""
    written = _form_json(message, tap)
    return kinds.form_answer(written[: len(written) // 2]) if message.offers("flow", "flow") else None


def _form_json(message: _Message, tap: Tap) -> str:
    token = str((message.action.get("parameters") or {}).get("flow_token", ""))
    for button in message.approved.buttons if message.approved else ():
        token = button.value if button.kind == "flow" else token
    return json.dumps({"flow_token": token, **tap.fields}, ensure_ascii=False)


def racks(content: Json, approved: Approved | None = None) -> list[goods.Rack]:
    """The products a message offers; none on one that offers no goods."""
    action = (content.get("interactive") or {}).get("action") or {}
    match (content.get("interactive") or {}).get("type"):
        case "product":
            return goods.racks_of([{"product_items": [action]}])
        case "product_list":
            return goods.racks_of(action.get("sections", ()))
        case "catalog_message":
            return goods.whole_catalog()
    for button in approved.buttons if approved else ():
        if button.kind == "catalog":
            return goods.whole_catalog()
        if button.kind == "mpm":
            return goods.racks_of(button.goods)
    return []


def _offered(message: _Message) -> Iterable[goods.Good]:
    return (good for rack in racks(message.content, message.approved) for good in rack.goods)


def _cart(message: _Message, tap: Tap) -> Json | None:
    """A cart of what the message offers. Refuses: `EmptyCart`."""
    offered = list(_offered(message))
    if not offered:
        return None
    wanted = [(good, _pieces(tap.fields.get(good.retailer_id, ""))) for good in offered if good.amount]
    lines = [(good.retailer_id, pieces, good.amount) for good, pieces in wanted if pieces]
    if not lines:
        raise EmptyCart("Choose at least one product.")
    return kinds.cart(goods.CATALOG_ID, lines, currency=current_shop().currency, words=tap.fields.get("words", ""))


def _pieces(written: str) -> int:
    return min(int(written), MOST_OF_ONE) if written.isascii() and written.isdigit() and len(written) < 5 else 0


def _question(message: _Message, tap: Tap) -> Json | None:
    """A question about one of the products."""
    good = next((good for good in _offered(message) if good.retailer_id == tap.which), None)
    return kinds.about_product(spoken(QUESTION), goods.CATALOG_ID, good.retailer_id) if good else None


WAYS: Final[dict[str, Callable[[_Message, Tap], Json | None]]] = {
    "button": _button,
    "row": _row,
    "contact": _contact,
    "address": _address,
    "form": _form,
    "broken_form": _broken_form,
    "cart": _cart,
    "question": _question,
}
