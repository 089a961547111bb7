"""From basket to order: how it is handed over, where to, a last look, and the link to pay.

What was said so far is kept in the talk's memory under `checkout`, so a look at the menu loses nothing.
"""

from collections.abc import Sequence
from typing import Any

from django.db import transaction

from catalog.stock import OutOfStock
from conversations import ways
from conversations.registry import on_choice, on_word, plain_words, state
from conversations.talk import Move, State, Talk, say
from conversations.trading import buying, delivering, paying, summary
from conversations.transport.replies import AskLocation, Buttons, Choice, Reply, Text
from conversations.transport.types import IncomingKind, Place
from conversations.words import body, button
from loyalty.models import Address
from orders import basket, checkout
from orders.errors import BasketEmpty, BelowMinimum, FulfilmentNotOffered, NotOnSale, PriceChanged, TooMany
from orders.models import Order
from orders.queries import delivery_terms, latest_order_of

DELIVER = button("Delivery")
COLLECT = button("Collection")
BELOW = body("Our smallest order is {minimum}. Just {missing} to go!")
WHERE = body("Where shall we bring it?\n\nWrite the address, or tap the button to send your location.")
WHERE_AGAIN = body("Shall we bring it here?\n\n📍 {address}\n\nOr just write another address.")
THIS_ADDRESS = button("Yes, bring it here")
ELSEWHERE = button("Somewhere else")
TOO_SHORT = body("That looks too short for an address. Please write street, number and town, or send your location.")
NOTE = body("What should we know? A gate code, an allergy, a special wish… Just write it.")
PRICE_CHANGED = body("A price has changed since I showed you the total. It is {total} now. Is that all right?")
WAY_GONE = body("Sorry, we do not offer that any more.")
ALREADY = body("You have already placed that order. 👍")
BASKET_EMPTY = body("Your basket is empty. Shall we fill it?")
NOT_ALL = body("Something in your basket is not for sale any more. Please have a look.")

DELIVERY_WORDS = ("delivery", "deliver", "bring it", "consegna", "a domicilio", "domicilio")
COLLECTION_WORDS = ("collection", "collect", "pick up", "pickup", "i will collect", "ritiro", "ritiro io", "asporto")
YES_WORDS = ("yes", "y", "yes please", "ok", "okay", "confirm", "order", "si", "certo", "va bene", "conferma", "ordina")
SHORTEST_ADDRESS = 6


@on_choice("checkout")
@on_word(
    "checkout",
    en=("checkout", "check out", "pay", "order now", "place order"),
    it=("cassa", "vai alla cassa", "paga", "concludi ordine", "completa ordine"),
)
def start(talk: Talk) -> Move:
    """Begin with what has to be asked. What was answered before stays as it was."""
    filled = basket.basket_of(talk.customer, language=talk.language)
    if not filled.count:
        return Move(to="basket.show")
    terms = talk.once("terms", delivery_terms)
    if missing := max(0, terms.minimum_cents - filled.subtotal_cents):
        words = say(BELOW, minimum=talk.money(terms.minimum_cents), missing=talk.money(missing))
        return Move(to="basket.show", say=[words])
    talk.memory["checkout"] = {**delivering.kept(talk), "key": talk.incoming.wamid}
    if terms.delivery_enabled and terms.collection_enabled:
        return Move(to="checkout.way")
    return deliver(talk) if terms.delivery_enabled else collect(talk)


@on_choice("checkout.deliver")
def deliver(talk: Talk) -> Move:
    delivering.keep(talk, fulfilment="delivery")
    return Move(to="checkout.address")


@on_choice("checkout.collect")
def collect(talk: Talk) -> Move:
    delivering.keep(talk, fulfilment="collection")
    return delivering.to_summary(talk)


@on_choice("checkout.elsewhere")
def elsewhere(talk: Talk) -> Move:
    delivering.keep(talk, fulfilment="delivery")
    return Move(to="checkout.address", data={"elsewhere": True})


@on_choice("checkout.saved", int)
def saved_address(talk: Talk, address_id: int) -> Move:
    address = Address.objects.filter(customer=talk.customer, pk=address_id).first()
    if address is None:
        return elsewhere(talk)
    return delivering.bring_to(talk, address.text, address.latitude, address.longitude)


@on_choice("checkout.place")
def sent_place(talk: Talk) -> Move:
    """The location they sent before it was asked for."""
    sent = talk.memory.pop("place", None)
    return delivering.bring_to_place(talk, Place.from_json(sent)) if sent else elsewhere(talk)


@on_choice("checkout.note")
def note(talk: Talk) -> Move:
    return Move(to="checkout.note")


@on_choice("checkout.confirm", int)
def confirm(talk: Talk, total_cents: int) -> Move:
    """Place the order at the total on the button. A second tap shows the order again instead of making another."""
    kept = delivering.kept(talk)
    if "fulfilment" not in kept:
        return _ordered_already(talk) or start(talk)
    try:
        return _place(talk, kept, total_cents)
    except PriceChanged as change:
        talk.trace("refused", f"PriceChanged: {change.new_total}")
        return Move(to="checkout.summary", say=[say(PRICE_CHANGED, total=talk.money(change.new_total))])
    except (OutOfStock, NotOnSale, TooMany) as refusal:
        return buying.refused(talk, refusal)
    except BasketEmpty:
        return _ordered_already(talk) or Move(to="basket.show")
    except (BelowMinimum, FulfilmentNotOffered) as refusal:
        talk.trace("refused", type(refusal).__name__)
        again = start(talk)
        return again if isinstance(refusal, BelowMinimum) else Move(again.to, [say(WAY_GONE)], again.data)


@state
class Way(State):
    name = "checkout.way"

    def ask(self, talk: Talk) -> Sequence[Reply]:
        terms = talk.once("terms", delivery_terms)
        return [
            Buttons(
                summary.ways_words(talk, terms),
                (Choice("checkout.deliver", str(DELIVER)), Choice("checkout.collect", str(COLLECT))),
            )
        ]

    def hear(self, talk: Talk) -> Move | None:
        plain = plain_words(talk.text)
        if talk.incoming.kind is IncomingKind.LOCATION or plain in DELIVERY_WORDS:
            delivering.keep(talk, fulfilment="delivery")
            place = talk.incoming.location
            return delivering.bring_to_place(talk, place) if place else Move(to="checkout.address")
        return collect(talk) if plain in COLLECTION_WORDS else None


@state
class WhereTo(State):
    name = "checkout.address"

    def ask(self, talk: Talk) -> Sequence[Reply]:
        known = None if talk.data.get("elsewhere") else delivering.known_place(talk)
        if known is None:
            return [AskLocation(str(WHERE))]
        choice_id, address = known
        here = Choice(choice_id, str(THIS_ADDRESS))
        elsewhere = Choice("checkout.elsewhere", str(ELSEWHERE))
        return [Buttons(say(WHERE_AGAIN, address=address).body, (here, elsewhere))]

    def hear(self, talk: Talk) -> Move | None:
        if talk.incoming.location:
            return delivering.bring_to_place(talk, talk.incoming.location)
        if talk.incoming.kind is not IncomingKind.TEXT:
            return None
        if len(talk.text) < SHORTEST_ADDRESS:
            return Move(to="checkout.address", say=[say(TOO_SHORT)], data={"elsewhere": True})
        return delivering.bring_to(talk, talk.text, None, None)


@state
class Summary(State):
    name = "checkout.summary"

    def ask(self, talk: Talk) -> Sequence[Reply]:
        kept = delivering.kept(talk)
        try:
            price = checkout.quote(customer=talk.customer, fulfilment=kept.get("fulfilment", ""))
        except BasketEmpty:
            return [Buttons(str(BASKET_EMPTY), (ways.to_products(), ways.to_menu()))]
        except NotOnSale:
            return [Buttons(str(NOT_ALL), (ways.to_basket(), ways.to_menu()))]
        talk.data["total"] = price.total_cents
        return [Buttons(summary.summary_words(talk, kept, price), summary.summary_buttons(talk, kept, price))]

    def hear(self, talk: Talk) -> Move | None:
        """“Yes” agrees to the total that was shown."""
        if plain_words(talk.text) in YES_WORDS and "total" in talk.data:
            return confirm(talk, talk.data["total"])
        if talk.incoming.location and delivering.kept(talk).get("fulfilment") == "delivery":
            return delivering.bring_to_place(talk, talk.incoming.location)
        return None


@state
class AskNote(State):
    name = "checkout.note"

    def ask(self, talk: Talk) -> Sequence[Reply]:
        return [Text(str(NOTE))]

    def hear(self, talk: Talk) -> Move | None:
        if talk.incoming.kind is not IncomingKind.TEXT:
            return None
        delivering.keep(talk, note=talk.text[:500])
        return Move(to="checkout.summary")


@transaction.atomic
def _place(talk: Talk, kept: dict[str, Any], total_cents: int) -> Move:
    order = checkout.place_order(
        customer=talk.customer,
        fulfilment=kept["fulfilment"],
        address=kept.get("address", ""),
        latitude=kept.get("latitude"),
        longitude=kept.get("longitude"),
        note=kept.get("note", ""),
        language=talk.language,
        source=Order.Source.CHAT,
        source_key=f"chat:{talk.conversation.pk}:{kept['key']}",
        expected_total_cents=total_cents,
        at=talk.at,
    )
    talk.trace("called", f"placed order #{order.number}, {order.total_cents} {order.currency}")
    if order.fulfilment == Order.Fulfilment.DELIVERY:
        delivering.remember_address(talk, order)
    talk.memory.pop("checkout", None)
    return Move(to="checkout.placed", say=[paying.pay_link(talk, order, at=talk.at, is_new=True)])


def _ordered_already(talk: Talk) -> Move | None:
    """The order this tap meant, if it was placed before and still waits for its payment."""
    order = latest_order_of(talk.customer)
    if order is None or order.state != Order.State.PLACED or not basket.basket_of(talk.customer).is_empty:
        return None
    return Move(to="checkout.placed", say=[say(ALREADY), paying.pay_link(talk, order, at=talk.at)])


@state
class Placed(State):
    """The order is in and the link is out; nothing more is asked."""

    name = "checkout.placed"
