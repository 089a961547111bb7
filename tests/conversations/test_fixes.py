"""Under a message that did not go out stands the one button that helps, and it does the thing."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from conversations.models import Conversation, Message
from conversations.templates.accounts import account_id
from conversations.templates.models import Template
from conversations.transport.health import facts
from conversations.transport.models import OutboxItem
from loyalty.models import Customer
from tenants.context import inside
from tenants.models import AuditEntry, Role, Shop, WhatsAppNumber
from tenants.services.numbers import change_token


@pytest.fixture
def answer(thread: Conversation) -> Message:
    return Message.objects.filter(direction="out").latest("id")


def fail(shop: Shop, message: Message, code: int, state: str = "failed") -> None:
    failed = {"state": "failed", "error_code": str(code), "error_text": "It failed.", "state_at": timezone.now()}
    Message.objects.filter(pk=message.pk).update(**failed)
    OutboxItem.objects.filter(shop_id=shop.pk, message_id=message.pk).update(state=state, error_code=str(code))


def page_of(browser: Client, thread: Conversation) -> str:
    return browser.get(f"/inbox/{thread.pk}/log/").content.decode()


@pytest.mark.parametrize(
    ("code", "shown"),
    [
        (131052, ("Send again", "/again/")),
        (131047, ("Choose a template", "?template=choose#composer-form")),
        (190, ("Enter a new token", "/settings/numbers/{number}/#keys-title")),
        (133010, ("Look at the number", "/settings/numbers/{number}/")),
        (132001, ("Look at the templates", "/settings/templates/")),
        (131042, ("Open Meta&#x27;s billing", "https://business.facebook.com/billing_hub/")),
        (131042, ("Send again", "/again/")),
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
    Conversation.objects.update(window_expires_at=None)
    fail(shop, answer, code)
    page = page_of(client_of(shop, Role.ADMIN), thread)
    assert all(words.format(number=thread.number_id) in page for words in shown)


def number_of(thread: Conversation) -> WhatsAppNumber:
    return WhatsAppNumber.objects.get(pk=thread.number_id)


def mirrored(thread: Conversation, message: Message, **about: Any) -> Template:
    """The message goes out as this template, which we know."""
    content = {"kind": "template", "name": "order_ready", "language": "en", "text": "Ready"}
    Message.objects.filter(pk=message.pk).update(content=content)
    return Template.objects.create(
        waba_id=account_id(number_of(thread)), name="order_ready", language="en", provider_id="77", **about
    )


def new_token(thread: Conversation, answer: Message) -> None:
    change_token(number=number_of(thread), token="a-better-token")


def passed_check(thread: Conversation, answer: Message) -> None:
    facts.note_mended(number_id=thread.number_id)


def compared(thread: Conversation, answer: Message) -> None:
    mirrored(thread, answer, status="approved", last_synced_at=timezone.now())


def wrote(thread: Conversation, answer: Message) -> None:
    until = timezone.now() + timedelta(hours=24)
    Conversation.objects.update(last_inbound_at=timezone.now(), window_expires_at=until)


def gave_a_phone(thread: Conversation, answer: Message) -> None:
    thread.customer.phone = "+27821230099"
    thread.customer.save(update_fields=["phone"])


@pytest.mark.parametrize(
    ("code", "mend"),
    [
        (10, new_token),
        (133010, passed_check),
        (132001, compared),
        (131047, wrote),
        (137000, wrote),
        (131062, gave_a_phone),
    ],
)
def test_what_was_mended_since_goes_out_again_and_not_before(
    client_of: Callable[..., Client],
    shop: Shop,
    thread: Conversation,
    answer: Message,
    code: int,
    mend: Callable[[Conversation, Message], None],
) -> None:
    Customer.objects.update(phone=None)
    Conversation.objects.update(window_expires_at=None)
    fail(shop, answer, code)
    agent, path = client_of(shop, Role.AGENT), f"/inbox/{thread.pk}/messages/{answer.pk}/again/"
    assert "Send again" not in page_of(agent, thread)
    assert agent.post(path, headers={"HX-Request": "true"}).status_code == 422
    mend(thread, answer)
    assert "Send again" in page_of(agent, thread)
    assert agent.post(path, headers={"HX-Request": "true"}).status_code == 200
    assert OutboxItem.objects.get(shop_id=shop.pk, message_id=answer.pk).state == "queued"


@pytest.mark.parametrize("about", [{"status": "approved"}, {"status": "paused", "last_synced_at": "now"}])
def test_a_template_that_is_as_it_was_offers_its_own_page_and_nothing_more(
    client_of: Callable[..., Client], shop: Shop, thread: Conversation, answer: Message, about: dict[str, Any]
) -> None:
    template = mirrored(
        thread, answer, **{key: timezone.now() if value == "now" else value for key, value in about.items()}
    )
    fail(shop, answer, 132001)
    page = page_of(client_of(shop, Role.MANAGER), thread)
    assert f'href="/settings/templates/{template.pk}/"' in page
    assert "Send again" not in page


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
    Customer.objects.update(phone=None)
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
