"""The message that asks for money: our own link, never a gateway's."""

from conversations.clock import time_words
from conversations.talk import Talk, say
from conversations.transport import limits
from conversations.transport.replies import Link
from conversations.words import body, button
from orders.models import Order
from payments.services import request_payment

THANKS = body("Thank you! Order *#{number}* is ready to be paid.")
WAITING = body("Order *#{number}* is waiting for your payment.")
TOTAL = body("Total: *{total}*")
UNTIL = body("We keep everything for you until {time}.")
PAY = button("Pay {total}")
PAY_SHORT = button("Pay now")


def pay_link(talk: Talk, order: Order, *, is_new: bool = False) -> Link:
    """Ask for the money of `order`; an earlier link to it stops working."""
    url = request_payment(order=order, at=talk.at)
    talk.trace("called", f"asked for the payment of #{order.number}")
    total = talk.money(order.total_cents)
    words = f"{say(THANKS if is_new else WAITING, number=order.number).body}\n\n{say(TOTAL, total=total).body}"
    if order.expires_at:
        words = f"{words}\n{say(UNTIL, time=time_words(talk, order.expires_at)).body}"
    return Link(words, label_for(total), url)


def label_for(total: str) -> str:
    """`Pay R 153.00`, or `Pay now` where the amount leaves no room."""
    label = str(PAY).format(total=total)
    return label if limits.length(label) <= limits.LINK_LABEL else str(PAY_SHORT)
