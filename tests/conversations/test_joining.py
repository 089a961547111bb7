"""The chats, baskets and orders of two customers who are one."""

from datetime import timedelta

import pytest
from django.apps import apps
from django.utils import timezone

from conversations import outbox
from conversations.inbox import queries
from conversations.models import Conversation, Message, Note
from conversations.transport.models import OutboxItem
from conversations.transport.replies import Text
from loyalty.models import Customer as Person
from loyalty.services import merge_customers, undo_merge
from orders.models import BasketLine, Order
from tenants.models import User
from tests.journeys.conftest import Bakery
from tests.journeys.hidden import Hidden


@pytest.fixture
def manager(db: None) -> User:
    return User.objects.create_user("manager@example.com", name="Lerato")


@pytest.fixture
def known(bakery: Bakery) -> Hidden:
    return Hidden(bakery.shop, bakery.number, name="Nomsa", phone="27835557788", bsuid="", shows="phone")


@pytest.fixture
def hidden(bakery: Bakery) -> Hidden:
    return Hidden(bakery.shop, bakery.number, name="N", phone="27835557788")


def people(known: Hidden, hidden: Hidden) -> tuple[Person, Person]:
    return known.thread.customer, hidden.thread.customer


def test_what_was_said_is_one_thread_in_the_order_of_time(known: Hidden, hidden: Hidden, manager: User) -> None:
    known.says("hi")
    hidden.says("hello")
    known.says("menu")
    hidden.says("points")
    kept, gone = people(known, hidden)
    Note.objects.create(customer=gone, text="No nuts")
    old_thread = hidden.thread.pk
    everything = list(Message.objects.order_by("id").values_list("id", flat=True))
    merge = merge_customers(kept=kept, gone=gone, actor=manager)

    page = queries.thread(conversation_id=known.thread.pk)
    assert page is not None
    assert [message.pk for message in page.messages] == everything
    assert queries.thread(conversation_id=old_thread).conversation.pk == known.thread.pk  # type: ignore[union-attr]
    rows = queries.conversations_for_inbox(filter="open").rows
    assert [row.conversation.pk for row in rows] == [known.thread.pk]
    assert queries.conversations_for_inbox(filter="closed").rows == []
    assert [note.text for note in queries.notes_of(kept.pk)] == ["No nuts"]

    hidden.says("menu")
    assert Conversation.objects.filter(moved_to=None).count() == 1
    undo_merge(merge=merge, actor=manager, reason="Two sisters")
    mine = set(Message.objects.filter(conversation=old_thread).values_list("id", flat=True))
    theirs = set(Message.objects.filter(conversation=known.thread).values_list("id", flat=True))
    assert mine == {message for message in everything if message in mine}
    assert len(mine) == 4
    assert mine | theirs == set(Message.objects.values_list("id", flat=True))
    assert not mine & theirs
    assert not Note.objects.filter(customer=kept).exists()


def test_baskets_and_orders_come_along_and_go_back(
    known: Hidden, hidden: Hidden, bakery: Bakery, manager: User
) -> None:
    known.says("hi")
    known.taps_id(f"cart.add:{bakery.variant['Rye loaf'].pk}")
    hidden.taps_id(f"cart.add:{bakery.variant['Rye loaf'].pk}")
    hidden.taps("Check out")
    hidden.taps("Collection")
    hidden.taps("Go on without")
    hidden.taps("Order · R52,00")
    hidden.taps_id(f"cart.add:{bakery.variant['Sourdough loaf'].pk}")
    kept, gone = people(known, hidden)
    merge = merge_customers(kept=kept, gone=gone, actor=manager)

    assert Order.objects.get().customer_id == kept.pk
    names = BasketLine.objects.filter(basket__customer=kept).values_list("variant__product__name", flat=True)
    assert list(names) == ["Rye loaf", "Sourdough loaf"]
    undo_merge(merge=merge, actor=manager, reason="Two sisters")
    assert Order.objects.get().customer_id == gone.pk
    names = BasketLine.objects.filter(basket__customer=gone).values_list("variant__product__name", flat=True)
    assert list(names) == ["Sourdough loaf"]


def test_what_waits_to_be_sent_leaves_before_what_is_said_later(
    known: Hidden, hidden: Hidden, bakery: Bakery, manager: User
) -> None:
    known.says("hi")
    hidden.says("hi")
    OutboxItem.objects.all().delete()
    (waiting,) = outbox.enqueue(conversation=hidden.thread, replies=[Text("First")], cause="a")
    kept, gone = people(known, hidden)
    merge_customers(kept=kept, gone=gone, actor=manager)
    (later,) = outbox.enqueue(conversation=known.thread, replies=[Text("Second")], cause="b")
    rows = OutboxItem.objects.order_by("id").values_list("message_id", "lane")
    lane = f"o:{bakery.shop.pk}:{known.thread.pk}"
    assert list(rows) == [(waiting.pk, lane), (later.pk, lane)]


def test_who_answers_and_the_ad_come_along_and_go_back(known: Hidden, hidden: Hidden, manager: User) -> None:
    hidden.says("hi")
    known.says("hi")
    at, taken = timezone.now(), {"mode": "human", "assignee_id": manager.pk}
    until = at + timedelta(minutes=20)
    Conversation.objects.filter(pk=hidden.thread.pk).update(**taken, takeover_until=until, referred_at=at)
    merge = merge_customers(**dict(zip(("kept", "gone"), people(known, hidden), strict=True)), actor=manager)

    one = known.thread
    assert (one.mode, one.assignee_id, one.takeover_until, one.referred_at) == ("human", manager.pk, until, at)
    assert known.says("menu") == ""
    undo_merge(merge=merge, actor=manager, reason="Two sisters")
    theirs, own = hidden.thread, known.thread
    assert (theirs.mode, theirs.assignee_id, theirs.takeover_until, theirs.referred_at) == (
        "human", manager.pk, until, at,
    )  # fmt: skip
    assert (own.mode, own.assignee_id, own.takeover_until, own.referred_at) == ("bot", None, None, None)
    assert known.says("menu") != ""


def test_of_two_people_who_answer_nobody_is_cut_short(known: Hidden, hidden: Hidden, manager: User) -> None:
    known.says("agent")
    hidden.says("hi")
    until = timezone.now() + timedelta(minutes=20)
    Conversation.objects.filter(pk=hidden.thread.pk).update(mode="human", assignee_id=7, takeover_until=until)
    merge_customers(**dict(zip(("kept", "gone"), people(known, hidden), strict=True)), actor=manager)
    one = known.thread
    assert (one.mode, one.assignee_id, one.takeover_until, one.needs_person) == ("human", 7, None, True)


def test_the_checkout_of_who_wrote_last_goes_on(known: Hidden, hidden: Hidden, bakery: Bakery, manager: User) -> None:
    known.says("hi")
    hidden.taps_id(f"cart.add:{bakery.variant['Rye loaf'].pk}")
    hidden.taps("Check out")
    before = known.thread.state
    merge = merge_customers(**dict(zip(("kept", "gone"), people(known, hidden), strict=True)), actor=manager)
    asked = known.thread.state
    assert asked == "checkout.way"
    undo_merge(merge=merge, actor=manager, reason="Two sisters")
    assert (known.thread.state, hidden.thread.state) == (before, asked)


def test_the_chat_is_found_by_the_phone_that_came_along(known: Hidden, bakery: Bakery, manager: User) -> None:
    second = Hidden(bakery.shop, bakery.number, name="N", phone="27831112222", bsuid="", shows="phone")
    known.says("hi")
    second.says("hi")
    kept, gone = known.thread.customer, second.thread.customer
    merge_customers(kept=kept, gone=gone, actor=manager)
    rows = queries.conversations_for_inbox(search="083 111 2222").rows
    assert [row.conversation.pk for row in rows] == [known.thread.pk]


def test_no_row_of_the_gone_customer_is_forgotten(known: Hidden, hidden: Hidden, bakery: Bakery, manager: User) -> None:
    """Whoever adds a table with a customer decides here what a merge does with it."""
    stays = {
        "Account", "Merge", "IdentityDoubt", "ConsentEntry", "Basket",  # read through the merge, or kept as proof
    }  # fmt: skip
    moves = {"CustomerIdentity", "Address", "Purchase", "Order", "Conversation", "Note"}
    owners = {
        model.__name__
        for model in apps.get_models()
        for field in model._meta.get_fields()
        if field.is_relation and field.concrete and field.related_model is Person and model is not Person
    }
    assert owners == stays | moves
