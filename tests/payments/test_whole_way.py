"""A notice on its real way: the company's POST, the edge, the splitter, the payment lane, the account."""

from datetime import timedelta

import pytest
from django.utils import timezone

from conversations.transport.door.endpoints import ensure_payment_endpoint
from conversations.transport.models import InboxEvent, WebhookRaw
from orders.models import Order
from payments.accounts import notify_url
from payments.gateways.signing import new_secret
from payments.models import GatewayEvent, SimulatedCheckout, SimulatedNotice
from payments.simulator import press, send_notice
from payments.sweeping import catch_up
from shopme.lib import http
from tenants.context import inside
from tenants.models import Shop
from tests.fakes.yoco import FakeYoco
from tests.payments.door import work_lanes
from tests.payments.stage import an_attempt, checkout_of, the_account
from tests.payments.yoco_stage import connected, opened

pytestmark = pytest.mark.django_db(transaction=True)


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


@pytest.mark.usefixtures("edge")
def test_an_event_of_yoco_comes_in_at_the_address_yoco_was_told(amber: Shop, yoco: FakeYoco) -> None:
    with inside(amber):
        account = connected()
        attempt = opened()
        yoco.pay("ch_0001")
        address = yoco.webhooks[0]["url"]
        assert address == notify_url(account)
        headers, body = yoco.event("ch_0001")
        altered = body.replace(b'"amount":15500', b'"amount":15501')
        assert altered != body
        assert http.call("POST", address, headers=headers, body=altered).status == 401
        assert [http.call("POST", address, headers=headers, body=body).status for _ in range(3)] == [200] * 3
        work_lanes()
        assert GatewayEvent.objects.count() == 1
        catch_up(now=timezone.now() + timedelta(minutes=1))
        attempt.refresh_from_db()
        assert (attempt.state, attempt.gateway_payment_id, Order.objects.get().state) == ("paid", "p_0001", "paid")
