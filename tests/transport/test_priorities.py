"""Who goes first when not all may: on a number by its bucket, on a portfolio by Meta's people of a day."""

import threading
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone

from conversations.transport import delivery
from conversations.transport.health import neighbours, pace, portfolio
from conversations.transport.models import NumberFacts, NumberHealth, OutboxItem, PortfolioUse
from conversations.transport.ports import Outgoing
from conversations.transport.replies import TemplateMessage
from conversations.transport.sending import claims
from tenants.models import Shop
from tests.fakes.graph import FakeGraph
from tests.transport.sending import MemoryStore, Post, running_sender, until

pytestmark = pytest.mark.django_db(transaction=True)
Priority = OutboxItem.Priority


def taken(post: Post, limit: int) -> Counter[int]:
    return Counter(claim.priority for claim in claims.claim(number_ids=[post.number.pk], limit=limit))


def waiting(post: Post, **counts: int) -> None:
    for name, count in counts.items():
        for person in range(count):
            post.say("x", to=f"2783{Priority[name.upper()]}{person:06d}", priority=Priority[name.upper()])


def test_the_figures_are_dated_and_have_a_source() -> None:
    assert pace.AS_OF == "2026-09-11"
    assert (pace.PAIR_MESSAGES, pace.PAIR_SECONDS, pace.PORTFOLIO_LIMIT_NOT_SET) == (45, 270, 250)
    assert list(pace.FLOORS) == [0, 1, 2, 3]


def test_payments_go_before_replies_and_campaigns_last(amber: Shop, store: MemoryStore) -> None:
    post = Post(amber, store)
    waiting(post, campaign=100, notification=100, reply=100, payment=30)
    first = taken(post, 40)
    assert sum(first.values()) == 40
    assert first[Priority.PAYMENT] >= 24
    assert first[Priority.PAYMENT] > first[Priority.REPLY] >= first[Priority.NOTIFICATION]


def test_a_class_below_keeps_its_floor_while_others_wait_above(amber: Shop, store: MemoryStore) -> None:
    post = Post(amber, store)
    waiting(post, campaign=60, reply=400)
    first = taken(post, 100)
    assert 10 <= first[Priority.CAMPAIGN] <= 11
    assert first[Priority.REPLY] == 100 - first[Priority.CAMPAIGN]


def test_even_one_place_at_a_time_starves_nobody(amber: Shop, store: MemoryStore) -> None:
    post = Post(amber, store)
    waiting(post, campaign=60, reply=300)
    first: Counter[int] = Counter()
    for _ in range(200):
        NumberHealth.objects.update(tokens=10)
        first += taken(post, 1)
    assert 5 <= first[Priority.CAMPAIGN] <= 45  # a tenth, by chance


def test_what_nobody_else_wants_is_all_of_a_campaign(amber: Shop, store: MemoryStore) -> None:
    post = Post(amber, store)
    waiting(post, campaign=50)
    assert taken(post, 40) == {Priority.CAMPAIGN: 40}


def offer(post: Post, *people: str, priority: int = Priority.CAMPAIGN, is_open: bool = False) -> list[int]:
    """A template to each of these people, whose window is shut."""
    ids = [post.say("offer", to=person, priority=priority)[0] for person in people]
    until = timezone.now() + timedelta(hours=1) if is_open else None
    for message_id, person in zip(ids, people, strict=True):
        post.store.messages[message_id] = Outgoing(
            message_id, TemplateMessage("sale", "en", "Sale!"), phone=f"+{person}", window_expires_at=until
        )
    return ids


def people(count: int, first: int = 0) -> list[str]:
    return [f"27840{place:06d}" for place in range(first, first + count)]


def limited(post: Post, limit: int | None) -> None:
    NumberFacts.objects.update_or_create(number_id=post.number.pk, defaults={"daily_limit": limit})


def states(post: Post) -> dict[str, int]:
    return dict(Counter(row.state for row in post.rows()))


def test_a_campaign_leaves_room_for_the_classes_above_it(amber: Shop, store: MemoryStore, graph: FakeGraph) -> None:
    post = Post(amber, store)
    limited(post, 20)
    offer(post, *people(30))
    delivery.drain(post.number.pk)
    assert states(post) == {"sent": 14, "queued": 16}  # 20 less two for each of three classes
    waits = [row.next_at - timezone.now() for row in post.rows() if row.state == "queued"]
    assert all(timedelta(seconds=500) < wait <= timedelta(seconds=600) for wait in waits)
    offer(post, *people(3, first=100), priority=Priority.PAYMENT)
    delivery.drain(post.number.pk)
    assert states(post) == {"sent": 16, "queued": 17}  # payments have their two, the floors of two others stand


def test_people_are_counted_once_a_day_over_all_numbers_of_the_portfolio(
    amber: Shop, store: MemoryStore, graph: FakeGraph
) -> None:
    known = {"account_proof": "said"}
    first, second = Post(amber, store, portfolio="p-1", **known), Post(amber, store, portfolio="p-1", **known)
    other = Post(amber, store, portfolio="p-2", **known)
    for post in (first, second, other):
        limited(post, 10)
    offer(first, *people(7))
    delivery.drain(first.number.pk)
    offer(second, *people(7))  # the same people again take no new place
    offer(second, *people(1, first=50))
    offer(other, *people(1, first=60))
    for post in (second, other):
        delivery.drain(post.number.pk)
    assert (states(first), states(second), states(other)) == ({"sent": 7}, {"sent": 7, "queued": 1}, {"sent": 1})
    PortfolioUse.objects.filter(portfolio="p-1", person=f"+{people(1)[0]}").update(
        at=timezone.now() - timedelta(hours=24, seconds=1)
    )
    OutboxItem.objects.filter(state="queued").update(next_at=timezone.now())
    delivery.drain(second.number.pk)
    assert states(second) == {"sent": 8}


@pytest.mark.parametrize(("limit", "places"), [(None, 250), (-1, None), (2000, 2000)])
def test_a_limit_nobody_told_is_the_smallest_and_some_have_none(
    amber: Shop, store: MemoryStore, limit: int | None, places: int | None
) -> None:
    post = Post(amber, store)
    assert portfolio.limit_of(post.number) == 250
    limited(post, limit)
    assert portfolio.limit_of(post.number) == places


def test_inside_the_window_nobody_is_counted(amber: Shop, store: MemoryStore, graph: FakeGraph) -> None:
    post = Post(amber, store)
    limited(post, 0)
    offer(post, *people(5), is_open=True)
    delivery.drain(post.number.pk)
    assert states(post) == {"sent": 5}
    assert not PortfolioUse.objects.exists()


def test_a_refused_message_gives_its_place_back(amber: Shop, store: MemoryStore, graph: FakeGraph) -> None:
    post = Post(amber, store)
    graph.fail_next("code", code=131026)
    offer(post, *people(1))
    delivery.drain(post.number.pk)
    assert states(post) == {"failed": 1}
    assert not PortfolioUse.objects.exists()


def test_a_batch_is_seated_in_order_and_nobody_in_it_twice(amber: Shop, store: MemoryStore) -> None:
    about = two_places_left(amber, store)
    people = ["first 0", "new", "new", "newer", "newest"]
    wishes = [portfolio.Wish(person, 3, 50 + place) for place, person in enumerate(people)]
    waits = portfolio.take_places(number=about["number"], wishes=wishes)
    assert [waits[wish.outbox_id] == 0.0 for wish in wishes] == [True, True, True, True, False]
    assert PortfolioUse.objects.count() == 7


def test_a_full_day_is_counted_where_it_lies(amber: Shop, store: MemoryStore) -> None:
    """However many people count, a few rows come here."""
    post = Post(amber, store)
    limited(post, 2000)
    known = [
        PortfolioUse(portfolio=neighbours.budget_of(post.number), person=f"k{n}", priority=3, outbox_id=n)
        for n in range(900)
    ]
    PortfolioUse.objects.bulk_create(known)
    seen = 0

    def count_rows(execute: Any, *given: Any) -> Any:
        nonlocal seen
        result = execute(*given)
        seen += max(0, given[-1]["cursor"].rowcount)
        return result

    with connection.execute_wrapper(count_rows):
        assert asked("new", 1000, {"number": post.number, "priority": 3}) == 0.0
    assert seen < 10


def test_a_portfolio_that_is_slow_holds_up_no_other_message(
    amber: Shop, blue: Shop, store: MemoryStore, graph: FakeGraph
) -> None:
    busy, other = Post(amber, store), Post(blue, store)
    with running_sender():
        with somebody_counts(busy):
            offer(busy, *people(2))
            until(lambda: states(busy) == {"sending": 2})
            other.say("Hello")
            until(lambda: states(other) == {"sent": 1})
            assert states(busy) == {"sending": 2}
        until(lambda: states(busy) == {"sent": 2})


def test_a_portfolio_that_is_slow_holds_up_no_others_templates(
    amber: Shop, blue: Shop, store: MemoryStore, graph: FakeGraph
) -> None:
    busy, other = Post(amber, store), Post(blue, store)
    with running_sender():
        with somebody_counts(busy):
            offer(busy, *people(2))
            until(lambda: states(busy) == {"sending": 2})
            offer(other, *people(1, first=50))
            until(lambda: states(other) == {"sent": 1})
            offer(busy, *people(1, first=70))  # behind the two, never beside them
            until(lambda: states(busy) == {"sending": 3})
            offer(other, *people(1, first=90))
            until(lambda: states(other) == {"sent": 2})
            assert states(busy) == {"sending": 3}
        until(lambda: states(busy) == {"sent": 3})


@contextmanager
def somebody_counts(post: Post) -> Iterator[None]:
    """Another sender holds the lock of this portfolio."""
    key = [portfolio.PORTFOLIO_LOCK, neighbours.budget_of(post.number)]
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_lock(%s, hashtext(%s))", key)
        try:
            yield
        finally:
            cursor.execute("SELECT pg_advisory_unlock(%s, hashtext(%s))", key)


HANDS = 4  # as many connections at once; what other tests left open of the pool must not matter


def test_senders_at_once_take_no_place_twice(amber: Shop, store: MemoryStore) -> None:
    assert places_taken(amber, store) == 2


def test_without_the_lock_the_limit_is_overrun(
    amber: Shop, store: MemoryStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The guard off: everybody looks, then everybody writes."""
    looked = threading.Barrier(HANDS)
    has_room = portfolio._has_room

    def looks_and_waits(*given: Any) -> bool:
        found = has_room(*given)
        looked.wait(30)
        return found

    about = two_places_left(amber, store)
    monkeypatch.setattr(portfolio, "_has_room", looks_and_waits)
    monkeypatch.setattr(portfolio, "PORTFOLIO_LOCK", None)
    assert asked_together(about) == HANDS


def two_places_left(amber: Shop, store: MemoryStore) -> dict[str, Any]:
    """A number with two of its seven places for campaigns left."""
    post = Post(amber, store)
    limited(post, 10)
    about = {"number": post.number, "priority": Priority.CAMPAIGN.value}
    for place in range(5):
        assert asked(f"first {place}", place, about) == 0.0
    return about


def places_taken(amber: Shop, store: MemoryStore) -> int:
    """How many of four people get one of two places when all ask in the same moment."""
    return asked_together(two_places_left(amber, store))


def asked(person: str, outbox_id: int, about: dict[str, Any]) -> float:
    wish = portfolio.Wish(person, about["priority"], outbox_id)
    return portfolio.take_places(number=about["number"], wishes=[wish])[outbox_id]


def asked_together(about: dict[str, Any]) -> int:
    begin = threading.Barrier(HANDS)

    def ask(place: int) -> float:
        try:
            connection.ensure_connection()
            begin.wait(30)
            return asked(f"p{place}", 100 + place, about)
        finally:
            connection.close()

    with ThreadPoolExecutor(HANDS) as pool:
        return list(pool.map(ask, range(HANDS))).count(0.0)
