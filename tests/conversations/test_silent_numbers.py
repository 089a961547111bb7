"""A number that was removed or is switched off: nothing waits on it for ever, news take another way, people are told."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from conversations.inbox import handover
from conversations.inbox.thread_numbers import NumberIsSilent, thread_for_notification
from conversations.models import Conversation, Message
from conversations.transport import delivery
from conversations.transport.giving_up.dead_letters import Decision
from conversations.transport.models import OutboxItem
from conversations.transport.sending import leftovers
from conversations.transport.sending.resending import NotAgain, send_again
from orders.basket import add_to_basket
from orders.checkout import place_order
from orders.fulfilment import mark_paid
from tenants.models import Role, Shop, User, WhatsAppNumber
from tenants.queries import forget
from tenants.services import own_numbers
from tenants.services.numbers import add_number
from tests.conversations.test_standing_in import template
from tests.fakes.graph import FakeGraph
from tests.journeys.chat import Customer
from tests.journeys.conftest import Bakery

pytestmark = pytest.mark.django_db
LONG_DUE = "2020-01-01T00:00:00Z"


@pytest.fixture
def actor() -> User:
    return User.objects.create_user("admin@example.com", name="Admin")


def silenced(bakery: Bakery, how: str, actor: User) -> None:
    act = {"removed": own_numbers.remove_number, "off": own_numbers.switch_off}[how]
    act(shop=bakery.shop, number_id=bakery.number.pk, actor=actor)
    forget()


def second_number(shop: Shop, **more: Any) -> WhatsAppNumber:
    given = {"provider": "meta_cloud", "phone": "+27215550888", "phone_number_id": "pn-2", "waba_id": "waba-2"}
    return add_number(shop=shop, token="t", **{**given, **more}).number


def waiting(bakery: Bakery, thandi: Customer) -> Message:
    """A reply that is queued; everything said before has left."""
    thandi.says("hi")
    OutboxItem.objects.update(state="queued", next_at=LONG_DUE)
    Message.objects.filter(direction="out").update(state="queued")
    return Message.objects.filter(direction="out").latest("pk")


def test_what_waits_on_a_removed_number_fails_at_once_with_the_reason(
    bakery: Bakery, thandi: Customer, actor: User
) -> None:
    message = waiting(bakery, thandi)
    OutboxItem.objects.update(next_at=timezone.now() + timedelta(hours=3))
    silenced(bakery, "removed", actor)
    message.refresh_from_db()
    assert (message.state, message.error_text) == ("failed", leftovers.REMOVED)
    assert set(OutboxItem.objects.values_list("state", "last_error")) == {("failed", leftovers.REMOVED)}
    with pytest.raises(NotAgain, match="was removed"):
        send_again(shop=bakery.shop, message_id=message.pk, by=Decision(actor, "test"))


def test_what_comes_to_a_removed_number_later_fails_at_its_turn(bakery: Bakery, thandi: Customer, actor: User) -> None:
    message = waiting(bakery, thandi)
    silenced(bakery, "removed", actor)
    OutboxItem.objects.filter(message_id=message.pk).update(state="queued", next_at=LONG_DUE)
    Message.objects.filter(pk=message.pk).update(state="queued", error_text="")
    assert delivery.drain(bakery.number.pk, threads=1) == 1
    message.refresh_from_db()
    assert (message.state, message.error_text) == ("failed", leftovers.REMOVED)


def test_on_a_switched_off_number_messages_wait_a_day_and_no_longer(
    bakery: Bakery, thandi: Customer, actor: User
) -> None:
    thandi.says("menu")
    message = waiting(bakery, thandi)
    silenced(bakery, "off", actor)
    older = timezone.now() - leftovers.PATIENCE - timedelta(minutes=1)
    OutboxItem.objects.update(created_at=older)
    assert (
        leftovers.give_up_on_silent_numbers() == 0
    )  # it waited for something else; the number is off for a moment only
    WhatsAppNumber.objects.update(switched_off_at=older)
    late = OutboxItem.objects.earliest("pk")
    OutboxItem.objects.filter(pk=late.pk).update(created_at=timezone.now())
    assert leftovers.give_up_on_silent_numbers() >= 1
    message.refresh_from_db()
    assert (message.state, message.error_text) == ("failed", leftovers.WAS_OFF)
    assert OutboxItem.objects.get(pk=late.pk).state == "queued"  # it was written while the number was off


def test_a_number_counts_anew_each_time_it_is_switched_off(bakery: Bakery, actor: User) -> None:
    def since() -> Any:
        return WhatsAppNumber.objects.get(pk=bakery.number.pk).switched_off_at

    about: dict[str, Any] = {"shop": bakery.shop, "number_id": bakery.number.pk, "actor": actor}
    silenced(bakery, "off", actor)
    first = since()
    silenced(bakery, "off", actor)
    assert since() == first is not None
    own_numbers.switch_on(**about)
    assert since() is None
    silenced(bakery, "off", actor)
    assert since() > first
    assert second_number(bakery.shop, is_active=False).switched_off_at is not None


def test_what_was_given_up_goes_again_once_its_number_sends(
    bakery: Bakery, thandi: Customer, actor: User, client_of: Callable[..., Client]
) -> None:
    thandi.says("menu")
    message = waiting(bakery, thandi)
    silenced(bakery, "off", actor)
    older = timezone.now() - leftovers.PATIENCE - timedelta(minutes=1)
    OutboxItem.objects.update(created_at=older)
    WhatsAppNumber.objects.update(switched_off_at=older)
    count = leftovers.give_up_on_silent_numbers()
    manager, problems = client_of(bakery.shop, Role.MANAGER), "/settings/problems/"
    item = OutboxItem.objects.get(message_id=message.pk)

    def shown() -> list[bool]:
        thread, listed = (manager.get(path).content.decode() for path in (f"/inbox/{thandi.thread.pk}/log/", problems))
        return [f"/messages/{message.pk}/again/" in thread, f"failed:{item.pk}" in listed]

    assert shown() == [False, False]
    own_numbers.switch_on(shop=bakery.shop, number_id=bakery.number.pk, actor=actor)
    forget()
    assert shown() == [True, True]
    again = f"/inbox/{thandi.thread.pk}/messages/{message.pk}/again/"
    assert manager.post(again, headers={"HX-Request": "true"}).status_code == 200
    assert OutboxItem.objects.get(pk=item.pk).state == "queued"
    every = {"all_of": "none", "cause": "none"}
    assert ": Failed at ShopMe<" in manager.get(f"{problems}?cause=none").content.decode()
    assert f"{count - 1} tried again" in manager.post(f"{problems}retry/", every, follow=True).content.decode()
    assert set(OutboxItem.objects.values_list("state", flat=True)) == {"queued"}


def test_a_number_that_sends_keeps_what_is_old(bakery: Bakery, thandi: Customer) -> None:
    waiting(bakery, thandi)
    OutboxItem.objects.update(created_at=timezone.now() - timedelta(days=3))
    assert leftovers.give_up_on_silent_numbers() == 0
    assert set(OutboxItem.objects.values_list("state", flat=True)) == {"queued"}


def test_a_closed_window_is_told_though_the_number_is_off(bakery: Bakery, thandi: Customer, actor: User) -> None:
    message = waiting(bakery, thandi)
    silenced(bakery, "off", actor)
    Conversation.objects.update(window_expires_at=timezone.now() - timedelta(minutes=1))
    delivery.drain(bakery.number.pk, threads=1)
    message.refresh_from_db()
    assert (message.state, message.error_code) == ("failed", "131047")


@pytest.mark.parametrize(("how", "words"), [("removed", "was removed from ShopMe"), ("off", "is switched off")])
def test_nobody_writes_into_a_thread_from_which_nothing_leaves(
    bakery: Bakery, thandi: Customer, actor: User, how: str, words: str
) -> None:
    thandi.says("hi")
    silenced(bakery, how, actor)
    said = Message.objects.count()
    about: dict[str, Any] = {"conversation_id": thandi.thread.pk, "user_id": actor.pk}
    with pytest.raises(NumberIsSilent, match=words):
        handover.send_staff_message(**about, text="Hello", request_id="r1")
    with pytest.raises(NumberIsSilent, match=words):
        handover.ask_for_phone(**about, cause="fix:1")
    assert Message.objects.count() == said


@pytest.mark.parametrize("how", ["removed", "off"])
def test_news_of_an_order_take_the_default_number_when_the_threads_own_is_silent(
    bakery: Bakery, thandi: Customer, actor: User, how: str
) -> None:
    thandi.says("ciao")
    old = thandi.thread
    second_number(bakery.shop, phone_number_id="pn-3", phone="+27215550777")
    chosen = second_number(bakery.shop)
    own_numbers.make_default(shop=bakery.shop, number_id=chosen.pk, actor=actor)
    assert thread_for_notification(old.customer) == old  # its number sends
    silenced(bakery, how, actor)
    thread = thread_for_notification(old.customer)
    assert thread is not None
    assert (thread.number_id, thread.customer_id, thread.language, thread.window_expires_at) == (
        chosen.pk,
        old.customer_id,
        old.language,
        None,
    )
    assert thread_for_notification(old.customer) == thread  # and no third one


def test_without_any_number_that_sends_the_thread_itself_says_so(bakery: Bakery, thandi: Customer, actor: User) -> None:
    thandi.says("hi")
    silenced(bakery, "removed", actor)
    assert thread_for_notification(thandi.thread.customer) == thandi.thread


@pytest.mark.django_db(transaction=True)
def test_a_payment_is_told_by_a_template_of_the_number_that_is_left(
    bakery: Bakery, thandi: Customer, actor: User, settings: Any
) -> None:
    thandi.says("hi")
    person = thandi.thread.customer
    add_to_basket(customer=person, variant_id=bakery.variant["Rye loaf"].pk)
    order = place_order(customer=person, fulfilment="collection", source="dashboard", source_key="d:1")
    silenced(bakery, "removed", actor)
    chosen = second_number(bakery.shop)
    template(chosen)
    with FakeGraph() as graph:
        settings.WHATSAPP_GRAPH_URL = graph.url
        mark_paid(order_id=order.pk, actor_kind="staff", actor_id=1)
        delivery.drain(chosen.pk, threads=1)
        (payload,) = graph.sent_to(thandi.phone)
    message = Message.objects.get(cause=f"order:{order.pk}:paid")
    assert (message.conversation.number_id, message.kind, message.state) == (chosen.pk, "template", "sent")
    assert payload["template"]["name"] == "payment_received"
