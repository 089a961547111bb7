"""Outside the 24 hours an approved template says the news; without one the message fails with a reason."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from conversations.models import Conversation, Message
from conversations.standing_in import StandIn, template_for
from conversations.store import addressed
from conversations.templates.models import Template
from conversations.templates.spec import spec_of
from conversations.transport import delivery
from conversations.transport.models import OutboxItem
from conversations.transport.replies import ButtonValue, ProductList, ProductSection, TemplateMessage, reply_to_json
from orders.basket import add_to_basket
from orders.checkout import place_order
from orders.fulfilment import mark_paid, move_order
from orders.models import Order
from tenants.models import Shop
from tests.fakes.graph import FakeGraph
from tests.journeys.chat import Customer
from tests.journeys.conftest import Bakery

WORDS = "Thank you {{first_name}}, your payment for order {{order_number}} has arrived at {{shop}}."


def template(number: Any, language: str = "en", *, body: str = WORDS, **fields: Any) -> Template:
    components = [
        {"type": "BODY", "text": body},
        {"type": "FOOTER", "text": "Amber"},
        {"type": "BUTTONS", "buttons": [{"type": "QUICK_REPLY", "text": "See the order"}]},
    ]
    values = {
        "waba_id": number.waba_id or number.phone_number_id,
        "provider_id": f"77{language}",
        "name": "payment_received",
        "components": components,
        "spec": spec_of(components).to_json(),
        "status": "approved",
        "purpose": "payment_received",
    }
    return Template.objects.create(language=language, **{**values, **fields})


@pytest.fixture
def graph(settings: Any) -> Any:
    with FakeGraph() as graph:
        settings.WHATSAPP_GRAPH_URL = graph.url
        yield graph


def pay(bakery: Bakery, thandi: Customer, *, is_open: bool) -> Message:
    """An order is paid while the window is open or closed; the message that tells it."""
    thandi.says("hi")
    Conversation.objects.update(window_expires_at=timezone.now() + timedelta(hours=1 if is_open else -1))
    OutboxItem.objects.all().delete()
    person = thandi.thread.customer
    add_to_basket(customer=person, variant_id=bakery.variant["Rye loaf"].pk)
    order = place_order(customer=person, fulfilment="collection", source="dashboard", source_key="d:1")
    mark_paid(order_id=order.pk, actor_kind="staff", actor_id=1)
    delivery.drain(thandi.number.pk, threads=1)
    return Message.objects.get(cause=f"order:{order.pk}:paid")


@pytest.mark.django_db(transaction=True)
def test_inside_the_window_the_message_itself_is_sent(bakery: Bakery, thandi: Customer, graph: FakeGraph) -> None:
    template(thandi.number)
    message = pay(bakery, thandi, is_open=True)
    assert [call.payload["type"] for call in graph.calls] == ["interactive"]
    assert (message.kind, message.state) == ("buttons", "sent")


@pytest.mark.django_db(transaction=True)
def test_outside_it_the_approved_template_says_it_and_the_thread_shows_its_words(
    bakery: Bakery, thandi: Customer, graph: FakeGraph
) -> None:
    template(thandi.number)
    message = pay(bakery, thandi, is_open=False)
    (call,) = graph.calls
    order = Order.objects.get()
    assert call.payload["template"] == {
        "name": "payment_received",
        "language": {"code": "en"},
        "components": [
            {
                "type": "body",
                "parameters": [
                    {"type": "text", "parameter_name": "first_name", "text": "Thandi"},
                    {"type": "text", "parameter_name": "order_number", "text": f"#{order.number}"},
                    {"type": "text", "parameter_name": "shop", "text": "Amber Bakery"},
                ],
            },
            {
                "type": "button",
                "sub_type": "quick_reply",
                "index": "0",
                "parameters": [{"type": "payload", "payload": f"order:{order.pk}"}],
            },
        ],
    }
    assert (message.kind, message.state) == ("template", "sent")
    assert message.text == f"Thank you Thandi, your payment for order #{order.number} has arrived at Amber Bakery."
    assert message.content["labels"] == ["See the order"]
    assert message.content["instead_of"]["kind"] == "buttons"


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    "fields",
    [{"status": "paused"}, {"purpose": ""}, {"waba_id": "another"}, {"body": "Hello {{coupon}}, thank you for all."}],
)
def test_without_one_that_fits_the_message_fails_and_says_why(
    bakery: Bakery, thandi: Customer, graph: FakeGraph, fields: dict[str, str]
) -> None:
    template(thandi.number, **fields)
    message = pay(bakery, thandi, is_open=False)
    assert graph.calls == []
    assert (message.kind, message.state, message.error_code) == ("buttons", "failed", "131047")
    assert message.error_text


def test_the_customers_language_comes_first_then_its_base_then_english(thandi: Customer) -> None:
    template(thandi.number, "it")
    template(thandi.number, "en_US")
    template(thandi.number, "zu")
    values = {"first_name": "Ada", "order_number": "#1", "shop": "Amber"}

    def chosen(language: str) -> str:
        found = template_for(StandIn("payment_received", values, language=language), thandi.number)
        assert found is not None
        return found.language

    assert [chosen(language) for language in ("it", "zu", "en", "it_IT", "hi")] == ["it", "zu", "en_US", "it", "en_US"]
    assert template_for(StandIn("order_ready", values), thandi.number) is None


def test_each_step_has_its_template_and_collecting_needs_none(bakery: Bakery, thandi: Customer) -> None:
    thandi.says("hi")
    person = thandi.thread.customer
    add_to_basket(customer=person, variant_id=bakery.variant["Rye loaf"].pk)
    order = place_order(customer=person, fulfilment="collection", source="dashboard", source_key="d:1")
    mark_paid(order_id=order.pk, actor_kind="staff", actor_id=1)
    for step in ("preparing", "ready", "delivered"):
        move_order(order_id=order.pk, to=step, actor_kind="staff", actor_id=1)
    told = Message.objects.filter(cause__startswith="order:").order_by("id")
    assert [
        (message.cause.rsplit(":")[-1], message.content.get("stand_in", {}).get("purpose")) for message in told
    ] == [
        ("paid", "payment_received"),
        ("preparing", None),
        ("ready", "order_ready"),
        ("delivered", None),
    ]


def test_on_a_shared_number_every_tap_names_its_shop(bakery: Bakery) -> None:
    shop_id = bakery.shop.pk
    message = TemplateMessage(
        "order_ready", "en", "Ready", buttons=(ButtonValue(0, "quick_reply", "order:5"), ButtonValue(1, "url", "o/5"))
    )
    assert [button["value"] for button in addressed(reply_to_json(message))["buttons"]] == [f"{shop_id}~order:5", "o/5"]
    goods = ProductList("700", "Menu", "All", (ProductSection("Hot", ("SKU-1",)),))
    assert addressed(reply_to_json(goods)) == reply_to_json(goods)


def test_a_button_is_addressed_once_however_often_it_is_read(shop: Shop) -> None:
    content = {"kind": "buttons", "buttons": [{"id": "order:5", "title": "Order"}]}
    assert addressed(addressed(content))["buttons"][0]["id"] == f"{shop.pk}~order:5"
