"""News from below, told to the customer: one message an event, in their language. Only rows are written here."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from django.dispatch import receiver
from django.utils import timezone
from django.utils.translation import override

from conversations import notifications, outbox
from conversations.inbox.thread_numbers import thread_for_notification
from conversations.models import ChatSettings, Conversation
from conversations.standing_in import StandIn, attach
from conversations.talk import Voice
from conversations.transport.door.endpoints import ensure_payment_endpoint
from conversations.transport.replies import Reply
from loyalty.models import Customer
from loyalty.signals import points_earned
from loyalty.types import Award
from orders.models import Order
from orders.signals import order_moved, order_paid
from payments.models import GatewayAccount, PaymentAttempt, Refund
from payments.queries import attempts_of, has_refunds
from payments.signals import (
    gateway_account_added,
    payment_failed,
    payment_investigated,
    payment_needs_review,
    refund_failed,
    refund_succeeded,
)
from tenants.context import current_shop
from tenants.models import Shop
from tenants.signals import tenant_provisioned


@receiver(tenant_provisioned)
def start_chat(shop: Shop, **_signal: Any) -> None:
    """A new shop's chat behaves as usual until somebody changes it."""
    ChatSettings.objects.get_or_create(pk=1)


@receiver(gateway_account_added)
def open_payment_address(account: GatewayAccount, secret: str, scheme: str, **_signal: Any) -> None:
    """Give a payment account the address its notifications come to."""
    ensure_payment_endpoint(
        shop_id=current_shop().pk,
        reference=str(account.pk),
        opaque=account.opaque,
        secret=secret,
        scheme=scheme,
    )


@receiver(order_paid)
def tell_paid(order: Order, award: Award, **_signal: Any) -> None:
    """The payment and the points it earned, in one message."""
    with _telling(order.customer, order.language) as (conversation, voice):
        if conversation:
            told = [notifications.paid(voice, order, award)]
            _tell(conversation, told, cause=f"order:{order.pk}:paid", stand_in=notifications.stand_in(voice, order))


@receiver(order_moved)
def tell_moved(order: Order, from_state: str, to_state: str, **_signal: Any) -> None:
    """Every later step of an order that its customer waits for; money that came back is told with its amount."""
    if to_state == Order.State.REFUNDED and has_refunds(order.pk):
        return
    with _telling(order.customer, order.language) as (conversation, voice):
        reply = notifications.moved(voice, order) if conversation else None
        if conversation and reply:
            _tell(
                conversation,
                [reply],
                cause=f"order:{order.pk}:{to_state}",
                stand_in=notifications.stand_in(voice, order),
            )


@receiver(payment_failed)
def tell_failed(order: Order, reason: str, **_signal: Any) -> None:
    """A try to pay that brought no money, with a fresh link."""
    with _telling(order.customer, order.language) as (conversation, voice):
        if conversation:
            tries = len(attempts_of(order.pk))
            reply = notifications.payment_failed(voice, order, at=timezone.now())
            _tell(conversation, [reply], cause=f"order:{order.pk}:failed:{tries}")


@receiver(payment_investigated)
def tell_investigated(order: Order, attempt: PaymentAttempt, **_signal: Any) -> None:
    """A bank that gave no clear answer: the customer must not pay again, and the shop must know."""
    with _telling(order.customer, order.language) as (conversation, _voice):
        if conversation:
            cause = f"attempt:{attempt.pk}:investigated"
            _tell(conversation, [notifications.payment_investigated(order)], cause=cause)
            Conversation.objects.filter(pk=conversation.pk).update(needs_person=True)


@receiver(payment_needs_review)
def tell_review(order: Order, attempt: PaymentAttempt, **_signal: Any) -> None:
    """Money that a person must look at: the customer is told, and the thread waits for somebody."""
    with _telling(order.customer, order.language) as (conversation, _voice):
        if conversation:
            _tell(conversation, [notifications.in_review(order)], cause=f"attempt:{attempt.pk}:review")
            Conversation.objects.filter(pk=conversation.pk).update(needs_person=True)


@receiver(refund_succeeded)
def tell_refund(order: Order, refund: Refund, **_signal: Any) -> None:
    """The money went back."""
    with _telling(order.customer, order.language) as (conversation, voice):
        if conversation:
            told = [notifications.given_back(voice, order, refund)]
            _tell(
                conversation,
                told,
                cause=f"refund:{refund.pk}",
                stand_in=notifications.stand_in_for_refund(voice, order),
            )


@receiver(refund_failed)
def ask_for_somebody(order: Order, refund: Refund, **_signal: Any) -> None:
    """A promised refund did not happen: the thread waits for a person, the customer is told by them."""
    conversation = thread_for_notification(order.customer)
    if conversation:
        Conversation.objects.filter(pk=conversation.pk).update(needs_person=True)


@receiver(points_earned)
def tell_points(customer: Customer, points: int, balance: int, reference: str, **_signal: Any) -> None:
    """Points for anything but an order: those are told with the payment."""
    if reference.startswith("#"):
        return
    with _telling(customer, customer.language) as (conversation, _voice):
        if conversation:
            cause = f"points:{customer.pk}:{reference}:{balance}"
            _tell(conversation, [notifications.points(points, balance)], cause=cause)


@contextmanager
def _telling(customer: Customer, language: str) -> Iterator[tuple[Conversation | None, Voice]]:
    """Where the customer is reached, if anywhere, and the voice to speak with, in their language."""
    conversation = thread_for_notification(customer)
    spoken = (conversation.language if conversation else "") or customer.language or language or "en"
    with override(spoken):
        yield conversation, Voice(current_shop(), spoken)


def _tell(conversation: Conversation, replies: Sequence[Reply], *, cause: str, stand_in: StandIn | None = None) -> None:
    """Say it once; `stand_in` is said instead should the window be closed when it leaves."""
    messages = outbox.enqueue(conversation=conversation, replies=replies, cause=cause, speaker=outbox.SYSTEM)
    if messages and stand_in:
        attach(messages[0], stand_in)
