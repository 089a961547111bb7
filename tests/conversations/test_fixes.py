"""Under a message that did not go out stands the one button that helps, and it does the thing."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from conversations.models import Conversation, Message
from conversations.transport.models import OutboxItem
from tenants.context import inside
from tenants.models import AuditEntry, Role, Shop
from tests.journeys.chat import Customer as Person


@pytest.fixture
def thread(thandi: Person) -> Conversation:
    thandi.says("Hi")
    return Conversation.objects.get()


@pytest.fixture
def answer(thread: Conversation) -> Message:
    return Message.objects.filter(direction="out").latest("id")


def fail(shop: Shop, message: Message, code: int, state: str = "failed") -> None:
    Message.objects.filter(pk=message.pk).update(state="failed", error_code=str(code), error_text="It failed.")
    OutboxItem.objects.filter(shop_id=shop.pk, message_id=message.pk).update(state=state, error_code=str(code))


def page_of(browser: Client, thread: Conversation) -> str:
    return browser.get(f"/inbox/{thread.pk}/log/").content.decode()


@pytest.mark.parametrize(
    ("code", "shown"),
    [
        (131052, ("Send again", "/again/")),
        (131047, ("Choose a template", "?template=choose#composer-form")),
        (190, ("Enter a new token", "/settings/numbers/")),
        (132001, ("Look at the templates", "/settings/templates/")),
        (131042, ("Open Meta&#x27;s billing", "https://business.facebook.com/billing_hub/")),
        (137000, ("Look at the customer", "/customers/")),
    ],
)
def test_each_failure_offers_its_one_button(
    client_of: Callable[..., Client],
    shop: Shop,
    thread: Conversation,
    answer: Message,
    code: int,
    shown: tuple[str, str],
) -> None:
    fail(shop, answer, code)
    page = page_of(client_of(shop, Role.ADMIN), thread)
    assert all(words in page for words in shown)


def test_nothing_is_offered_where_nothing_helps(
    client_of: Callable[..., Client], shop: Shop, thread: Conversation, answer: Message
) -> None:
    fail(shop, answer, 131026)
    page = page_of(client_of(shop, Role.ADMIN), thread)
    assert "It failed." in page
    assert "Send again" not in page


def test_who_may_not_reads_whom_to_ask(
    client_of: Callable[..., Client], shop: Shop, thread: Conversation, answer: Message
) -> None:
    fail(shop, answer, 190)
    page = page_of(client_of(shop, Role.AGENT), thread)
    assert "Ask an Admin." in page
    assert "Enter a new token" not in page


def test_what_meta_calmed_is_offered_again_after_a_day(
    client_of: Callable[..., Client], shop: Shop, thread: Conversation, answer: Message
) -> None:
    agent = client_of(shop, Role.AGENT)
    fail(shop, answer, 131049)
    assert "Send again" not in page_of(agent, thread)
    Message.objects.filter(pk=answer.pk).update(state_at=timezone.now() - timedelta(days=1, seconds=1))
    assert "Send again" in page_of(agent, thread)


def test_send_again_queues_the_same_message_and_is_on_record(
    client_of: Callable[..., Client], shop: Shop, thread: Conversation, answer: Message
) -> None:
    fail(shop, answer, 131052)
    agent = client_of(shop, Role.AGENT)
    path = f"/inbox/{thread.pk}/messages/{answer.pk}/again/"
    answered = agent.post(path, headers={"HX-Request": "true"})
    assert answered.status_code == 200
    row = OutboxItem.objects.get(shop_id=shop.pk, message_id=answer.pk)
    with inside(shop):
        answer.refresh_from_db()
    assert (row.state, answer.state, answer.error_code, answer.token) == ("queued", "queued", "", row.token)
    assert AuditEntry.objects.get(action="send.retried").actor == agent.user  # type: ignore[attr-defined]
    assert agent.post(path, headers={"HX-Request": "true"}).status_code == 422


def test_a_message_that_needs_a_phone_asks_for_it_once(
    client_of: Callable[..., Client], shop: Shop, thread: Conversation, answer: Message
) -> None:
    fail(shop, answer, 131062)
    agent = client_of(shop, Role.AGENT)
    path = f"/inbox/{thread.pk}/messages/{answer.pk}/ask-phone/"
    assert "Ask for the phone number" in page_of(agent, thread)
    assert path in page_of(agent, thread)
    for _ in range(2):
        assert agent.post(path, headers={"HX-Request": "true"}).status_code == 200
    asked = Message.objects.filter(kind="ask_contact")
    assert [(message.author, message.cause) for message in asked] == [("staff", f"fix:{answer.pk}")]
    assert OutboxItem.objects.get(message_id=asked[0].pk).state == "queued"


def test_a_phone_is_asked_for_only_where_it_is_missing(
    client_of: Callable[..., Client], shop: Shop, thread: Conversation, answer: Message
) -> None:
    fail(shop, answer, 131026)
    path = f"/inbox/{thread.pk}/messages/{answer.pk}/ask-phone/"
    assert client_of(shop, Role.AGENT).post(path).status_code == 404
    assert not Message.objects.filter(kind="ask_contact").exists()


def test_a_message_nobody_knows_the_end_of_asks_before_it_goes_again(
    client_of: Callable[..., Client], shop: Shop, thread: Conversation, answer: Message
) -> None:
    Message.objects.filter(pk=answer.pk).update(state="unknown")
    OutboxItem.objects.filter(message_id=answer.pk).update(state="unknown")
    agent = client_of(shop, Role.AGENT)
    assert "Send again" not in page_of(agent, thread)
    OutboxItem.objects.filter(message_id=answer.pk).update(state="dead")
    assert "It may have arrived already." in page_of(agent, thread)


def test_the_message_of_another_thread_is_not_found(
    client_of: Callable[..., Client], shop: Shop, thread: Conversation, answer: Message
) -> None:
    agent = client_of(shop, Role.AGENT)
    assert agent.post(f"/inbox/{thread.pk + 1}/messages/{answer.pk}/again/").status_code == 404
