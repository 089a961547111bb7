"""A notice on its real way: the company's POST, the edge, the splitter, the payment lane, the account."""

from collections.abc import Iterator
from datetime import timedelta

import psycopg
import pytest
from django.utils import timezone

from conversations import lanes as chat_lanes
from conversations.transport import wakeup
from conversations.transport.door.endpoints import ensure_payment_endpoint
from conversations.transport.edge import Edge
from conversations.transport.lanes import lane_rows
from conversations.transport.lanes.handling import take_turn
from conversations.transport.models import InboxEvent, WebhookRaw
from conversations.transport.splitter import split_waiting
from orders.models import Order
from payments.gateways.signing import new_secret
from payments.models import GatewayEvent, SimulatedCheckout, SimulatedNotice
from payments.simulator import press, send_notice
from payments.sweeping import catch_up
from tenants.context import in_public, inside
from tenants.models import Shop
from tests.payments.stage import an_attempt, checkout_of, the_account
from tests.transport.conftest import Running

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def edge(settings) -> Iterator[None]:  # type: ignore[no-untyped-def]
    running = Running(Edge())
    settings.PLATFORM_URL = running.url
    yield
    running.stop()


def work_lanes() -> None:
    """Split what came in and take every turn that is due."""
    with in_public():
        split_waiting()
        with psycopg.connect(wakeup.own_conninfo("test"), autocommit=True) as database:
            claims = lane_rows.claim_lanes(database, holder="h", most=9, per_shop=9, busy={}, after_shop=0)
        for claim in claims:
            take_turn(claim, chat_lanes.handle)


def open_address(shop: Shop) -> None:
    """The account's address at the edge, whether or not provisioning opened it."""
    account = the_account()
    ensure_payment_endpoint(
        shop_id=shop.pk, reference=str(account.pk), opaque=account.opaque, secret=account.webhook_secret
    )


@pytest.mark.usefixtures("edge")
def test_a_notice_travels_from_the_company_to_the_paid_order(amber: Shop) -> None:
    with inside(amber):
        attempt = an_attempt()
        open_address(amber)
        press(checkout_id=checkout_of(attempt).pk, button="pay")
        assert send_notice(notice_id=SimulatedNotice.objects.get().pk)
        work_lanes()
        kept = GatewayEvent.objects.get()
        assert bytes(kept.body).decode() == SimulatedNotice.objects.get().body
        assert Order.objects.get().state == "placed"
        # However long it waited in the lane or for the task: the edge judged its age on arrival.
        catch_up(now=timezone.now() + timedelta(hours=1))
        kept.refresh_from_db()
        assert (kept.outcome, kept.is_verified, Order.objects.get().state) == ("paid", True, "paid")
    assert (InboxEvent.objects.get(kind="payment").state, WebhookRaw.objects.count()) == ("done", 1)


@pytest.mark.usefixtures("edge")
def test_a_notice_signed_by_somebody_else_gets_no_further_than_the_edge(amber: Shop) -> None:
    with inside(amber):
        attempt = an_attempt()
        open_address(amber)
        SimulatedCheckout.objects.update(secret=new_secret())
        press(checkout_id=checkout_of(attempt).pk, button="pay")
        assert not send_notice(notice_id=SimulatedNotice.objects.get().pk)
        work_lanes()
        assert not GatewayEvent.objects.exists()
    assert WebhookRaw.objects.count() == 0
