"""Ozow's notices at the real door: a form, signed with the site's own key, and nothing else gets in."""

import httpx
import pytest

from conversations.transport.models import InboxEvent, WebhookEndpoint, WebhookRaw
from orders.models import Order
from payments.models import GatewayEvent, PaymentAttempt
from payments.sweeping import catch_up
from tenants.context import inside
from tenants.models import Shop
from tests.fakes.ozow import KEY, FakeOzow
from tests.payments.door import work_lanes
from tests.payments.ozow_stage import an_ozow_account, an_ozow_attempt

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("edge")]
FORM = {"content-type": "application/x-www-form-urlencoded"}


def address_of(ozow: FakeOzow, attempt: PaymentAttempt) -> str:
    """Where Ozow was told to send its notices."""
    return str(ozow.requests[str(attempt.public_id)]["NotifyUrl"])


@pytest.mark.parametrize(
    ("status", "state", "order"),
    [("Complete", "paid", "paid"), ("Error", "failed", "placed"), ("PendingInvestigation", "pending", "placed")],
)
def test_a_notice_travels_from_ozow_to_the_order(
    amber: Shop, ozow: FakeOzow, status: str, state: str, order: str
) -> None:
    with inside(amber):
        attempt = an_ozow_attempt()
        body = ozow.notice(ozow.pay(str(attempt.public_id), status, message="100% sure & true"))
        with httpx.Client() as line:
            answers = [
                line.post(address_of(ozow, attempt), content=sent, headers={**FORM, **more}).status_code
                for sent, more in (
                    (body, {}),
                    (body, {"webhook-id": "evt_1"}),
                    (body + b"&SubStatus=other", {"webhook-id": "evt_1"}),
                )
            ]
        assert answers == [200, 200, 200]
        work_lanes()
        (kept,) = GatewayEvent.objects.all()
        assert (bytes(kept.body), kept.headers) == (body, FORM)
        assert Order.objects.get().state == "placed"
        catch_up()
        assert (PaymentAttempt.objects.get().state, Order.objects.get().state) == (state, order)
    assert (InboxEvent.objects.filter(kind="payment", state="done").count(), WebhookRaw.objects.count()) == (2, 2)


def test_what_the_shops_own_key_did_not_sign_gets_no_further_than_the_door(amber: Shop, ozow: FakeOzow) -> None:
    with inside(amber):
        attempt = an_ozow_attempt()
        done = ozow.pay(str(attempt.public_id))
        body, address = ozow.notice(done), address_of(ozow, attempt)
    odd = [
        ozow.notice(done, key="ShopMeTestPrivateKey0002ABCDEF"),
        ozow.notice(done, key=""),
        body.replace(b"149.90", b"149.9"),
        body.replace(b"Complete", b"complete "),
        body + b"&Amount=1.00",
        body.partition(b"&Hash=")[0] + b"&Hash=" + b"0" * 128,
        b'{"Status": "Complete"}',
        b"",
    ]
    with httpx.Client() as line:
        assert [line.post(address, content=sent, headers=FORM).status_code for sent in odd] == [401] * len(odd)
        assert line.post(address.replace("ozow/", "ozow/x"), content=body, headers=FORM).status_code == 404
    assert WebhookRaw.objects.count() == 0


def test_another_shop_that_signs_with_its_own_key_pays_nothing_of_ours(amber: Shop, blue: Shop, ozow: FakeOzow) -> None:
    """Blue knows its own key and address, and may say there what it likes: it is blue's word about blue."""
    with inside(amber):
        attempt = an_ozow_attempt()
        done = ozow.pay(str(attempt.public_id))
        address = address_of(ozow, attempt)
    with inside(blue):
        theirs = an_ozow_account(private_key="ShopMeTestPrivateKey0002ABCDEF")
    forged = ozow.notice(done, key="ShopMeTestPrivateKey0002ABCDEF")
    at_blue = f"{address.partition('/webhooks/')[0]}/webhooks/ozow/{theirs.opaque}/"
    with httpx.Client() as line:
        assert line.post(address, content=forged, headers=FORM).status_code == 401
        assert line.post(at_blue, content=forged, headers=FORM).status_code == 200
    work_lanes()
    with inside(blue):
        catch_up()
        assert GatewayEvent.objects.get().outcome == "no attempt has this reference"
    with inside(amber):
        catch_up()
        assert (Order.objects.get().state, GatewayEvent.objects.count()) == ("placed", 0)


def test_the_address_is_opened_with_the_private_key_as_its_secret(amber: Shop) -> None:
    with inside(amber):
        account = an_ozow_account()
    endpoint = WebhookEndpoint.objects.get(opaque=account.opaque)
    assert (endpoint.scheme, endpoint.secrets, endpoint.shop_id) == ("ozow", [KEY], amber.pk)
