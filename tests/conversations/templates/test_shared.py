"""The shared number's templates are the platform's; every shop there speaks by them when the window is closed."""

from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest
from django.core.management import call_command
from django.test import Client
from django.utils import timezone

from conversations.inbox.mending import mended
from conversations.models import Conversation, Message
from conversations.templates import shared as shared_templates
from conversations.templates.models import Template
from conversations.templates.sync import SyncFailed
from conversations.transport import delivery
from conversations.transport.models import OutboxItem, SharedTemplate
from conversations.transport.providers.simulator.recorder import Call
from orders.basket import add_to_basket
from orders.checkout import place_order
from orders.fulfilment import mark_paid
from orders.models import Order
from tenants.context import inside
from tenants.models import AuditEntry, QrCode, Role, Shop, User, WhatsAppNumber
from tests.fakes.graph import FakeGraph
from tests.journeys.conftest import codes, shared, shops  # noqa: F401
from tests.journeys.shared import OnShared
from tests.transport.sending import number_of

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def graph(settings: object) -> Iterator[FakeGraph]:
    with FakeGraph() as graph:
        settings.WHATSAPP_GRAPH_URL = graph.url  # type: ignore[attr-defined]
        graph.recorder.accounts["pn-shared"] = "waba-0"
        graph.recorder.review_seconds = 0
        yield graph


def approved(shared: WhatsAppNumber, graph: FakeGraph) -> None:  # noqa: F811
    (account,) = shared_templates.shared_accounts()
    made = shared_templates.make_missing(account)
    assert (made.taken, made.refused) == (14, [])
    shared_templates.compare(account)
    SharedTemplate.objects.update(status="approved")


@pytest.fixture
def thandi(
    shops: dict[str, Shop],  # noqa: F811
    codes: dict[str, QrCode],  # noqa: F811
    shared: WhatsAppNumber,  # noqa: F811
    graph: FakeGraph,
) -> OnShared:
    """Somebody in amber's shop on the shared number, whose templates WhatsApp has approved."""
    person = OnShared(shared)
    person.says(codes["amber"].code)
    approved(shared, graph)
    return person


def closed_thread(shop: Shop) -> Conversation:
    """The person's thread in the shop, whose window shut yesterday; nothing waits to be sent. Inside the shop."""
    Conversation.objects.update(window_expires_at=timezone.now() - timedelta(hours=24))
    OutboxItem.objects.all().delete()
    return Conversation.objects.get()


def values_of(call: Call) -> dict[str, str]:
    """What a template that was taken says in place of its names."""
    return {part["parameter_name"]: part["text"] for part in call.payload["template"]["components"][0]["parameters"]}


def told_after_a_day(shop: Shop, thandi: OnShared) -> Message:
    """An order paid when the person was last heard the day before yesterday."""
    with inside(shop):
        thread = closed_thread(shop)
        order = place_order_of(thread)
        mark_paid(order_id=order.pk, actor_kind="staff", actor_id=1)
    delivery.drain(thandi.number.pk, threads=1)
    with inside(shop):
        return Message.objects.get(cause=f"order:{order.pk}:paid")


def place_order_of(thread: Conversation) -> Order:
    from catalog.models import Variant

    add_to_basket(customer=thread.customer, variant_id=Variant.objects.get(sku="RYE").pk)
    return place_order(customer=thread.customer, fulfilment="collection", source="dashboard", source_key="d:1")


def test_news_after_a_day_leave_by_the_platforms_template_and_the_tap_finds_its_shop(
    shops: dict[str, Shop],  # noqa: F811
    thandi: OnShared,
    graph: FakeGraph,
) -> None:
    message = told_after_a_day(shops["amber"], thandi)
    (call,) = graph.calls
    with inside(shops["amber"]):
        order = Order.objects.get()
        assert not Template.objects.exists()
    said = values_of(call)
    assert call.payload["template"]["name"] == "payment_received"
    assert said == {"first_name": "Thandi", "order_number": f"#{order.number}", "shop": "Amber Bakery"}
    tap = f"{shops['amber'].pk}~order:{order.pk}"
    assert call.payload["template"]["components"][1]["parameters"] == [{"type": "payload", "payload": tap}]
    assert (message.kind, message.state) == ("template", "sent")
    assert [button["value"] for button in message.content["buttons"]] == [f"order:{order.pk}"], "kept as it was meant"
    button = {"type": "button", "button": {"payload": tap, "text": "See the order"}}
    assert f"#{order.number}" in thandi.sends(button)


@pytest.mark.parametrize("status", ["pending", "paused", "rejected"])
def test_a_template_that_may_not_be_sent_says_nothing(
    shops: dict[str, Shop],  # noqa: F811
    thandi: OnShared,
    graph: FakeGraph,
    status: str,
) -> None:
    SharedTemplate.objects.update(status=status)
    message = told_after_a_day(shops["amber"], thandi)
    assert (graph.calls, message.state, message.error_code) == ([], "failed", "131047")


def test_comparing_twice_is_once_and_what_meta_dropped_goes(
    shared: WhatsAppNumber,  # noqa: F811
    graph: FakeGraph,
) -> None:
    approved(shared, graph)
    (account,) = shared_templates.shared_accounts()
    SharedTemplate.objects.create(
        waba_id="waba-0",
        provider_id="gone",
        name="gone",
        language="en",
        category="UTILITY",
        status="approved",
        synced_at=timezone.now(),
    )
    assert shared_templates.compare(account) == shared_templates.compare(account) == 14
    assert SharedTemplate.objects.count() == 14
    assert set(SharedTemplate.objects.values_list("purpose", "language")) >= {
        ("order_ready", "en"),
        ("order_ready", "it"),
    }
    assert shared_templates.make_missing(account) == shared_templates.Made(0, [])
    entry = AuditEntry.objects.get(action="shared_templates.made")
    assert (entry.shop, entry.detail["taken"]) == (None, 14)


def test_a_comparison_that_finds_a_pause_over_lets_go_what_waited(
    shops: dict[str, Shop],  # noqa: F811
    thandi: OnShared,
    graph: FakeGraph,
) -> None:
    (account,) = shared_templates.shared_accounts()
    later = timezone.now() + timedelta(hours=3)
    OutboxItem.objects.update(state="queued", error_code="132015", next_at=later)
    shared_templates.compare(account)
    assert not OutboxItem.objects.exclude(next_at=later).exists(), "nothing was paused"
    SharedTemplate.objects.filter(name="order_ready").update(status="paused")
    shared_templates.compare(account)
    assert not OutboxItem.objects.filter(next_at__gt=timezone.now()).exists()
    assert OutboxItem.objects.exists()


def test_half_a_list_changes_nothing_and_a_refusal_keeps_its_sentence(
    shared: WhatsAppNumber,  # noqa: F811
    graph: FakeGraph,
) -> None:
    (account,) = shared_templates.shared_accounts()
    graph.recorder.admitted = {"status": 400, "code": 100, "message": "no"}
    made = shared_templates.make_missing(account)
    assert made.taken == 0
    assert len(made.refused) == 14
    assert set(SharedTemplate.objects.values_list("status", "provider_id")) == {("draft", "")}
    assert all(SharedTemplate.objects.values_list("reason", flat=True))
    with pytest.raises(SyncFailed):
        shared_templates.compare(account)
    assert shared_templates.look_after_all() == 0
    assert SharedTemplate.objects.count() == 14


def test_the_command_makes_and_lists_them_and_the_desk_shows_them(
    shared: WhatsAppNumber,  # noqa: F811
    graph: FakeGraph,
    capsys: pytest.CaptureFixture[str],
) -> None:
    desk = Client(HTTP_HOST="localhost")
    desk.force_login(User.objects.create_superuser("desk@example.com", "a-long-pass-word-1"))
    assert (
        "None yet: “manage.py shared_templates --make”" in desk.get("/admin/transport/sharedtemplate/").content.decode()
    )
    call_command("shared_templates", "--make")
    printed = capsys.readouterr().out
    assert printed.startswith("+27215550999: WhatsApp took 14.")
    assert "order_ready it order_ready" in printed
    page = desk.get("/admin/transport/sharedtemplate/").content.decode()
    assert page.count("payment_received") > 2
    assert "14 templates of the shared number" in page


def staff_follow_up() -> SharedTemplate:
    return SharedTemplate.objects.get(name="staff_follow_up", language="en")


def test_staff_choose_the_platforms_templates_and_speak_in_their_own_shops_name(
    shops: dict[str, Shop],  # noqa: F811
    thandi: OnShared,
    graph: FakeGraph,
    client_of: Callable[..., Client],
) -> None:
    follow_up = staff_follow_up()
    SharedTemplate.objects.filter(name="order_ready").update(purpose="")  # not one of those that name the shop
    with inside(shops["amber"]):
        thread = closed_thread(shops["amber"])
    agent, at = client_of(shops["amber"], Role.AGENT), f"/inbox/{thread.pk}/"
    offered = agent.get(at).content.decode()
    assert f"?template=shared-{follow_up.pk}#composer-form" in offered
    assert "Order ready" not in offered
    shown = agent.get(f"{at}?template=shared-{follow_up.pk}").content.decode()
    assert "Hello Thandi, this is Amber Bakery." in shown
    assert 'name="value.body.shop"' not in shown

    values = {"value.body.first_name": "Ada", "value.body.shop": "Blue Bank", "request_id": "tap-1"}
    sent = agent.post(f"{at}template/shared-{follow_up.pk}/send/", values, headers={"HX-Request": "true"})

    assert sent.status_code == 200
    delivery.drain(thandi.number.pk, threads=1)
    (call,) = graph.calls
    said = values_of(call)
    assert said == {"first_name": "Ada", "shop": "Amber Bakery"}
    with inside(shops["amber"]):
        message = Message.objects.get(kind="template")
    assert (message.author, message.state) == ("staff", "sent")
    assert message.text.startswith("Hello Ada, this is Amber Bakery.")


def test_a_number_of_its_own_does_not_speak_by_the_platforms_templates(
    shops: dict[str, Shop],  # noqa: F811
    thandi: OnShared,
    graph: FakeGraph,
    client_of: Callable[..., Client],
) -> None:
    follow_up = staff_follow_up()
    with inside(shops["amber"]):
        thread = closed_thread(shops["amber"])
        own = number_of(shops["amber"], waba_id=follow_up.waba_id)
        Conversation.objects.update(number_id=own.pk)
    form = {"value.body.first_name": "Ada"}
    at = f"/inbox/{thread.pk}/template/shared-{follow_up.pk}/send/"
    answer = client_of(shops["amber"], Role.AGENT).post(at, form, headers={"HX-Request": "true"})
    assert answer.status_code == 422
    assert "another WhatsApp account" in answer.content.decode()
    with inside(shops["amber"]):
        assert not Message.objects.filter(kind="template").exists()


def test_a_message_the_platforms_template_stopped_may_go_again_once_it_is_approved(
    shops: dict[str, Shop],  # noqa: F811
    thandi: OnShared,
    graph: FakeGraph,
    client_of: Callable[..., Client],
) -> None:
    graph.fail_next("code", code=132001)
    message = told_after_a_day(shops["amber"], thandi)
    assert (message.state, message.error_code) == ("failed", "132001")
    admin, at = client_of(shops["amber"], Role.ADMIN), f"/inbox/{message.conversation_id}/"
    page = admin.get(f"{at}log/").content.decode()
    assert "The platform looks after the templates" in page
    assert "Look at the templates" not in page
    SharedTemplate.objects.update(status="paused", synced_at=timezone.now())
    assert not mended_in(shops["amber"], message)
    SharedTemplate.objects.update(status="approved", synced_at=timezone.now())
    assert mended_in(shops["amber"], message)
    assert "Send again" in admin.get(f"{at}log/").content.decode()


def mended_in(shop: Shop, message: Message) -> bool:
    with inside(shop):
        return message.pk in mended([message])
