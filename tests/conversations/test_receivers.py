"""News from below: who is told, in which words, and who is not."""

from datetime import timedelta
from uuid import UUID, uuid4

from django.utils import timezone

from conversations.models import ChatSettings, Conversation, Message
from conversations.transport.models import WebhookEndpoint
from loyalty.identity import recognise
from loyalty.signals import points_earned
from orders.basket import add_to_basket
from orders.checkout import place_order
from orders.fulfilment import mark_paid
from orders.models import Order
from payments.gateways.giving_back import RefundResult, RefundState
from payments.models import PaymentAttempt
from payments.refund_news import resume_refunds
from payments.refunds import apply_refund_result, give_back
from payments.services import ask_gateway, gateway_accounts
from payments.simulator import press
from tenants.models import User
from tests.journeys.chat import Customer
from tests.journeys.conftest import Bakery


def test_a_new_shop_has_chat_settings_and_an_address_for_payment_notices(bakery: Bakery) -> None:
    assert ChatSettings.objects.get().bot_enabled
    (account,) = gateway_accounts()
    endpoint = WebhookEndpoint.objects.get(kind="payment", shop_id=bakery.shop.pk)
    assert (endpoint.opaque, endpoint.reference, endpoint.scheme) == (account.opaque, str(account.pk), "standard")


def test_points_without_an_order_are_told_and_those_of_an_order_come_with_the_payment(thandi: Customer) -> None:
    thandi.says("hi")
    person = thandi.thread.customer

    points_earned.send(sender=None, customer=person, points=1, balance=1, reference="#1001")
    assert thandi.sees() == ""
    points_earned.send(sender=None, customer=person, points=1, balance=40, reference="birthday")
    assert thandi.sees() == "You earned *1 point* and now have 40. ⭐"


def test_somebody_who_never_wrote_is_not_written_to(bakery: Bakery) -> None:
    person, _new = recognise(
        scope="x",
        phone="+27829998877",
        bsuid=None,
        parent_bsuid=None,
        username=None,
        profile_name="",
        at=timezone.now(),
    )
    add_to_basket(customer=person, variant_id=bakery.variant["Rye loaf"].pk)
    order = place_order(customer=person, fulfilment="collection", source="dashboard", source_key="d:1")

    mark_paid(order_id=order.pk, actor_kind="staff", actor_id=1)

    assert Order.objects.get().state == "paid"
    assert not Message.objects.exists()


def test_money_that_needs_a_look_is_told_and_calls_a_person(bakery: Bakery, thandi: Customer) -> None:
    thandi.says("rye")
    for title in ("Add to basket", "Check out", "Collection", "Order · R52,00"):
        thandi.taps(title)
    attempt = thandi.opens_payment()
    from payments.gateways.base import GatewayResult, ResultState
    from payments.services import apply_result

    apply_result(
        attempt_id=attempt.pk,
        result=GatewayResult(
            state=ResultState.PAID,
            gateway_payment_id="p-1",
            amount_cents=100,
            currency="ZAR",
            mode=attempt.mode,
            authoritative=True,
        ),
    )

    assert thandi.sees() == (
        "We have a question about a payment for order *#1001*. Somebody of our team will write to you here."
    )
    assert Conversation.objects.get().needs_person


def test_a_bank_that_is_asked_by_hand_is_told_once_and_calls_a_person(bakery: Bakery, thandi: Customer) -> None:
    thandi.says("rye")
    for title in ("Add to basket", "Check out", "Collection", "Order · R52,00"):
        thandi.taps(title)
    attempt = thandi.opens_payment()
    from payments.gateways.base import GatewayResult, ResultState
    from payments.services import apply_result

    for _ in range(2):
        apply_result(attempt_id=attempt.pk, result=GatewayResult(ResultState.INVESTIGATED))

    assert thandi.sees() == (
        "Your bank has not said clearly whether the payment for order *#1001* went through. We are asking, which may take "
        "a few days. Please do not pay again; we will write to you here."
    )
    assert Message.objects.filter(text__contains="has not said clearly").count() == 1
    assert Conversation.objects.get().needs_person


def _paid_order(thandi: Customer) -> PaymentAttempt:
    """The payment of an order of R52,00 that she placed, paid for and was told of."""
    thandi.says("rye")
    for title in ("Add to basket", "Check out", "Collection", "Order · R52,00"):
        thandi.taps(title)
    attempt = thandi.opens_payment()
    press(checkout_id=UUID(str(attempt.gateway_checkout_id)), button="pay")
    ask_gateway(attempt_id=attempt.pk, now=timezone.now() + timedelta(seconds=10))
    assert "your payment is here" in thandi.sees()
    return attempt


def test_money_given_back_is_told_with_its_own_amount_and_not_a_second_time_by_the_order(
    bakery: Bakery, thandi: Customer
) -> None:
    attempt = _paid_order(thandi)
    manager = User.objects.create_user("refunds@bakery.example", name="Lerato")
    for cents, words in ((20_00, "R20,00"), (None, "R32,00")):
        give_back(attempt_id=attempt.pk, amount_cents=cents, reason="stale", request_id=uuid4(), actor=manager)
        before = Message.objects.filter(direction="out").count()
        resume_refunds(now=timezone.now() + timedelta(minutes=2))
        assert thandi.sees() == (
            f"You get {words} back for order *#1001*. It can take a few days until you see it. 💳"
            "\n[See the order] [Menu]"
        )
        assert Message.objects.filter(direction="out").count() == before + 1
    said = Message.objects.filter(direction="out").latest("id")
    assert said.content["stand_in"]["purpose"] == "order_changed"
    assert Order.objects.get().state == "refunded"


def test_a_promised_refund_that_fails_calls_a_person_and_tells_the_customer_nothing(
    bakery: Bakery, thandi: Customer
) -> None:
    attempt = _paid_order(thandi)
    manager = User.objects.create_user("refunds@bakery.example", name="Lerato")
    refund = give_back(attempt_id=attempt.pk, amount_cents=None, reason="x", request_id=uuid4(), actor=manager)
    before = Message.objects.filter(direction="out").count()

    apply_refund_result(refund_id=refund.pk, result=RefundResult(RefundState.FAILED, message="no balance"))

    assert Message.objects.filter(direction="out").count() == before
    assert Conversation.objects.get().needs_person


def test_news_is_told_in_the_language_of_the_talk(bakery: Bakery, thandi: Customer) -> None:
    thandi.says("ciao")
    thandi.taps_id(f"cart.add:{bakery.variant['Rye loaf'].pk}")
    for title in ("Vai alla cassa", "Ritiro", "Ordina · 52,00 ZAR"):
        thandi.taps(title)

    assert thandi.pays(result="failed").startswith("Il pagamento dell'ordine *#1001* non è andato a buon fine")
    assert thandi.pays().startswith("Grazie, il pagamento è arrivato! ✅")
