"""Messages that arrive together, twice, or out of order."""

from datetime import timedelta

from django.utils import timezone

from conversations.models import Conversation, Message, MessageStatus, TurnTrace
from conversations.transport.models import OutboxItem
from conversations.transport.ports import MessageReceipt, SendResult, SendState, store
from conversations.transport.types import Receipt, ReceiptStatus
from orders.models import BasketLine, Order
from tests.journeys.chat import Customer, chat
from tests.journeys.conftest import Bakery


def _text(words: str) -> dict[str, object]:
    return {"type": "text", "text": {"body": words}}


def test_two_messages_at_once_get_one_answer(thandi: Customer) -> None:
    thandi.says("hi")

    assert thandi.sends(_text("sourdough"), _text("loaf")).startswith("*Sourdough loaf*")
    assert Message.objects.filter(direction="in").count() == 3
    assert Message.objects.filter(direction="out").count() == 2
    first, last = TurnTrace.objects.order_by("-pk")[:2][::-1]
    assert first.steps == [{"step": "together", "detail": f"answered together with message {last.message_id}"}]


def test_a_hello_and_a_question_at_once(thandi: Customer) -> None:
    assert thandi.sends(_text("Hi"), _text("rye")) == chat("""
        *Rye loaf*

        *R52,00* · in stock
        [Add to basket] [See more] [My basket]
    """)


def test_a_question_that_was_answered_is_not_lost_behind_the_menu(thandi: Customer) -> None:
    thandi.says("hi")

    assert thandi.sends(_text("points"), _text("menu")).startswith(
        "You have no points yet. Every order you pay for earns you some. ⭐\n\nWhat would you like to do?"
    )


def test_an_address_in_two_messages_is_one_address(bakery: Bakery, thandi: Customer) -> None:
    thandi.says("hi")
    thandi.taps_id(f"cart.add:{bakery.variant['Rye loaf'].pk}")
    thandi.taps("Check out")
    thandi.taps("Delivery")

    assert "🛵 To: 7 Kloof Street\nGardens" in thandi.sends(_text("7 Kloof Street"), _text("Gardens"))


def test_two_taps_on_add_are_two_pieces(bakery: Bakery, thandi: Customer) -> None:
    thandi.says("rye")
    tap = thandi.tap_on("Add to basket")

    assert thandi.sends(tap, tap) == chat("""
        Done! ✓ 2 × Rye loaf.
        Your basket: 2 items, R104,00.
        [Check out] [Keep shopping] [My basket]
    """)


def test_two_taps_on_order_are_one_order(bakery: Bakery, thandi: Customer) -> None:
    thandi.says("rye")
    for title in ("Add to basket", "Check out", "Collection"):
        thandi.taps(title)
    tap = thandi.tap_on("Order · R52,00")

    assert thandi.sends(tap, tap) == chat(f"""
        Thank you! Your order is *#1001*.

        Total: *R52,00*
        We keep everything for you until {thandi.until()}.
        [→ Pay R52,00]
    """)
    assert thandi.taps("Order · R52,00") == chat(f"""
        You have already placed that order. 👍

        Order *#1001* is waiting for your payment.

        Total: *R52,00*
        We keep everything for you until {thandi.until()}.
        [→ Pay R52,00]
    """)
    assert Order.objects.count() == 1


def test_the_same_delivery_again_changes_nothing(bakery: Bakery, thandi: Customer) -> None:
    thandi.says("rye")
    body = thandi.payload(thandi.tap_on("Add to basket"))
    thandi.deliver(body)
    assert thandi.sees().startswith("Done! ✓ 1 × Rye loaf.")
    before = (Message.objects.count(), TurnTrace.objects.count(), OutboxItem.objects.count())

    for _again in range(3):
        thandi.deliver(body)

    assert thandi.sees() == ""
    assert (Message.objects.count(), TurnTrace.objects.count(), OutboxItem.objects.count()) == before
    assert BasketLine.objects.get().quantity == 1


def test_statuses_before_their_message_are_kept_and_settle_it(thandi: Customer) -> None:
    thandi.says("hi")
    message = Message.objects.filter(direction="out").latest("pk")
    Message.objects.filter(pk=message.pk).update(state="queued", wamid=None)
    at = timezone.now()
    read = Receipt("wamid.EARLY", ReceiptStatus.READ, at, token=message.token)
    delivered = Receipt("wamid.EARLY", ReceiptStatus.DELIVERED, at - timedelta(seconds=1), token=message.token)

    store().receive(thandi.shop, [MessageReceipt(message.pk, read), MessageReceipt(message.pk, delivered)])
    store().receive(thandi.shop, [MessageReceipt(message.pk, read)])
    store().report(thandi.shop, [SendResult(message.pk, SendState.SENT, at, wamid="wamid.EARLY")])

    message.refresh_from_db()
    assert (message.state, message.wamid) == ("read", "wamid.EARLY")
    assert sorted(MessageStatus.objects.values_list("status", flat=True)) == ["delivered", "read"]


def test_a_status_nobody_can_place_is_kept(thandi: Customer) -> None:
    thandi.says("hi")
    stray = Receipt("wamid.STRAY", ReceiptStatus.SENT, timezone.now())

    store().receive(thandi.shop, [MessageReceipt(None, stray)])

    assert MessageStatus.objects.get().message is None


def test_a_refused_message_tells_why_and_a_failure_never_outranks_a_delivery(thandi: Customer) -> None:
    thandi.says("hi")
    message = Message.objects.filter(direction="out").latest("pk")
    at = timezone.now()
    failed = SendResult(message.pk, SendState.FAILED, at, error_code=131047, error_text="The 24 hours are over.")
    Message.objects.filter(pk=message.pk).update(state="queued")

    store().report(thandi.shop, [failed])
    message.refresh_from_db()
    assert (message.state, message.error_code, message.error_text) == ("failed", "131047", "The 24 hours are over.")

    store().receive(thandi.shop, [MessageReceipt(message.pk, Receipt("wamid.X", ReceiptStatus.DELIVERED, at))])
    message.refresh_from_db()
    assert (message.state, message.error_code) == ("delivered", "")


def test_a_question_of_yesterday_is_not_taken_for_an_answer(bakery: Bakery, thandi: Customer) -> None:
    thandi.says("rye")
    for title in ("Add to basket", "Check out", "Delivery"):
        thandi.taps(title)
    Conversation.objects.update(last_inbound_at=timezone.now() - timedelta(hours=13))

    assert thandi.says("sourdough").startswith("*Sourdough loaf*")
    # What was begun is not lost: the basket is still there.
    assert BasketLine.objects.count() == 1
