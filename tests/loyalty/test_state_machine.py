"""Any history of awards, refunds, changes by hand and passing time keeps the ledger whole.

The model beside it is a list of lots with plain numbers, written without looking at the ledger.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from loyalty import services
from loyalty.errors import NotEnoughPoints
from loyalty.expiry import ExpiryPolicy, expiry_for
from loyalty.ledger.book import policy_of
from loyalty.models import Account, Entry, Purchase
from loyalty.proof import prove
from tests.loyalty.people import JOBURG, buckets, buy, customer, local, program, prove_now, refund

POLICIES = st.sampled_from(
    [{"expiry_months": 1}, {"expiry_months": 2, "expiry_round_to": "quarter"}, {"expiry_kind": "never"}]
)
STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("buy"), st.integers(1, 200)),
        st.tuples(st.just("refund"), st.integers(0, 5), st.integers(1, 200)),
        st.tuples(st.just("adjust"), st.integers(-150, 150).filter(bool)),
        st.tuples(st.just("wait"), st.integers(1, 60)),
        st.tuples(st.just("sweep")),
        st.tuples(st.just("repeat")),
    ),
    max_size=25,
)


@dataclass
class ModelLot:
    """Points that came together."""

    original: int
    ripe: datetime
    gone: datetime | None
    left: int
    expired: int = 0
    reversed: int = 0
    order: int = 0


class Model:
    """What the balance should be, by the plainest arithmetic there is."""

    def __init__(self, policy: ExpiryPolicy, wait_days: int) -> None:
        self.policy, self.wait_days = policy, wait_days
        self.lots: list[ModelLot] = []
        self.debt = 0

    def add(self, points: int, at: datetime, *, waits: bool) -> ModelLot:
        midnight = at.astimezone(JOBURG).replace(hour=0, minute=0, second=0, microsecond=0)
        ripe = midnight + timedelta(days=self.wait_days) if waits and self.wait_days else at
        lot = ModelLot(points, ripe, expiry_for(ripe, self.policy, JOBURG), points, order=len(self.lots))
        self.lots.append(lot)
        return lot

    def settle(self, now: datetime) -> None:
        events = {lot.ripe for lot in self.lots} | {lot.gone for lot in self.lots if lot.gone}
        for at in sorted(event for event in events if event <= now):
            self.repay(at)
            for lot in self.lots:
                if lot.gone is not None and lot.gone <= at:
                    lot.expired += lot.left
                    lot.left = 0
        self.repay(now)

    def ready(self, now: datetime) -> list[ModelLot]:
        lots = [lot for lot in self.lots if lot.left and lot.ripe <= now]
        return sorted(lots, key=lambda lot: (lot.gone or local("9999-01-01 00:00"), lot.ripe, lot.order))

    def repay(self, now: datetime) -> None:
        for lot in self.ready(now):
            part = min(lot.left, self.debt)
            lot.left -= part
            self.debt -= part

    def take(self, points: int, now: datetime, first: ModelLot | None = None) -> int:
        for lot in ([first] if first else []) + self.ready(now):
            part = min(points, lot.left)
            lot.left -= part
            points -= part
        return points

    def reverse(self, lot: ModelLot, asked: int, now: datetime) -> None:
        points = max(0, min(asked, lot.original - lot.reversed - lot.expired))
        lot.reversed += points
        self.debt += self.take(points, now, lot)

    def balance(self, now: datetime) -> tuple[int, int, int, int]:
        available = sum(lot.left for lot in self.lots if lot.ripe <= now)
        return sum(lot.left for lot in self.lots) - available, available, 0, self.debt


class Life:
    """One customer, lived twice: in the ledger and in the model."""

    def __init__(self, model: Model) -> None:
        self.model, self.now, self.who = model, local("2025-01-30 09:00"), customer()
        self.orders: list[tuple[int, int, ModelLot]] = []
        self.refunded: dict[int, int] = {}

    def step(self, place: int, name: str, *numbers: int) -> None:
        self.now += timedelta(hours=7)
        self.model.settle(self.now)
        getattr(self, name)(place, *numbers)
        prove_now()

    def buy(self, place: int, hundreds: int) -> None:
        order, award = buy(self.who, hundreds * 100_00, at=self.now)
        self.orders.append((order, award.points, self.model.add(award.points, self.now, waits=True)))
        self.model.settle(self.now)

    def refund(self, place: int, which: int, hundreds: int) -> None:
        if not self.orders:
            return
        order, points, lot = self.orders[which % len(self.orders)]
        self.refunded[order] = min(points, self.refunded.get(order, 0) + hundreds)
        self.model.reverse(lot, self.refunded[order] - lot.reversed, self.now)
        refund(order, hundreds * 100_00, at=self.now, key=str(place))

    def adjust(self, place: int, points: int) -> None:
        key = f"{self.who.pk}-{place}"
        try:
            services.adjust_points(
                customer=self.who, points=points, reason="goodwill", key=key, actor_id=None, now=self.now
            )
        except NotEnoughPoints:
            assert self.model.balance(self.now)[1] < -points
            return
        if points > 0:
            self.model.add(points, self.now, waits=False)
            self.model.settle(self.now)
        else:
            assert self.model.take(-points, self.now) == 0

    def wait(self, place: int, days: int) -> None:
        self.now += timedelta(days=days)

    def sweep(self, place: int) -> None:
        services.settle_due(now=self.now)

    def repeat(self, place: int) -> None:
        for order, points, _ in self.orders[-1:]:
            assert buy(self.who, points * 100_00, at=self.now, order_id=order)[1].replayed


@pytest.mark.usefixtures("in_shop")
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(policy=POLICIES, wait_days=st.sampled_from([0, 7]), steps=STEPS)
def test_any_history_agrees_with_plain_arithmetic(
    policy: dict[str, object], wait_days: int, steps: list[tuple[str, int]]
) -> None:
    rules = program(**{"expiry_kind": "rolling", "expiry_round_to": "", "pending_days": wait_days, **policy})
    life = Life(Model(policy_of(rules), wait_days))
    for place, step in enumerate(steps):
        life.step(place, *step)
    life.model.settle(life.now)
    view = services.balance_of(life.who, now=life.now)
    assert (view.pending, view.available, view.held, view.debt) == life.model.balance(life.now)
    services.settle_due(now=life.now)
    prove_now()
    if Account.objects.filter(customer=life.who).exists():
        assert buckets(life.who) == life.model.balance(life.now)
    assert prove().findings == []
    _no_clawback_above_its_award(life.who.pk)


def _no_clawback_above_its_award(customer_id: int) -> None:
    for purchase in Purchase.objects.filter(customer=customer_id):
        taken = sum(
            entry.d_debt - entry.d_pending - entry.d_active
            for entry in Entry.objects.filter(purchase=purchase, kind="reverse")
        )
        assert 0 <= taken == purchase.points_reversed <= purchase.points_awarded


@pytest.mark.usefixtures("in_shop")
@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=STEPS)
def test_sweeping_often_or_never_writes_the_same_entries(steps: list[tuple[str, int]]) -> None:
    program(expiry_months=1, pending_days=3)
    lives = []
    for sweeps in (True, False):
        who, now = customer(), local("2025-01-30 09:00")
        for place, step in enumerate(steps):
            now += timedelta(hours=7) + timedelta(days=step[1] if step[0] == "wait" else 0)
            if step[0] == "buy":
                buy(who, step[1] * 100_00, at=now)
            elif step[0] == "adjust" and step[1] > 0:
                services.adjust_points(
                    customer=who,
                    points=step[1],
                    reason="goodwill",
                    key=f"{who.pk}-{place}",
                    actor_id=None,
                    now=now,
                )
            if sweeps:
                services.settle_due(now=now)
        services.settle_due(now=now)
        prove_now()
        lives.append(
            list(
                Entry.objects.filter(account__customer=who)
                .order_by("seq")
                .values_list("kind", "d_pending", "d_active", "d_debt", "effective_at")
            )
        )
    assert lives[0] == lives[1]
