"""The shared number's templates are the platform's; every shop there speaks by them when the window is closed."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from django.core.management import call_command
from django.test import Client
from django.utils import timezone

from conversations.models import Conversation, Message
from conversations.templates import shared as shared_templates
from conversations.templates.models import Template
from conversations.templates.sync import SyncFailed
from conversations.transport import delivery
from conversations.transport.models import OutboxItem, SharedTemplate
from orders.basket import add_to_basket
from orders.checkout import place_order
from orders.fulfilment import mark_paid
from orders.models import Order
from tenants.context import inside
from tenants.models import AuditEntry, QrCode, Shop, User, WhatsAppNumber
from tests.fakes.graph import FakeGraph
from tests.journeys.conftest import codes, shared, shops  # noqa: F401
from tests.journeys.shared import OnShared

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


def told_after_a_day(shop: Shop, thandi: OnShared) -> Message:
    """An order paid when the person was last heard the day before yesterday."""
    with inside(shop):
        Conversation.objects.update(window_expires_at=timezone.now() - timedelta(hours=24))
        OutboxItem.objects.all().delete()
        thread = Conversation.objects.get()
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
    codes: dict[str, QrCode],  # noqa: F811
    shared: WhatsAppNumber,  # noqa: F811
    graph: FakeGraph,
) -> None:
    thandi = OnShared(shared)
    thandi.says(codes["amber"].code)
    approved(shared, graph)
    message = told_after_a_day(shops["amber"], thandi)
    (call,) = graph.calls
    with inside(shops["amber"]):
        order = Order.objects.get()
        assert not Template.objects.exists()
    said = {part["parameter_name"]: part["text"] for part in call.payload["template"]["components"][0]["parameters"]}
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
    codes: dict[str, QrCode],  # noqa: F811
    shared: WhatsAppNumber,  # noqa: F811
    graph: FakeGraph,
    status: str,
) -> None:
    thandi = OnShared(shared)
    thandi.says(codes["amber"].code)
    approved(shared, graph)
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
    codes: dict[str, QrCode],  # noqa: F811
    shared: WhatsAppNumber,  # noqa: F811
    graph: FakeGraph,
) -> None:
    OnShared(shared).says(codes["amber"].code)
    approved(shared, graph)
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
