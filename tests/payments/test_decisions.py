"""The one table of payments, line by line."""

from dataclasses import replace

import pytest

from payments.decisions import AttemptFacts, Decision, OrderFacts, Verdict, decide
from payments.gateways.base import GatewayResult, ResultState

STATES = ("created", "pending", "paid", "part_refunded", "refunded", "failed", "cancelled", "expired", "review")
SOFT = ("created", "pending", "failed", "cancelled", "expired")


def attempt(state: str = "pending", payment: str | None = None, checkout: str | None = None) -> AttemptFacts:
    return AttemptFacts(state, 155_00, "ZAR", "test", gateway_payment_id=payment, gateway_checkout_id=checkout)


def paid(**changes: object) -> GatewayResult:
    facts = {"amount_cents": 155_00, "currency": "ZAR", "mode": "test", "gateway_payment_id": "pay_1", **changes}
    return GatewayResult(ResultState.PAID, **facts)  # type: ignore[arg-type]


PLACED = OrderFacts("placed", is_paid=False)


@pytest.mark.parametrize("state", SOFT)
def test_money_that_fits_is_credited_whatever_was_believed_before(state: str) -> None:
    assert decide(attempt(state), PLACED, paid()) == Decision(Verdict.CREDIT)


def test_money_for_an_expired_order_is_tried_to_be_credited() -> None:
    assert decide(attempt(), OrderFacts("expired", is_paid=False), paid()) == Decision(Verdict.CREDIT)


@pytest.mark.parametrize("state", ["cancelled", "draft"])
def test_money_for_a_closed_order_needs_a_look(state: str) -> None:
    assert decide(attempt(), OrderFacts(state, is_paid=False), paid()) == Decision(Verdict.REVIEW, "order_closed")


@pytest.mark.parametrize("state", ["paid", "preparing", "delivered", "refunded"])
def test_money_for_an_order_paid_by_another_attempt_is_a_duplicate(state: str) -> None:
    assert decide(attempt(), OrderFacts(state, is_paid=True), paid()) == Decision(Verdict.REVIEW, "duplicate")


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"amount_cents": 155_01}, "wrong_amount"),
        ({"amount_cents": 154_99}, "wrong_amount"),
        ({"currency": "EUR"}, "wrong_currency"),
        ({"mode": "live"}, "wrong_mode"),
        ({"mode": ""}, "wrong_mode"),
        ({"mode": "live", "currency": "EUR", "amount_cents": 1}, "wrong_mode"),
    ],
)
@pytest.mark.parametrize("state", SOFT)
def test_money_that_does_not_fit_is_never_credited(state: str, changes: dict[str, object], reason: str) -> None:
    assert decide(attempt(state), PLACED, paid(**changes)) == Decision(Verdict.REVIEW, reason)


@pytest.mark.parametrize("state", ["paid", "part_refunded", "refunded", "review"])
def test_the_same_money_again_changes_nothing(state: str) -> None:
    assert decide(attempt(state, "pay_1"), OrderFacts("paid", is_paid=True), paid()) == Decision(Verdict.IGNORE)


@pytest.mark.parametrize("state", ["paid", "part_refunded", "refunded", "review"])
def test_other_money_through_the_same_checkout_is_kept_apart(state: str) -> None:
    second = paid(gateway_payment_id="pay_2")
    assert decide(attempt(state, "pay_1"), OrderFacts("paid", is_paid=True), second) == Decision(
        Verdict.SECOND, "duplicate"
    )


@pytest.mark.parametrize(
    ("known", "told", "verdict"),
    [
        ("ch_1", "pay_1", Verdict.NAME),
        ("pay_1", "ch_1", Verdict.IGNORE),
        ("ch_1", "ch_1", Verdict.IGNORE),
        ("pay_1", "pay_2", Verdict.SECOND),
    ],
)
def test_money_known_by_its_checkout_only_is_the_money_of_that_checkout(
    known: str, told: str, verdict: Verdict
) -> None:
    facts, order = attempt("paid", known, checkout="ch_1"), OrderFacts("paid", is_paid=True)
    assert decide(facts, order, paid(gateway_payment_id=told)).verdict == verdict


def test_what_was_asked_before_the_order_changed_does_not_pay_it() -> None:
    dearer = OrderFacts("placed", is_paid=False, total_cents=155_01)
    assert decide(attempt(), dearer, paid()) == Decision(Verdict.REVIEW, "wrong_amount")
    assert decide(attempt(), OrderFacts("placed", is_paid=False, total_cents=155_00), paid()).verdict == Verdict.CREDIT


@pytest.mark.parametrize("news", [ResultState.FAILED, ResultState.CANCELLED, ResultState.ABANDONED])
@pytest.mark.parametrize("state", STATES)
def test_a_failure_closes_open_attempts_only(state: str, news: ResultState) -> None:
    decision = decide(attempt(state), PLACED, GatewayResult(news))
    closed = Decision(Verdict.CLOSE, "failed" if news is ResultState.FAILED else "cancelled")
    assert decision == (closed if state in ("created", "pending") else Decision(Verdict.IGNORE))


@pytest.mark.parametrize("is_known", [False, True])
@pytest.mark.parametrize("state", STATES)
def test_an_investigation_is_news_once_wherever_no_money_is(state: str, is_known: bool) -> None:
    told = replace(attempt(state), is_investigated=is_known)
    decision = decide(told, PLACED, GatewayResult(ResultState.INVESTIGATED))
    is_news = state in SOFT and not is_known
    assert decision.verdict == (Verdict.INVESTIGATE if is_news else Verdict.IGNORE)


@pytest.mark.parametrize("state", STATES)
def test_waiting_moves_a_new_attempt_only(state: str) -> None:
    decision = decide(attempt(state), PLACED, GatewayResult(ResultState.PENDING))
    assert decision.verdict == (Verdict.WAIT if state == "created" else Verdict.IGNORE)


@pytest.mark.parametrize("state", STATES)
def test_knowing_nothing_changes_nothing(state: str) -> None:
    assert decide(attempt(state), PLACED, GatewayResult(ResultState.UNKNOWN)) == Decision(Verdict.IGNORE)


@pytest.mark.parametrize("missing", [{"gateway_payment_id": None}, {"amount_cents": None}, {"currency": ""}])
def test_money_without_id_amount_or_currency_is_a_wrong_translation(missing: dict[str, object]) -> None:
    with pytest.raises(ValueError, match="has an id, an amount and a currency"):
        paid(**missing)
