"""From basket to order: how it is handed over, where to, a last look, and the link to pay.

What was said so far is kept in the talk's memory under `checkout`, so a look at the menu loses nothing.
"""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from django.db import transaction

from catalog.stock import OutOfStock
from conversations import buying, paying
from conversations.registry import on_choice, on_word, plain_words, state
from conversations.talk import Move, State, Talk, say
from conversations.transport import limits
from conversations.transport.replies import AskLocation, Buttons, Choice, Reply, Text
from conversations.transport.types import IncomingKind, Place
from conversations.words import body, button, fragment
from loyalty import people
from loyalty.models import Address
from orders import basket, checkout
from orders.errors import BasketEmpty, BelowMinimum, FulfilmentNotOffered, NotOnSale, PriceChanged, TooMany
from orders.models import DeliveryTerms, Order
from orders.pricing import Price
from orders.queries import delivery_terms, latest_order_of

HOW = body("How would you like to get it?")
BY_DELIVERY = body("🛵 *Delivery*: {fee}")
BY_COLLECTION = body("🛍️ *Collection*: free")
BY_COLLECTION_AT = body("🛍️ *Collection*: free, at {address}")
FREE = fragment("free")
FREE_OVER = fragment("{fee}, free from {limit}")
DELIVER = button("Delivery")
COLLECT = button("Collection")
BELOW = body("Our smallest order is {minimum}. Just {missing} to go!")
WHERE = body("Where shall we bring it?\n\nWrite the address, or tap the button to send your location.")
WHERE_AGAIN = body("Shall we bring it here again?\n\n📍 {address}\n\nOr just write another address.")
THIS_ADDRESS = button("Yes, bring it here")
ELSEWHERE = button("Somewhere else")
TOO_SHORT = body("That looks too short for an address. Please write street, number and town, or send your location.")
CHECK = body("Almost there! Is everything right?")
SUBTOTAL_LINE = body("Products: {amount}")
DELIVERY_LINE = body("Delivery: {amount}")
TOTAL_LINE = body("*Total: {amount}*")
TO_ADDRESS = body("🛵 To: {address}")
TO_LOCATION = body("🛵 To: the location you sent")
COLLECT_AT = body("🛍️ You collect it at {address}")
COLLECT_HERE = body("🛍️ You collect it at the shop")
NOTE_LINE = body("📝 {note}")
CONFIRM = button("Order · {total}")
CONFIRM_SHORT = button("Place the order")
ADD_NOTE = button("Add a note")
CHANGE_NOTE = button("Change the note")
CHANGE = button("Change delivery")
NOTE = body("What should we know? A gate code, an allergy, a name on the cake… Just write it.")
PRICE_CHANGED = body("A price has changed since I showed you the total. It is {total} now. Is that all right?")
WAY_GONE = body("Sorry, we do not offer that any more.")
ALREADY = body("You have already placed that order. 👍")
BASKET_EMPTY = body("Your basket is empty. Shall we fill it?")
NOT_ALL = body("Something in your basket is not for sale any more. Please have a look.")
PRODUCTS = button("Browse products")
BASKET = button("My basket")
MENU = button("Menu")

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
    terms = delivery_terms()
    if missing := max(0, terms.minimum_cents - filled.subtotal_cents):
        words = say(BELOW, minimum=talk.money(terms.minimum_cents), missing=talk.money(missing))
        return Move(to="basket.show", say=[words])
    talk.memory["checkout"] = {**_kept(talk), "key": talk.incoming.wamid}
    if terms.delivery_enabled and terms.collection_enabled:
        return Move(to="checkout.way")
    return deliver(talk) if terms.delivery_enabled else collect(talk)


@on_choice("checkout.deliver")
def deliver(talk: Talk) -> Move:
    _keep(talk, fulfilment="delivery")
    return Move(to="checkout.address")


@on_choice("checkout.collect")
def collect(talk: Talk) -> Move:
    _keep(talk, fulfilment="collection")
    return Move(to="checkout.summary")


@on_choice("checkout.elsewhere")
def elsewhere(talk: Talk) -> Move:
    _keep(talk, fulfilment="delivery")
    return Move(to="checkout.address", data={"elsewhere": True})


@on_choice("checkout.saved", int)
def saved_address(talk: Talk, address_id: int) -> Move:
    address = Address.objects.filter(customer=talk.customer, pk=address_id).first()
    if address is None:
        return elsewhere(talk)
    return _bring_to(talk, address.text, address.latitude, address.longitude)


@on_choice("checkout.note")
def note(talk: Talk) -> Move:
    return Move(to="checkout.note")


@on_choice("checkout.confirm", int)
def confirm(talk: Talk, total_cents: int) -> Move:
    """Place the order at the total on the button. A second tap shows the order again instead of making another."""
    kept = _kept(talk)
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
        terms = delivery_terms()
        words = f"{HOW}\n\n{say(BY_DELIVERY, fee=_fee_words(talk, terms)).body}\n{_collection_words(terms)}"
        return [Buttons(words, (Choice("checkout.deliver", str(DELIVER)), Choice("checkout.collect", str(COLLECT))))]

    def hear(self, talk: Talk) -> Move | None:
        plain = plain_words(talk.text)
        if talk.incoming.kind is IncomingKind.LOCATION or plain in DELIVERY_WORDS:
            _keep(talk, fulfilment="delivery")
            place = talk.incoming.location
            return _bring_to_place(talk, place) if place else Move(to="checkout.address")
        return collect(talk) if plain in COLLECTION_WORDS else None


@state
class WhereTo(State):
    name = "checkout.address"

    def ask(self, talk: Talk) -> Sequence[Reply]:
        last = None if talk.data.get("elsewhere") else Address.objects.filter(customer=talk.customer).first()
        if last is None:
            return [AskLocation(str(WHERE))]
        words = say(WHERE_AGAIN, address=last.text or f"{last.latitude}, {last.longitude}").body
        here = Choice(f"checkout.saved:{last.pk}", str(THIS_ADDRESS))
        return [Buttons(words, (here, Choice("checkout.elsewhere", str(ELSEWHERE))))]

    def hear(self, talk: Talk) -> Move | None:
        if talk.incoming.location:
            return _bring_to_place(talk, talk.incoming.location)
        if talk.incoming.kind is not IncomingKind.TEXT:
            return None
        if len(talk.text) < SHORTEST_ADDRESS:
            return Move(to="checkout.address", say=[say(TOO_SHORT)], data={"elsewhere": True})
        return _bring_to(talk, talk.text, None, None)


@state
class Summary(State):
    name = "checkout.summary"

    def ask(self, talk: Talk) -> Sequence[Reply]:
        kept = _kept(talk)
        try:
            price = checkout.quote(customer=talk.customer, fulfilment=kept.get("fulfilment", ""))
        except BasketEmpty:
            return [Buttons(str(BASKET_EMPTY), (Choice("browse", str(PRODUCTS)), Choice("menu", str(MENU))))]
        except NotOnSale:
            return [Buttons(str(NOT_ALL), (Choice("cart", str(BASKET)), Choice("menu", str(MENU))))]
        talk.data["total"] = price.total_cents
        return [Buttons(_summary_words(talk, kept, price), _summary_buttons(talk, kept, price))]

    def hear(self, talk: Talk) -> Move | None:
        """“Yes” agrees to the total that was shown."""
        if plain_words(talk.text) in YES_WORDS and "total" in talk.data:
            return confirm(talk, talk.data["total"])
        if talk.incoming.location and _kept(talk).get("fulfilment") == "delivery":
            return _bring_to_place(talk, talk.incoming.location)
        return None


@state
class AskNote(State):
    name = "checkout.note"

    def ask(self, talk: Talk) -> Sequence[Reply]:
        return [Text(str(NOTE))]

    def hear(self, talk: Talk) -> Move | None:
        if talk.incoming.kind is not IncomingKind.TEXT:
            return None
        _keep(talk, note=talk.text[:500])
        return Move(to="checkout.summary")


def _kept(talk: Talk) -> dict[str, Any]:
    return dict(talk.memory.get("checkout") or {})


def _keep(talk: Talk, **answers: Any) -> None:
    talk.memory["checkout"] = {"key": talk.incoming.wamid, **_kept(talk), **answers}


def _bring_to(talk: Talk, text: str, latitude: Decimal | float | None, longitude: Decimal | float | None) -> Move:
    _keep(
        talk,
        fulfilment="delivery",
        address=text[:400],
        latitude=None if latitude is None else float(latitude),
        longitude=None if longitude is None else float(longitude),
    )
    return Move(to="checkout.summary")


def _bring_to_place(talk: Talk, place: Place) -> Move:
    text = ", ".join(part for part in (place.name, place.address) if part)
    return _bring_to(talk, text, round(place.latitude, 6), round(place.longitude, 6))


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
        _remember_address(talk, order)
    talk.memory.pop("checkout", None)
    return Move(to="checkout.placed", say=[paying.pay_link(talk, order, at=talk.at, is_new=True)])


def _remember_address(talk: Talk, order: Order) -> None:
    latitude, longitude = (
        None if degrees is None else Decimal(str(degrees)) for degrees in (order.latitude, order.longitude)
    )
    people.remember_address(
        customer=talk.customer, text=order.address_text, latitude=latitude, longitude=longitude, at=talk.at
    )


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


def _fee_words(talk: Talk, terms: DeliveryTerms) -> str:
    if not terms.delivery_fee_cents:
        return str(FREE)
    fee = talk.money(terms.delivery_fee_cents)
    if terms.free_delivery_over_cents is None:
        return fee
    return str(FREE_OVER.format(fee=fee, limit=talk.money(terms.free_delivery_over_cents)))


def _collection_words(terms: DeliveryTerms) -> str:
    if terms.collection_address:
        return say(BY_COLLECTION_AT, address=terms.collection_address).body
    return str(BY_COLLECTION)


def _summary_words(talk: Talk, kept: dict[str, Any], price: Price) -> str:
    filled = basket.basket_of(talk.customer, language=talk.language)
    amounts = [say(TOTAL_LINE, amount=talk.money(price.total_cents)).body]
    if kept.get("fulfilment") == "delivery":
        delivery = talk.money(price.delivery_cents) if price.delivery_cents else str(FREE)
        amounts.insert(0, say(DELIVERY_LINE, amount=delivery).body)
    parts = [
        str(CHECK),
        buying.listed([buying.line_words(talk, line) for line in filled.lines]),
        "\n".join(amounts),
        "\n".join(_where_words(kept)),
    ]
    return "\n\n".join(parts)


def _where_words(kept: dict[str, Any]) -> list[str]:
    words = [_place_words(kept)]
    if kept.get("note"):
        words.append(say(NOTE_LINE, note=kept["note"][:200]).body)
    return words


def _place_words(kept: dict[str, Any]) -> str:
    if kept.get("fulfilment") == "delivery":
        return say(TO_ADDRESS, address=kept["address"]).body if kept.get("address") else str(TO_LOCATION)
    address = delivery_terms().collection_address
    return say(COLLECT_AT, address=address).body if address else str(COLLECT_HERE)


def _summary_buttons(talk: Talk, kept: dict[str, Any], price: Price) -> tuple[Choice, ...]:
    title = str(CONFIRM).format(total=talk.money(price.total_cents))
    if limits.length(title) > limits.BUTTON_TITLE:
        title = str(CONFIRM_SHORT)
    return (
        Choice(f"checkout.confirm:{price.total_cents}", title),
        Choice("checkout.note", str(CHANGE_NOTE if kept.get("note") else ADD_NOTE)),
        Choice("checkout", str(CHANGE)),
    )
