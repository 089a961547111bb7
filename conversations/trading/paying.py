"""The message that asks for money: our own link, never a gateway's."""

from datetime import datetime

from conversations import ways
from conversations.talk import Voice, say
from conversations.trading.clock import time_words
from conversations.transport.replies import Buttons, Link
from conversations.transport.rules import limits
from conversations.words import body, button
from orders.models import Order
from payments.errors import NothingToPay, NoWayToPay, OrderNotPayable
from payments.services import request_payment

THANKS = body("Thank you! Your order is *#{number}*.")
WAITING = body("Order *#{number}* is waiting for your payment.")
TOTAL = body("Total: *{total}*")
UNTIL = body("We keep everything for you until {time}.")
PAY = button("Pay {total}")
PAY_SHORT = button("Pay now")
TOO_LATE = body("Order *#{number}* can no longer be paid. You are welcome to order again!")
NO_WAY = body("I cannot make a payment link right now, so our team will tell you how to pay. Shall I call somebody?")


def pay_link(voice: Voice, order: Order, *, at: datetime, is_new: bool = False) -> Link | Buttons:
    """Ask for the money of `order`; an earlier link to it stops working. Says kindly if there is no way to pay."""
    try:
        url = request_payment(order=order, at=at)
    except (NothingToPay, OrderNotPayable):
        words = say(TOO_LATE, number=order.number).body
        return Buttons(words, (ways.to_products(), ways.to_menu()))
    except NoWayToPay:
        words = f"{say(THANKS if is_new else WAITING, number=order.number).body}\n\n{NO_WAY}"
        return Buttons(words, (ways.to_person(), ways.to_menu()))
    total = voice.money(order.total_cents)
    words = f"{say(THANKS if is_new else WAITING, number=order.number).body}\n\n{say(TOTAL, total=total).body}"
    if order.expires_at:
        words = f"{words}\n{say(UNTIL, time=time_words(voice, order.expires_at)).body}"
    return Link(words, label_for(total), url)


def label_for(total: str) -> str:
    """`Pay R 153.00`, or `Pay now` where the amount leaves no room."""
    label = str(PAY).format(total=total)
    return label if limits.length(label) <= limits.LINK_LABEL else str(PAY_SHORT)
