"""Money given back: a row first, once, never more than came, and what nobody knows counts as gone."""

import time
from datetime import timedelta
from functools import partial
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.db.models import QuerySet
from django.utils import timezone

from loyalty.models import Purchase
from orders import reconcile as order_proof
from orders.fulfilment import move_order
from orders.models import Order
from payments import reconcile, refunds
from payments.errors import NothingToGiveBack, RefundTooLarge
from payments.gateways.base import NotSupported
from payments.models import GatewayEvent, PaymentAttempt, Refund
from payments.refund_news import resume_refunds
from payments.services import apply_result, process_notice
from payments.simulator import press
from payments.sweeping import catch_up, is_anything_due
from tenants.context import inside
from tenants.models import AuditEntry, Shop
from tests.fakes.yoco import FakeYoco
from tests.payments.stage import an_attempt, checkout_of, failure, money
from tests.payments.yoco_stage import an_admin, connected, opened, taken_in
from tests.trade import at_once

pytestmark = pytest.mark.usefixtures("shop", "yoco")


def paid_at_yoco(yoco: FakeYoco) -> PaymentAttempt:
    """155.00 paid with a live key."""
    account = connected("live")
    attempt = opened()
    yoco.pay(str(attempt.gateway_checkout_id))
    process_notice(event_id=taken_in(account, yoco.event(str(attempt.gateway_checkout_id))).pk)
    attempt.refresh_from_db()
    assert attempt.state == "paid"
    return attempt


def back(attempt: PaymentAttempt, cents: int | None, *, request_id: UUID | None = None) -> Refund:
    return refunds.give_back(
        attempt_id=attempt.pk, amount_cents=cents, reason="One was stale",
        request_id=request_id or uuid4(), actor=an_admin(),
    )  # fmt: skip


def told(yoco: FakeYoco, attempt: PaymentAttempt, cents: int, kind: str = "refund.succeeded", **more: Any) -> str:
    """Yoco's event about a refund, understood."""
    facts = {"id": "rfd_0001", "paymentId": attempt.gateway_payment_id, "amount": cents, "type": "refund", **more}
    signed = yoco.event(str(attempt.gateway_checkout_id), kind, number=GatewayEvent.objects.count() + 1, **facts)
    return process_notice(event_id=taken_in(attempt.account, signed).pk)


def states(attempt: PaymentAttempt) -> tuple[str, str, int]:
    attempt.refresh_from_db()
    order = Order.objects.get(pk=attempt.order_id)
    return attempt.state, order.state, order.refunded_cents


def sound() -> bool:
    return list(reconcile.findings()) == list(order_proof.findings()) == []


def test_a_part_is_on_its_way_until_the_event_and_then_given_back(yoco: FakeYoco) -> None:
    attempt = paid_at_yoco(yoco)
    refund = back(attempt, 45_00)
    assert (refund.state, refund.gateway_refund_id) == ("submitted", "rfd_0001")
    assert states(attempt) == ("paid", "paid", 0)
    [call] = yoco.sent("POST", "/refund")
    assert call.body == {"amount": 45_00, "metadata": {"shopme_refund": str(refund.public_id)}}
    assert call.headers["idempotency-key"] == refund.idempotency_key
    assert told(yoco, attempt, 45_00) == "refund succeeded"
    assert states(attempt) == ("part_refunded", "paid", 45_00)
    assert Purchase.objects.get().refunded_total == 45_00
    assert told(yoco, attempt, 45_00) == "refund succeeded"
    assert (states(attempt), Refund.objects.count()) == (("part_refunded", "paid", 45_00), 1)
    assert AuditEntry.objects.filter(action="payments.refund_requested").count() == 1
    assert sound()


def test_the_rest_in_a_second_part_refunds_the_order(yoco: FakeYoco) -> None:
    attempt = paid_at_yoco(yoco)
    back(attempt, 45_00)
    told(yoco, attempt, 45_00)
    back(attempt, None)
    told(yoco, attempt, 110_00, id="rfd_0002")
    assert states(attempt) == ("refunded", "refunded", 155_00)
    assert Purchase.objects.get().refunded_total == 155_00
    assert [refund.amount_cents for refund in Refund.objects.all()] == [45_00, 110_00]
    assert sound()


def test_a_whole_refund_leaves_the_amount_out(yoco: FakeYoco) -> None:
    attempt = paid_at_yoco(yoco)
    back(attempt, None)
    assert "amount" not in (yoco.sent("POST", "/refund")[0].body or {})
    told(yoco, attempt, 155_00)
    assert states(attempt) == ("refunded", "refunded", 155_00)


def test_two_equal_parts_are_two_and_one_wish_sent_twice_is_one(yoco: FakeYoco) -> None:
    attempt, wish = paid_at_yoco(yoco), uuid4()
    first = back(attempt, 10_00, request_id=wish)
    assert back(attempt, 10_00, request_id=wish).pk == first.pk
    second = back(attempt, 10_00)
    assert second.pk != first.pk
    assert len({call.headers["idempotency-key"] for call in yoco.sent("POST", "/refund")}) == 2
    assert len(yoco.refunds) == 2


def test_what_is_on_its_way_or_unknown_counts_as_given_back(yoco: FakeYoco) -> None:
    attempt = paid_at_yoco(yoco)
    back(attempt, 100_00)
    yoco.fail_next("hang_up_after")
    assert back(attempt, 50_00).state == "unknown"
    with pytest.raises(RefundTooLarge) as refused:
        back(attempt, 5_01)
    assert refused.value.left_cents == 5_00
    assert back(attempt, None).amount_cents == 5_00
    with pytest.raises(NothingToGiveBack):
        back(attempt, None)
    assert sum(each["amount"] for each in yoco.refunds) == 155_00


def test_a_refund_whose_answer_was_lost_is_asked_for_again_with_its_key_and_made_once(yoco: FakeYoco) -> None:
    attempt = paid_at_yoco(yoco)
    yoco.fail_next("hang_up_after")
    refund = back(attempt, 45_00)
    later = timezone.now() + timedelta(minutes=2)
    assert is_anything_due(later)
    assert catch_up(now=later) >= 1
    refund.refresh_from_db()
    assert (refund.state, refund.gateway_refund_id, len(yoco.refunds)) == ("submitted", "rfd_0001", 1)
    keys = {call.headers["idempotency-key"] for call in yoco.sent("POST", "/refund")}
    assert len(keys) == 1


def test_a_refund_cut_off_before_it_was_sent_goes_on_by_itself(yoco: FakeYoco) -> None:
    attempt = paid_at_yoco(yoco)
    refund, _ = refunds._begin(attempt.pk, 45_00, "", uuid4(), an_admin())
    assert resume_refunds(now=timezone.now()) == 0
    assert resume_refunds(now=timezone.now() + timedelta(minutes=2)) == 1
    refund.refresh_from_db()
    assert (refund.state, len(yoco.refunds)) == ("submitted", 1)


def test_an_event_finds_the_one_refund_without_an_answer(yoco: FakeYoco) -> None:
    attempt = paid_at_yoco(yoco)
    yoco.fail_next("hang_up_after")
    refund = back(attempt, 45_00)
    assert told(yoco, attempt, 45_00) == "refund succeeded"
    refund.refresh_from_db()
    assert (refund.state, refund.gateway_refund_id, Refund.objects.count()) == ("succeeded", "rfd_0001", 1)


def test_where_two_fit_a_person_must_look(yoco: FakeYoco) -> None:
    attempt = paid_at_yoco(yoco)
    for _ in range(2):
        yoco.fail_next("hang_up")
        back(attempt, 45_00)
    Refund.objects.update(state="unknown")
    assert told(yoco, attempt, 45_00) == "several refunds of this amount have no answer"
    assert set(Refund.objects.values_list("state", flat=True)) == {"unknown"}
    assert states(attempt) == ("paid", "paid", 0)


def test_a_refund_made_in_yocos_own_app_gets_its_row(yoco: FakeYoco) -> None:
    attempt = paid_at_yoco(yoco)
    assert told(yoco, attempt, 155_00, id="rfd_by_hand") == "refund succeeded"
    [refund] = Refund.objects.all()
    assert (refund.origin, refund.state, refund.amount_cents) == ("gateway", "succeeded", 155_00)
    assert states(attempt) == ("refunded", "refunded", 155_00)
    assert sound()


def test_a_refund_told_before_its_payment_waits_for_it_or_asks(yoco: FakeYoco) -> None:
    connected("live")
    attempt = opened()
    assert told(yoco, attempt, 45_00, paymentId="p_0001") == "the payment of this refund is not known yet"
    yoco.pay("ch_0001")
    assert told(yoco, attempt, 45_00, paymentId="p_0001") == "refund succeeded"
    assert states(attempt) == ("part_refunded", "paid", 45_00)


def test_a_promised_refund_that_fails_is_told_and_may_be_tried_again(yoco: FakeYoco) -> None:
    attempt = paid_at_yoco(yoco)
    refund = back(attempt, 155_00)
    assert told(yoco, attempt, 155_00, "refund.failed", failureReason="no balance") == "refund failed"
    refund.refresh_from_db()
    assert (refund.state, refund.message, states(attempt)) == ("failed", "no balance", ("paid", "paid", 0))
    assert refunds.left_of(attempt.order, attempt) == 155_00
    assert told(yoco, attempt, 155_00) == "refund succeeded"
    assert told(yoco, attempt, 155_00, "refund.failed") == "refund succeeded"
    assert states(attempt) == ("refunded", "refunded", 155_00)


def test_another_amount_or_mode_than_ours_is_not_believed(yoco: FakeYoco) -> None:
    attempt = paid_at_yoco(yoco)
    back(attempt, 45_00)
    assert told(yoco, attempt, 46_00).startswith("refused")
    assert told(yoco, attempt, 45_00, mode="test").startswith("refused")
    assert states(attempt) == ("paid", "paid", 0)


@pytest.mark.parametrize("fault", [{"mode": "status", "status": 429}, {"mode": "status", "status": 403}])
def test_what_surely_did_not_happen_gives_the_amount_free_again(yoco: FakeYoco, fault: dict[str, Any]) -> None:
    attempt = paid_at_yoco(yoco)
    yoco.fail_next(**fault)
    with pytest.raises(Exception) as refused:  # noqa: PT011 - each fault has its own class, the row says the rest
        back(attempt, 155_00)
    assert not isinstance(refused.value, NothingToGiveBack)
    assert (Refund.objects.get().state, refunds.left_of(attempt.order, attempt)) == ("failed", 155_00)


def test_test_payments_and_unpaid_ones_are_not_given_back(yoco: FakeYoco) -> None:
    connected()
    attempt = opened()
    with pytest.raises(NothingToGiveBack):
        back(attempt, None)
    apply_result(attempt_id=attempt.pk, result=money(attempt))
    with pytest.raises(NotSupported, match="test payments"):
        back(attempt, None)
    assert (yoco.sent("POST", "/refund"), Refund.objects.count()) == ([], 0)


def test_an_order_refunded_by_hand_is_not_given_back_twice(yoco: FakeYoco) -> None:
    attempt = paid_at_yoco(yoco)
    move_order(order_id=attempt.order_id, to="refunded", actor_kind="staff", actor_id=1, reason="Cash")
    with pytest.raises(NothingToGiveBack):
        back(attempt, None)


def test_a_second_payment_is_given_back_and_the_order_stays_paid() -> None:
    first = an_attempt()
    apply_result(attempt_id=first.pk, result=failure(first))
    second = an_attempt(first.order)
    for attempt in (second, first):
        press(checkout_id=checkout_of(attempt).pk, button="pay")
        apply_result(attempt_id=attempt.pk, result=money(attempt, gateway_payment_id=f"pay_{attempt.pk}"))
    first.refresh_from_db()
    assert (first.state, first.review_reason) == ("review", "duplicate")
    refund = back(first, None)
    catch_up(now=timezone.now() + timedelta(minutes=2))
    refund.refresh_from_db()
    assert (refund.state, states(first), states(second)[0]) == ("succeeded", ("review", "paid", 0), "paid")
    assert sound()


def test_the_simulated_gateway_gives_back_and_is_asked_when_its_notice_got_lost() -> None:
    attempt = an_attempt()
    press(checkout_id=checkout_of(attempt).pk, button="pay")
    apply_result(attempt_id=attempt.pk, result=money(attempt))
    back(attempt, 55_00)
    assert states(attempt) == ("paid", "paid", 0)
    resume_refunds(now=timezone.now() + timedelta(minutes=2))
    assert states(attempt) == ("part_refunded", "paid", 55_00)


def test_planted_differences_are_found(yoco: FakeYoco) -> None:
    attempt = paid_at_yoco(yoco)
    back(attempt, 45_00)
    told(yoco, attempt, 45_00)
    number = attempt.order.number
    PaymentAttempt.objects.filter(pk=attempt.pk).update(state="paid")
    assert list(reconcile.findings()) == [f"Attempt {attempt.pk} is paid, and 4500 of 15500 went back."]
    PaymentAttempt.objects.filter(pk=attempt.pk).update(state="part_refunded")
    Order.objects.update(refunded_cents=0)
    assert list(reconcile.findings()) == [f"Order #{number} says 0 went back, its payment 4500."]
    Order.objects.update(refunded_cents=45_00)
    Refund.objects.create(
        attempt=attempt, account=attempt.account, amount_cents=120_00, currency="ZAR", idempotency_key="x",
        state="unknown",
    )  # fmt: skip
    Refund.objects.filter(state="unknown").update(created_at=timezone.now() - timedelta(days=2))
    lost = Refund.objects.get(state="unknown")
    assert list(reconcile.findings()) == [
        f"Attempt {attempt.pk}: 16500 was given back of 15500.",
        f"Refund {lost.pk} of order #{number}: nobody knows whether it was sent.",
    ]


def fifty_hands(shop: Shop, attempt: PaymentAttempt) -> list[Any]:
    """Fifty people give back a tenth of a payment at the same moment."""
    admin = an_admin()
    acts = [
        partial(
            refunds.give_back, attempt_id=attempt.pk, amount_cents=15_50, reason="x", request_id=uuid4(), actor=admin
        )
        for _ in range(50)
    ]
    return at_once(shop, acts)


def paid_at_the_simulated() -> PaymentAttempt:
    attempt = an_attempt()
    press(checkout_id=checkout_of(attempt).pk, button="pay")
    return apply_result(attempt_id=attempt.pk, result=money(attempt))


@pytest.mark.django_db(transaction=True)
def test_fifty_hands_never_give_back_more_than_came(amber: Shop) -> None:
    with inside(amber):
        attempt = paid_at_the_simulated()
        answers = fifty_hands(amber, attempt)
        assert sum(isinstance(answer, Refund) for answer in answers) == 10
        assert {type(answer) for answer in answers} == {Refund, NothingToGiveBack}
        assert sum(Refund.objects.values_list("amount_cents", flat=True)) == 155_00
        catch_up(now=timezone.now() + timedelta(minutes=2))
        assert states(attempt) == ("refunded", "refunded", 155_00)
        assert sound()


@pytest.mark.django_db(transaction=True)
def test_without_the_locks_fifty_hands_promise_more_than_came(amber: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    """The negative control."""
    left_of = refunds.left_of

    def slowly(*rows: Any) -> int:
        left = left_of(*rows)
        time.sleep(0.3)
        return left

    with inside(amber):
        attempt = paid_at_the_simulated()
        monkeypatch.setattr(refunds, "left_of", slowly)
        monkeypatch.setattr(refunds, "submit", lambda refund_id: Refund.objects.get(pk=refund_id))
        monkeypatch.setattr(QuerySet, "select_for_update", lambda rows, **_: rows)
        fifty_hands(amber, attempt)
        assert sum(Refund.objects.values_list("amount_cents", flat=True)) > 155_00
