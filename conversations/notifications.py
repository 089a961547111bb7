"""The words of what happened to an order: what a customer is told without having asked."""

from dataclasses import replace
from datetime import datetime
from typing import Final

from conversations import ways
from conversations.standing_in import StandIn
from conversations.talk import Voice, say
from conversations.templates.knowing import PURPOSES
from conversations.trading.paying import pay_link
from conversations.transport.replies import Buttons, Choice, Link, Reply, Text
from conversations.words import body, button, plural
from loyalty.types import Award
from orders.models import Order
from orders.queries import delivery_terms
from payments.models import Refund
from shopme.lib.money import format_money

PAID = body("Thank you, your payment is here! ✅ Order *#{number}* is confirmed.")
PAID_DELIVERY = body("I will write when it is on its way.")
PAID_COLLECTION = body("I will write when you can collect it.")
EARNED = plural("You earned *{count} point*", "You earned *{count} points*", "count")
NOW_HAVE = plural("and now have {count}. ⭐", "and now have {count}. ⭐", "count")
POINTS = body("{earned} {balance}")
PREPARING = body("We are preparing order *#{number}* now. 📦")
READY = body("Order *#{number}* is ready. 🎉 It will be on its way to you soon.")
READY_HERE = body("Order *#{number}* is ready. 🎉 You can collect it now.")
READY_AT = body("Order *#{number}* is ready. 🎉 You can collect it at {address}.")
SHIPPED = body("Order *#{number}* is on its way to you! 🛵")
DELIVERED = body("Order *#{number}* has arrived. Enjoy it! 🎉")
COLLECTED = body("Thank you for collecting order *#{number}*. Enjoy it! 🎉")
CANCELLED = body("Order *#{number}* is cancelled. Nothing was charged.")
REFUNDED = body("Order *#{number}* is cancelled and you get {total} back.")
GIVEN_BACK = body("You get {amount} back for order *#{number}*. It can take a few days until you see it. 💳")
EXPIRED = body("Order *#{number}* was not paid in time, so I have put everything back. Order again whenever you like!")
FAILED = body(
    "The payment for order *#{number}* did not go through, and nothing was charged. Would you like to try again?"
)
REVIEW = body("We have a question about a payment for order *#{number}*. Somebody of our team will write to you here.")
INVESTIGATED = body(
    "Your bank has not said clearly whether the payment for order *#{number}* went through. We are asking, which may take "
    "a few days. Please do not pay again; we will write to you here."
)
SEE_ORDER = button("See the order")
MY_POINTS = button("My points")

_STEPS: Final = {
    Order.State.PREPARING: PREPARING,
    Order.State.SHIPPED: SHIPPED,
    Order.State.CANCELLED: CANCELLED,
    Order.State.EXPIRED: EXPIRED,
}
# Stands for the name of somebody who gave none.
_NOBODY: Final = "👋"
_OVER: Final = (Order.State.CANCELLED, Order.State.EXPIRED, Order.State.REFUNDED)


def paid(voice: Voice, order: Order, award: Award) -> Reply:
    """Payment and points in one breath."""
    following = PAID_DELIVERY if order.fulfilment == Order.Fulfilment.DELIVERY else PAID_COLLECTION
    words = f"{say(PAID, number=order.number).body} {following}"
    if award.points:
        words = f"{words}\n\n{_points_words(award.points, award.balance)}"
    return Buttons(words, (_see(order), Choice("points", str(MY_POINTS)), ways.to_menu()))


def moved(voice: Voice, order: Order) -> Reply | None:
    """What the customer hears of a step; nothing of those told otherwise."""
    words = _step_words(voice, order)
    if not words:
        return None
    if order.state in _OVER:
        return Buttons(words, (ways.to_products(), ways.to_menu()))
    return Buttons(words, (_see(order),))


def given_back(voice: Voice, order: Order, refund: Refund) -> Reply:
    """So much money went back, in part or whole."""
    amount = format_money(refund.amount_cents, refund.currency, voice.language)
    return Buttons(say(GIVEN_BACK, number=order.number, amount=amount).body, (_see(order), ways.to_menu()))


def stand_in(voice: Voice, order: Order) -> StandIn | None:
    """The template that tells of this step when the window is closed; none where it can wait."""
    purpose = PURPOSES.get(Order.State(order.state))
    is_handed_over = order.state == Order.State.DELIVERED and order.fulfilment == Order.Fulfilment.COLLECTION
    return _about(voice, order, purpose) if purpose and not is_handed_over else None


def stand_in_for_refund(voice: Voice, order: Order) -> StandIn:
    """The template that says that something about the order changed; the tap shows what."""
    return _about(voice, order, PURPOSES[Order.State.REFUNDED])


def _about(voice: Voice, order: Order, purpose: str) -> StandIn:
    name = (order.customer.name or order.customer.profile_name).split()
    values = {
        "first_name": name[0] if name else _NOBODY,
        "order_number": f"#{order.number}",
        "shop": voice.shop.name,
    }
    return StandIn(purpose, values, tap=f"order:{order.pk}", language=voice.language)


def payment_failed(voice: Voice, order: Order, *, at: datetime) -> Reply:
    """The bad news with a way out of it."""
    asked = pay_link(voice, order, at=at)
    if isinstance(asked, Link):
        return replace(asked, body=say(FAILED, number=order.number).body)
    return asked


def payment_investigated(order: Order) -> Reply:
    """Nobody knows yet whether the money came."""
    return say(INVESTIGATED, number=order.number)


def in_review(order: Order) -> Reply:
    return say(REVIEW, number=order.number)


def points(earned: int, balance: int) -> Reply:
    """Points that came without an order."""
    return Text(_points_words(earned, balance))


def _points_words(earned: int, balance: int) -> str:
    return say(POINTS, earned=EARNED.format(count=earned), balance=NOW_HAVE.format(count=balance)).body


def _step_words(voice: Voice, order: Order) -> str:
    state, is_collected = order.state, order.fulfilment == Order.Fulfilment.COLLECTION
    if state == Order.State.READY:
        return _ready_words(order) if is_collected else say(READY, number=order.number).body
    if state == Order.State.DELIVERED:
        return say(COLLECTED if is_collected else DELIVERED, number=order.number).body
    if state == Order.State.REFUNDED:
        return say(REFUNDED, number=order.number, total=voice.money(order.total_cents)).body
    step = _STEPS.get(Order.State(state))
    return say(step, number=order.number).body if step else ""


def _ready_words(order: Order) -> str:
    if address := delivery_terms().collection_address:
        return say(READY_AT, number=order.number, address=address).body
    return say(READY_HERE, number=order.number).body


def _see(order: Order) -> Choice:
    return Choice(f"order:{order.pk}", str(SEE_ORDER))
