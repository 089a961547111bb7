"""A history of orders: who bought what when, how it was paid and where it is now. Written in bulk."""

import uuid
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random
from zoneinfo import ZoneInfo

from loyalty.models import Customer
from orders.models import Order
from orders.pricing import PricedLine, price_order
from orders.queries import delivery_terms
from shopme.demo.people import place_near
from shopme.demo.plan import ShopPlan
from shopme.demo.shelves import Ware

State = Order.State

# The newest orders, newest first: how many minutes ago, and where they are now.
LIVE = (
    (4, State.PLACED), (9, State.PAID), (27, State.PLACED), (33, State.PREPARING), (48, State.PAID), (63, State.READY),
    (76, State.PREPARING), (94, State.SHIPPED), (121, State.READY), (150, State.SHIPPED), (195, State.DELIVERED),
    (240, State.CANCELLED),
)  # fmt: skip
# What became of all others.
PAST = (State.DELIVERED,) * 86 + (State.CANCELLED,) * 5 + (State.EXPIRED,) * 5 + (State.REFUNDED,) * 4
DAYS = 120
REASONS = {State.CANCELLED: "The customer changed their mind", State.REFUNDED: "Arrived damaged, money returned"}


@dataclass(slots=True)
class Draft:
    """An order on its way to the database, with its moves and its goods."""

    customer: Customer
    order: Order
    goods: list[tuple[Ware, int]]
    moves: list[tuple[str, datetime]] = field(default_factory=list)
    is_paid_online: bool = True
    # The secret part of the link the customer was sent.
    pay_token: str = ""

    def at(self, state: str) -> datetime | None:
        """When the order reached `state`, if it did."""
        return next((at for reached, at in self.moves if reached == state), None)


def draft_orders(
    plan: ShopPlan, *, customers: Sequence[Customer], wares: Sequence[Ware], count: int, luck: Random, now: datetime
) -> list[Draft]:
    """`count` orders, oldest first: a few live ones, the rest spread over the last months."""
    buyers = sorted(_buyers(customers, luck), key=lambda each: each.created_at)
    joined = [each.created_at for each in buyers]
    terms = delivery_terms()
    drafts: list[Draft] = []
    for place, (placed_at, state) in enumerate(_moments(plan, count, luck, now)):
        buyer = buyers[luck.randrange(bisect_right(joined, placed_at) or 1)]  # nobody orders before they are known
        draft = _draft(plan, buyer, place, placed_at, state, luck)
        draft.goods = _goods(wares, luck, is_open=state == State.PLACED)
        lines = [PricedLine(ware.variant.price_cents, pieces, ware.product.name) for ware, pieces in draft.goods]
        price = price_order(lines, terms, draft.order.fulfilment)
        draft.order.subtotal_cents, draft.order.delivery_cents = price.subtotal_cents, price.delivery_cents
        draft.order.discount_cents, draft.order.total_cents = price.discount_cents, price.total_cents
        draft.order.trace = list(price.trace)
        _move(draft, state, luck, now)
        drafts.append(draft)
    return drafts


def _buyers(customers: Sequence[Customer], luck: Random) -> list[Customer]:
    """Who orders, regulars many times; some only look."""
    return [customer for customer in customers for _ in range(luck.choice((0, 1, 1, 1, 2, 2, 4, 7)))] or list(customers)


def _moments(plan: ShopPlan, count: int, luck: Random, now: datetime) -> list[tuple[datetime, State]]:
    live = [(now - timedelta(minutes=minutes), state) for minutes, state in LIVE[:count]]
    zone = ZoneInfo(plan.time_zone)
    past: list[tuple[datetime, State]] = []
    for place in range(count - len(live)):
        day = (now - timedelta(days=1 + (DAYS - 1) * luck.random() ** 1.5)).astimezone(zone)
        hour = min(plan.hours[1] - 1, max(plan.hours[0], round(luck.gauss(sum(plan.hours) / 2, 3))))
        moment = day.replace(hour=hour, minute=luck.randrange(60), second=luck.randrange(60), microsecond=0)
        past.append((min(moment, now - timedelta(hours=5)), _become(place, luck)))
    return sorted(past + live, key=lambda each: each[0])


def _become(place: int, luck: Random) -> State:
    """Every way an order can end is seen, even in a short history."""
    seldom = (State.REFUNDED, State.EXPIRED, State.CANCELLED)
    return seldom[place] if place < len(seldom) else luck.choice(PAST)


def _draft(plan: ShopPlan, customer: Customer, place: int, at: datetime, state: State, luck: Random) -> Draft:
    wants_delivery = state == State.SHIPPED or (state != State.READY and luck.random() < 0.6)
    source = Order.Source.CHAT if luck.random() < 0.88 or state == State.PLACED else Order.Source.DASHBOARD
    order = Order(
        uuid=uuid.UUID(int=luck.getrandbits(128), version=4),
        customer=customer,
        state=state,
        currency=plan.currency,
        fulfilment=Order.Fulfilment.DELIVERY if wants_delivery else Order.Fulfilment.COLLECTION,
        note=luck.choice(plan.order_notes) if luck.random() < 0.22 else "",
        language=plan.language,
        source=source,
        source_key=f"demo:{place}",
        placed_at=at,
        expires_at=at + timedelta(minutes=60),
    )
    if wants_delivery:
        _bring_to(plan, order, luck)
    is_chat = source == Order.Source.CHAT
    return Draft(customer, order, [], is_paid_online=is_chat, pay_token=f"{luck.getrandbits(192):048x}")


def _bring_to(plan: ShopPlan, order: Order, luck: Random) -> None:
    """An address in words, or the place where the customer stands."""
    if luck.random() < 0.6:
        order.address_text = luck.choice(plan.people.streets)
        return
    latitude, longitude = place_near(plan, luck)
    order.latitude, order.longitude = float(latitude), float(longitude)


def _goods(wares: Sequence[Ware], luck: Random, *, is_open: bool) -> list[tuple[Ware, int]]:
    """One to four different things; an order that is still open takes what there is plenty of."""
    choice = [ware for ware in wares if ware.left is None or ware.left >= 8] if is_open else list(wares)
    count = luck.choice((1, 1, 2, 2, 2, 3, 4))
    best_first = [int(len(choice) * luck.random() ** 1.4) for _ in range(count)]
    dear = sorted(ware.variant.price_cents for ware in wares)[len(wares) * 6 // 10]
    return [
        (choice[place], 1 if choice[place].variant.price_cents >= dear else luck.choice((1, 1, 1, 2, 2, 3)))
        for place in sorted(set(best_first))
    ]


def _move(draft: Draft, state: State, luck: Random, now: datetime) -> None:
    """The moves that led to `state`, one after another, none in the future."""
    order = draft.order
    placed_at = order.placed_at or now
    way = _way_to(state, order.fulfilment)
    room = (now - placed_at).total_seconds() / 60
    steps = [luck.uniform(2, 8), *(luck.uniform(12, 40) for _ in way[2:])][: len(way) - 1]
    if state == State.EXPIRED:
        steps = [61.0]
    squeeze = min(1.0, 0.85 * room / sum(steps)) if steps else 1.0
    at = placed_at
    draft.moves = [(way[0], at)]
    for reached, minutes in zip(way[1:], steps, strict=True):
        at += timedelta(minutes=minutes * squeeze)
        draft.moves.append((reached, at))
    order.paid_at = draft.at(State.PAID)
    if state == State.REFUNDED:
        order.refunded_cents = order.total_cents


def _way_to(state: State, fulfilment: str) -> list[State]:
    if state in {State.CANCELLED, State.EXPIRED}:
        return [State.PLACED, state]
    handing_over = State.SHIPPED if fulfilment == Order.Fulfilment.DELIVERY else State.READY
    way = [State.PLACED, State.PAID, State.PREPARING, handing_over, State.DELIVERED, State.REFUNDED]
    if state == State.READY and handing_over == State.SHIPPED:
        way[3] = State.READY
    return way[: way.index(state) + 1]
