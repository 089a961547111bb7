"""The words before an order: how it can be handed over and at what fee, and the last look at everything."""

from typing import Any

from conversations.talk import Talk, say
from conversations.trading import buying
from conversations.transport.replies import Choice
from conversations.transport.rules import limits
from conversations.words import body, button, fragment
from orders import basket
from orders.models import DeliveryTerms
from orders.pricing import Price
from orders.queries import delivery_terms

HOW = body("How would you like to get it?")
BY_DELIVERY = body("🛵 *Delivery*: {fee}")
BY_COLLECTION = body("🛍️ *Collection*: free")
BY_COLLECTION_AT = body("🛍️ *Collection*: free, at {address}")
FREE = fragment("free")
FREE_OVER = fragment("{fee}, free from {limit}")
CHECK = body("Almost there! Is everything right?")
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


def ways_words(talk: Talk, terms: DeliveryTerms) -> str:
    """Both ways to get an order and what each costs."""
    return f"{HOW}\n\n{say(BY_DELIVERY, fee=fee_words(talk, terms)).body}\n{collection_words(terms)}"


def fee_words(talk: Talk, terms: DeliveryTerms) -> str:
    if not terms.delivery_fee_cents:
        return str(FREE)
    fee = talk.money(terms.delivery_fee_cents)
    if terms.free_delivery_over_cents is None:
        return fee
    return str(FREE_OVER.format(fee=fee, limit=talk.money(terms.free_delivery_over_cents)))


def collection_words(terms: DeliveryTerms) -> str:
    if terms.collection_address:
        return say(BY_COLLECTION_AT, address=terms.collection_address).body
    return str(BY_COLLECTION)


def summary_words(talk: Talk, kept: dict[str, Any], price: Price) -> str:
    filled = basket.basket_of(talk.customer, language=talk.language)
    amounts = [say(TOTAL_LINE, amount=talk.money(price.total_cents)).body]
    if kept.get("fulfilment") == "delivery":
        delivery = talk.money(price.delivery_cents) if price.delivery_cents else str(FREE)
        amounts.insert(0, say(DELIVERY_LINE, amount=delivery).body)
    parts = [
        str(CHECK),
        buying.listed([buying.line_words(talk, line) for line in filled.lines]),
        "\n".join(amounts),
        "\n".join(_where_words(talk, kept)),
    ]
    return "\n\n".join(parts)


def _where_words(talk: Talk, kept: dict[str, Any]) -> list[str]:
    words = [_place_words(talk, kept)]
    if kept.get("note"):
        words.append(say(NOTE_LINE, note=kept["note"][:200]).body)
    return words


def _place_words(talk: Talk, kept: dict[str, Any]) -> str:
    if kept.get("fulfilment") == "delivery":
        return say(TO_ADDRESS, address=kept["address"]).body if kept.get("address") else str(TO_LOCATION)
    address = talk.once("terms", delivery_terms).collection_address
    return say(COLLECT_AT, address=address).body if address else str(COLLECT_HERE)


def summary_buttons(talk: Talk, kept: dict[str, Any], price: Price) -> tuple[Choice, ...]:
    title = str(CONFIRM).format(total=talk.money(price.total_cents))
    if limits.length(title) > limits.BUTTON_TITLE:
        title = str(CONFIRM_SHORT)
    return (
        Choice(f"checkout.confirm:{price.total_cents}", title),
        Choice("checkout.note", str(CHANGE_NOTE if kept.get("note") else ADD_NOTE)),
        Choice("checkout", str(CHANGE)),
    )
