"""Giving money back from the page of an order."""

from collections.abc import Callable
from uuid import uuid4

import pytest
from django.test import Client

from payments.models import PaymentAttempt, Refund
from payments.services import apply_result
from payments.simulator import press
from tenants.context import inside
from tenants.models import Role, Shop
from tests.payments.stage import an_attempt, checkout_of, money

pytestmark = pytest.mark.django_db
ClientOf = Callable[..., Client]


@pytest.fixture
def paid(amber: Shop) -> PaymentAttempt:
    with inside(amber):
        attempt = an_attempt()
        press(checkout_id=checkout_of(attempt).pk, button="pay")
        return apply_result(attempt_id=attempt.pk, result=money(attempt))


def wish(amount: str, reason: str = "One was stale") -> dict[str, str]:
    return {"amount": amount, "reason": reason, "request_id": str(uuid4())}


def test_a_manager_gives_a_part_back_and_sees_it_on_its_way(
    amber: Shop, client_of: ClientOf, paid: PaymentAttempt
) -> None:
    client = client_of(amber, Role.MANAGER)
    page = f"/orders/{paid.order_id}/"
    shown = client.get(page).content.decode()
    assert "Give money back" in shown
    assert 'value="155.00"' in shown
    sent = wish("45,00")
    for _ in range(2):
        answer = client.post(f"/payments/{paid.pk}/refund/", sent)
        assert answer.headers["Location"] == page
    with inside(amber):
        refund = Refund.objects.get()
    assert (refund.amount_cents, refund.reason, refund.state) == (45_00, "One was stale", "submitted")
    assert refund.actor_id == client.user.pk  # type: ignore[attr-defined]
    shown = client.get(page).content.decode()
    assert "45,00 is on its way back" in shown
    assert "On its way back" in shown
    assert 'value="110.00"' in shown


@pytest.mark.parametrize(
    ("sent", "word"),
    [
        (wish("155.01"), "That is more than is left of this payment. R"),
        (wish("0"), "out of range"),
        (wish("much"), "is not an amount"),
        (wish("10", reason=""), "required"),
        ({"amount": "10", "reason": "x"}, "required"),
    ],
)
def test_odd_wishes_are_refused_beside_the_form_and_nothing_happens(
    amber: Shop, client_of: ClientOf, paid: PaymentAttempt, sent: dict[str, str], word: str
) -> None:
    answer = client_of(amber, Role.MANAGER).post(f"/payments/{paid.pk}/refund/", sent)
    assert answer.status_code == 422
    assert word in answer.content.decode()
    with inside(amber):
        assert not Refund.objects.exists()


def test_agents_give_nothing_back(amber: Shop, client_of: ClientOf, paid: PaymentAttempt) -> None:
    client = client_of(amber, Role.AGENT)
    assert "Give money back" not in client.get(f"/orders/{paid.order_id}/").content.decode()
    assert client.post(f"/payments/{paid.pk}/refund/", wish("10")).status_code == 403
    with inside(amber):
        assert not Refund.objects.exists()


def test_a_payment_of_nobody_here_is_not_found(amber: Shop, client_of: ClientOf, paid: PaymentAttempt) -> None:
    assert client_of(amber, Role.MANAGER).post(f"/payments/{paid.pk + 999}/refund/", wish("10")).status_code == 404
