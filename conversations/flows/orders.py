"""Orders: where they are, what was in them, and the link to pay one that waits."""

from collections.abc import Sequence
from typing import Final

from conversations import ways
from conversations.registry import on_choice, on_word, state
from conversations.talk import Move, State, Talk, say
from conversations.trading import buying, paying
from conversations.trading.choosing import choices
from conversations.trading.clock import day_words
from conversations.trading.summary import DELIVERY_LINE, NOTE_LINE
from conversations.transport.replies import Buttons, Choice, Reply
from conversations.words import body, button, fragment
from orders.errors import UnknownOrder
from orders.models import Order
from orders.queries import order_of, orders_of

NONE_YET = body("You have not ordered anything yet. Shall we change that?")
YOUR_ORDERS = body("Your latest orders. Tap one to see where it is.")
SEE_ORDERS = button("See orders")
NOT_YOURS = body("I cannot find that order. These are yours:")
ORDER = body("*Order #{number}* · {day}\n{state}")
TOTAL = body("Total: *{total}*")
TO_ADDRESS = body("🛵 To: {address}")
TO_LOCATION = body("🛵 To: the location you sent")
ROW = fragment("{state} · {items} · {day}")
ALL_ORDERS = button("All my orders")

# How far back the list goes, in pages.
MOST = 54

# What each state of an order means to whoever waits for it.
STATES: Final = {
    Order.State.PLACED: fragment("⏳ Waiting for payment"),
    Order.State.PAID: fragment("✅ Paid"),
    Order.State.PREPARING: fragment("📦 Being prepared"),
    Order.State.READY: fragment("🛍️ Ready"),
    Order.State.SHIPPED: fragment("🛵 On its way"),
    Order.State.DELIVERED: fragment("🎉 Delivered"),
    Order.State.CANCELLED: fragment("Cancelled"),
    Order.State.REFUNDED: fragment("Refunded"),
    Order.State.EXPIRED: fragment("Not paid in time"),
}
COLLECTED = fragment("🎉 Collected")


@on_choice("orders", int)
@on_word(
    "orders",
    en=(
        "orders", "order", "my orders", "my order", "order status", "status", "track", "track order", "track my order",
        "where is my order", "wheres my order",
    ),
    it=(
        "ordini", "i miei ordini", "ordine", "il mio ordine", "stato ordine", "stato dell'ordine",
        "dov'è il mio ordine", "traccia ordine",
    ),
)  # fmt: skip
def orders(talk: Talk, page: int = 0) -> Move:
    found = orders_of(talk.customer, limit=2)
    return _show(talk, found[0]) if len(found) == 1 else Move(to="orders", data={"page": page})


@on_choice("order", int)
def order(talk: Talk, order_id: int) -> Move:
    try:
        return _show(talk, order_of(talk.customer, order_id))
    except UnknownOrder:
        return Move(to="orders", say=[say(NOT_YOURS)])


@state
class Orders(State):
    name = "orders"

    def ask(self, talk: Talk) -> Sequence[Reply]:
        found = orders_of(talk.customer, limit=MOST)
        if not found:
            return [Buttons(str(NONE_YET), (ways.to_products(), ways.to_menu()))]
        rows = [_row(talk, known) for known in found]
        page = talk.data.get("page", 0)
        return [choices(str(YOUR_ORDERS), rows, label=str(SEE_ORDERS), page=page, more_id="orders")]


@state
class OneOrder(State):
    name = "orders.one"
    is_answer = True

    def ask(self, talk: Talk) -> Sequence[Reply]:
        found = order_of(talk.customer, talk.data["order"])
        offered = (Choice("orders", str(ALL_ORDERS)), ways.to_menu(), ways.to_person())
        return [Buttons(_words(talk, found), offered)]


@state
class Waiting(State):
    """The link to pay is out; nothing more is asked."""

    name = "orders.waiting"


def _show(talk: Talk, found: Order) -> Move:
    talk.trace("looked", f"order #{found.number} is {found.state}")
    if found.state == Order.State.PLACED:
        return Move(to="orders.waiting", say=[paying.pay_link(talk, found, at=talk.at)])
    return Move(to="orders.one", data={"order": found.pk})


def state_words(found: Order) -> str:
    if found.state == Order.State.DELIVERED and found.fulfilment == Order.Fulfilment.COLLECTION:
        return str(COLLECTED)
    return str(STATES.get(Order.State(found.state), found.state))


def _row(talk: Talk, found: Order) -> Choice:
    count = sum(line.quantity for line in found.lines.all())
    hint = ROW.format(
        state=state_words(found),
        items=buying.ITEMS.format(count=count),
        day=day_words(talk, found.created_at, at=talk.at),
    )
    return Choice(f"order:{found.pk}", f"#{found.number} · {talk.money(found.total_cents)}", str(hint))


def _words(talk: Talk, found: Order) -> str:
    head = say(
        ORDER, number=found.number, day=day_words(talk, found.created_at, at=talk.at), state=state_words(found)
    ).body
    lines = [
        f"{line.quantity} × {buying.full_name(line.name, line.variant_name)} – {talk.money(line.total_cents)}"
        for line in found.lines.all()
    ]
    tail = [say(TOTAL, total=talk.money(found.total_cents)).body]
    if found.delivery_cents:
        tail.insert(0, say(DELIVERY_LINE, amount=talk.money(found.delivery_cents)).body)
    if found.fulfilment == Order.Fulfilment.DELIVERY:
        tail.append(say(TO_ADDRESS, address=found.address_text).body if found.address_text else str(TO_LOCATION))
    if found.note:
        tail.append(say(NOTE_LINE, note=found.note[:200]).body)
    return "\n\n".join([head, buying.listed(lines), "\n".join(tail)])
