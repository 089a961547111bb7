"""A reply goes to the account it answers, with that account's own window, also when two customers became one."""

from datetime import timedelta
from importlib import import_module

import pytest
from django.db import connection
from django.utils import timezone

from conversations import outbox
from conversations.inbox import handover
from conversations.inbox.day_window import WindowClosed
from conversations.inbox.reacting import react
from conversations.models import Conversation, Message
from conversations.store import ChatStore
from conversations.transport.models import OutboxItem
from conversations.transport.ports import Outgoing
from conversations.transport.providers.meta_cloud.render import render
from conversations.transport.replies import Text
from loyalty.models import CustomerIdentity, Merge
from loyalty.services import merge_customers, undo_merge
from tenants.context import inside
from tenants.models import QrCode, Shop, User, WhatsAppNumber
from tests.journeys.conftest import Bakery
from tests.journeys.hidden import Hidden
from tests.journeys.shared import OnShared

FIRST, SECOND = "+27835557788", "+27831112222"


@pytest.fixture
def manager(db: None) -> User:
    return User.objects.create_user("manager@example.com", name="Lerato")


@pytest.fixture
def first(bakery: Bakery) -> Hidden:
    return Hidden(bakery.shop, bakery.number, name="Nomsa", phone=FIRST[1:], bsuid="", shows="phone")


@pytest.fixture
def second(bakery: Bakery) -> Hidden:
    return Hidden(bakery.shop, bakery.number, name="N", phone=SECOND[1:], bsuid="", shows="phone")


def merged(kept: Hidden, gone: Hidden, manager: User) -> Merge:
    return merge_customers(kept=kept.thread.customer, gone=gone.thread.customer, actor=manager)


def to_be_sent(who: Hidden, message: Message | None = None) -> Outgoing:
    message = message or Message.objects.filter(direction="out").latest("pk")
    return ChatStore().load(who.shop, [message.pk])[message.pk]


def address(who: Hidden, message: Message | None = None) -> str:
    payload = render(to_be_sent(who, message), token="t")
    return payload.get("to") or payload["recipient"]


def notification_to(who: Hidden, cause: str) -> Message:
    said = [Text("It is ready.")]
    return outbox.enqueue(conversation=who.thread, replies=said, cause=cause, speaker=outbox.SYSTEM)[0]


def hours_left(outgoing: Outgoing) -> float:
    assert outgoing.window_expires_at is not None
    return (outgoing.window_expires_at - timezone.now()).total_seconds() / 3600


class TestTwoPhonesOfOneCustomer:
    def test_each_is_answered_where_it_wrote_and_news_go_where_they_wrote_last(
        self, first: Hidden, second: Hidden, manager: User
    ) -> None:
        second.says("hi")
        first.says("hi")
        merged(first, second, manager)
        for who, phone in ((second, SECOND), (first, FIRST), (second, SECOND)):
            who.says("menu")
            assert address(who) == phone
            assert address(who, notification_to(who, f"order:{phone}:{timezone.now()}")) == phone

    def test_an_answer_that_still_waits_is_not_carried_off_by_the_other_phone(
        self, first: Hidden, second: Hidden, manager: User
    ) -> None:
        first.says("hi")
        second.says("hi")
        merged(first, second, manager)
        first.says("menu")
        waiting = Message.objects.filter(direction="out").latest("pk")
        second.says("points")
        assert (address(first, waiting), address(second)) == (FIRST, SECOND)

    def test_a_message_that_comes_late_is_answered_where_it_was_written(
        self, first: Hidden, second: Hidden, manager: User
    ) -> None:
        first.says("hi")
        second.says("hi")
        merged(first, second, manager)
        earlier = (timezone.now() - timedelta(minutes=9)).timestamp()
        second.says("menu")
        first.deliver(first.payload({"type": "text", "text": {"body": "points"}}, at=earlier))
        assert address(first) == FIRST
        assert address(first, notification_to(first, "order:1:paid")) == SECOND

    def test_the_window_is_the_one_of_the_account_that_is_written_to(
        self, first: Hidden, second: Hidden, manager: User
    ) -> None:
        first.says("hi")
        Conversation.objects.update(window_expires_at=timezone.now() - timedelta(hours=2))
        second.says("hi")
        merged(first, second, manager)
        for_first = Message.objects.filter(to_phone=FIRST).latest("pk")
        assert hours_left(to_be_sent(first, for_first)) < 0
        assert hours_left(to_be_sent(second)) > 23
        assert first.thread.is_window_open(timezone.now())

        first.says("menu")
        assert hours_left(to_be_sent(first, for_first)) > 23

    def test_staff_answer_who_wrote_last_and_a_quote_goes_to_who_wrote_it(
        self, first: Hidden, second: Hidden, manager: User
    ) -> None:
        first.says("Do you have rye?")
        second.says("hi")
        merged(first, second, manager)
        asked = Message.objects.get(text="Do you have rye?")
        say = {"conversation_id": first.thread.pk, "user_id": manager.pk, "text": "Yes!"}
        assert address(first, handover.send_staff_message(**say, request_id="a")) == SECOND
        assert address(first, handover.send_staff_message(**say, request_id="b", answers=asked.pk)) == FIRST

    def test_nobody_answers_a_phone_whose_own_hours_are_over(
        self, first: Hidden, second: Hidden, manager: User
    ) -> None:
        first.says("Do you have rye?")
        Conversation.objects.update(window_expires_at=timezone.now() - timedelta(hours=2))
        second.says("hi")
        merged(first, second, manager)
        asked, greeted = (Message.objects.get(text=text, direction="in") for text in ("Do you have rye?", "hi"))
        said = Message.objects.count()
        about = {"conversation_id": first.thread.pk, "user_id": manager.pk}
        with pytest.raises(WindowClosed, match="came from another phone"):
            handover.send_staff_message(**about, text="Yes!", request_id="a", answers=asked.pk)
        with pytest.raises(WindowClosed, match="came from another phone"):
            handover.send_staff_replies(**about, replies=[Text("Yes!")], request_id="b", answers=asked.pk)
        with pytest.raises(WindowClosed, match="came from another phone"):
            react(**about, message_id=asked.pk, emoji="👍")
        assert Message.objects.count() == said
        answer = handover.send_staff_message(**about, text="Yes!", request_id="c", answers=greeted.pk)
        assert address(first, answer) == SECOND
        CustomerIdentity.objects.filter(value=FIRST).update(retired_at=timezone.now())
        answer = handover.send_staff_message(**about, text="Yes!", request_id="d", answers=asked.pk)
        assert address(first, answer) == SECOND  # what was meant for a phone they gave up


class TestAHiddenPhone:
    def test_the_id_that_wrote_is_answered_not_the_phone_of_the_other(
        self, first: Hidden, bakery: Bakery, manager: User
    ) -> None:
        hidden = Hidden(bakery.shop, bakery.number, name="N", phone=SECOND[1:])
        first.says("hi")
        hidden.says("hi")
        merged(first, hidden, manager)
        hidden.says("menu")
        assert address(hidden) == hidden.bsuid
        first.says("menu")
        assert address(first) == FIRST

    def test_a_changed_number_takes_its_own_messages_along(self, first: Hidden, bakery: Bakery, manager: User) -> None:
        hidden = Hidden(bakery.shop, bakery.number, name="N", phone=SECOND[1:])
        hidden.says("hi")
        first.says("hi")
        merged(first, hidden, manager)
        hidden.says("menu")
        waiting = Message.objects.filter(direction="out").latest("pk")
        first.says("menu")
        Message.objects.filter(pk=waiting.pk).update(state=Message.State.QUEUED, wamid=None)
        hidden.deliver(
            hidden.payload({"type": "system", "system": {"type": "user_changed_user_id", "user_id": "ZA.ROT",
                                                         "previous_user_id": hidden.bsuid}})
        )  # fmt: skip
        assert address(hidden, waiting) == "ZA.ROT"
        assert address(first, notification_to(first, "order:1:ready")) == FIRST


class TestOnASharedNumber:
    def test_each_phone_is_answered_in_a_line_of_its_own_in_every_shop(
        self, shops: dict[str, Shop], codes: dict[str, QrCode], shared: WhatsAppNumber, manager: User
    ) -> None:
        one, other = OnShared(shared, phone=FIRST[1:]), OnShared(shared, name="Zola", phone=SECOND[1:])
        for who in (other, one):
            who.says(codes["amber"].code)
        with inside(shops["amber"]):
            kept, gone = (identity_of(phone).customer for phone in (FIRST, SECOND))
            merge_customers(kept=kept, gone=gone, actor=manager)
        for who, phone in ((other, SECOND), (one, FIRST)):
            who.says("menu")
            item = OutboxItem.objects.latest("pk")
            assert item.lane == f"o:0:{shared.pk}:{who.phone}"
            with inside(shops["amber"]):
                assert ChatStore().load(shops["amber"], [item.message_id])[item.message_id].phone == phone


def identity_of(phone: str) -> CustomerIdentity:
    return CustomerIdentity.objects.get(kind="phone", value=phone, retired_at=None)


class TestAfterTheUndoing:
    def test_news_of_one_never_go_to_the_other_and_each_has_its_window(
        self, first: Hidden, second: Hidden, manager: User
    ) -> None:
        first.says("hi")
        second.says("hi")
        merge = merged(first, second, manager)
        second.says("menu")
        answer = Message.objects.filter(direction="out").latest("pk")
        undo_merge(merge=merge, actor=manager, reason="Two sisters")

        assert address(first, notification_to(first, "order:1:ready")) == FIRST
        assert address(second, notification_to(second, "order:2:ready")) == SECOND
        assert address(second, answer) == SECOND
        for thread in (first.thread, second.thread):
            assert thread.other_reaches == []
            assert thread.is_window_open(timezone.now())

    def test_a_thread_that_went_over_whole_comes_back_with_its_own_account_only(
        self, first: Hidden, second: Hidden, bakery: Bakery, manager: User
    ) -> None:
        second.says("hi")
        first.says("hi")
        kept, gone = first.thread.customer, second.thread.customer
        Message.objects.filter(conversation=first.thread).delete()
        OutboxItem.objects.all().delete()
        first.thread.traces.all().delete()
        first.thread.delete()
        merge = merge_customers(kept=kept, gone=gone, actor=manager)
        first.says("menu")
        assert Conversation.objects.get().reach_phone == FIRST
        undo_merge(merge=merge, actor=manager, reason="Two sisters")
        assert second.thread.reach_phone == SECOND
        assert address(second, notification_to(second, "order:2:ready")) == SECOND


def test_threads_of_before_learn_from_their_messages_who_wrote_last(first: Hidden, bakery: Bakery) -> None:
    hidden = Hidden(bakery.shop, bakery.number, name="N", phone=SECOND[1:])
    first.says("hi")
    hidden.says("hi")
    hidden.sends({"type": "reaction", "reaction": {"message_id": "wamid.X", "emoji": "👍"}})
    threads = [first.thread, hidden.thread]
    Conversation.objects.update(reach_phone="", reach_bsuid="")
    with connection.cursor() as cursor:
        cursor.execute(import_module("conversations.migrations.0008_reaches").WHO_WROTE_LAST)
    known = [(row.reach_phone, row.reach_bsuid) for row in map(refreshed, threads)]
    assert known == [(FIRST, ""), ("", hidden.bsuid)]


def refreshed(thread: Conversation) -> Conversation:
    thread.refresh_from_db()
    return thread
