"""Staff answer one message of the customer's, quoted, and react to it: only theirs, only here, only in the window."""

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from conversations import outbox
from conversations.inbox import reacting
from conversations.inbox.threads import NoSuchMessage
from conversations.models import Conversation, Message
from conversations.transport.ports import store
from conversations.transport.providers.meta_cloud.render import render
from conversations.transport.replies import Reaction, Text
from tenants.models import Shop
from tests.journeys.chat import Customer as Person
from tests.journeys.conftest import Bakery

HTMX = {"HX-Request": "true"}
CLOSED = "The customer has not written for 24 hours, so WhatsApp takes no free message now."


@pytest.fixture
def asked(thandi: Person) -> Message:
    """What the customer wrote, among other things."""
    thandi.says("Do you deliver to Sea Point?")
    thandi.says("hi")
    return Message.objects.get(direction="in", text="Do you deliver to Sea Point?")


def at(message: Message, act: str = "") -> str:
    return f"/inbox/{message.conversation_id}/{act}"


def react(agent: Client, message: Message, emoji: str) -> str:
    answer = agent.post(at(message, f"messages/{message.pk}/react/"), {"emoji": emoji}, headers=HTMX)
    assert answer.status_code == 200
    return answer.content.decode()


def bubble(page: str, message: Message) -> str:
    return page.split(f'id="m-{message.pk}"')[1].split("<time", maxsplit=1)[0]


def payload(shop: Shop, message: Message) -> dict[str, object]:
    """What goes to the provider, apart from whom to and our token."""
    body = render(store().load(shop, [message.pk])[message.pk], token="token")
    return {name: body[name] for name in body.keys() - {"messaging_product", "recipient_type", "to"}}


def last() -> Message:
    return Message.objects.filter(author="staff").latest("pk")


def test_only_the_first_of_several_replies_quotes(thandi: Person, asked: Message) -> None:
    said = outbox.enqueue(
        conversation=thandi.thread, replies=[Text("Yes"), Text("R 40")], cause="x", context_wamid=asked.wamid or ""
    )
    kept = Message.objects.filter(pk__in=[message.pk for message in said]).order_by("pk")
    assert list(kept.values_list("text", "context_wamid")) == [("Yes", asked.wamid), ("R 40", "")]


def test_a_reply_quotes_the_message_for_the_provider_and_in_the_thread(
    agent: Client, shop: Shop, asked: Message
) -> None:
    form = {"text": "We do.", "request_id": "tap-1", "quote": str(asked.pk)}
    answer = agent.post(at(asked, "send/"), form, headers=HTMX).content.decode()
    assert payload(shop, last()) == {
        "context": {"message_id": asked.wamid},
        "type": "text",
        "text": {"body": "We do.", "preview_url": False},
        "biz_opaque_callback_data": "token",
    }
    assert f'href="#m-{asked.pk}"' in bubble(answer, last())
    assert "Do you deliver to Sea Point?" in bubble(answer, last())
    assert 'id="composer-quote" hx-swap-oob="true"' in answer
    assert 'name="quote"' not in answer


def test_without_a_quote_there_is_no_context(agent: Client, shop: Shop, asked: Message) -> None:
    agent.post(at(asked, "send/"), {"text": "Hello", "request_id": "tap-1"}, headers=HTMX)
    assert "context" not in payload(shop, last())


def test_the_strip_above_the_composer_works_as_a_link_and_can_be_cancelled(agent: Client, asked: Message) -> None:
    page = agent.get(at(asked)).content.decode()
    assert f'href="/inbox/{asked.conversation_id}/?quote={asked.pk}#composer"' in page
    assert 'name="quote"' not in page
    page = agent.get(at(asked), {"quote": asked.pk}).content.decode()
    strip = page.split('id="composer-quote"')[1].split("<textarea")[0]
    assert f'<input type="hidden" name="quote" value="{asked.pk}">' in strip
    assert "Do you deliver to Sea Point?" in strip
    assert 'aria-label="Do not quote it"' in strip
    assert f'href="/inbox/{asked.conversation_id}/"' in strip


def test_news_of_the_thread_leave_the_strip_alone(agent: Client, asked: Message) -> None:
    assert 'id="composer-quote"' not in agent.get(at(asked, "log/"), headers=HTMX).content.decode()


@pytest.mark.parametrize("which", ["ours", "elsewhere", "nowhere"])
def test_only_what_the_customer_wrote_in_this_chat_can_be_answered(
    agent: Client, asked: Message, bakery: Bakery, which: str
) -> None:
    sipho = Person(bakery.shop, bakery.number, name="Sipho", phone="27829999999")
    sipho.says("hi")
    ids = {
        "ours": Message.objects.filter(direction="out", conversation_id=asked.conversation_id).latest("pk").pk,
        "elsewhere": Message.objects.get(direction="in", conversation=sipho.thread).pk,
        "nowhere": 999_999_999,
    }
    form = {"text": "We do.", "request_id": "tap-1", "quote": str(ids[which])}
    answer = agent.post(at(asked, "send/"), form, headers=HTMX)
    assert answer.status_code == 422
    assert "That message is not in this chat any more." in answer.content.decode()
    assert 'name="quote"' not in agent.get(at(asked), {"quote": ids[which]}).content.decode()
    assert agent.post(at(asked, f"messages/{ids[which]}/react/"), {"emoji": "👍"}, headers=HTMX).status_code == 404
    assert not Message.objects.filter(author="staff").exists()


def test_a_reaction_stands_on_the_bubble_and_goes_out_without_a_context(
    agent: Client, shop: Shop, asked: Message
) -> None:
    page = react(agent, asked, "👍")
    assert '<span class="sr-only">Reaction: </span>👍</span>' in bubble(page, asked)
    assert f'id="m-{last().pk}"' not in page
    assert payload(shop, last()) == {
        "type": "reaction",
        "reaction": {"message_id": asked.wamid, "emoji": "👍"},
        "biz_opaque_callback_data": "token",
    }
    thread = Conversation.objects.get()
    assert (thread.mode, thread.last_preview) == ("bot", "Reacted 👍")


def test_the_last_reaction_holds_and_can_be_taken_back(agent: Client, shop: Shop, asked: Message) -> None:
    react(agent, asked, "👍")
    page = react(agent, asked, "🙏")
    assert '<span class="sr-only">Reaction: </span>🙏</span>' in bubble(page, asked)
    assert 'aria-label="Take the reaction back"' in page
    page = react(agent, asked, "")
    assert "Reaction: " not in bubble(page, asked)
    assert 'aria-label="Take the reaction back"' not in page
    assert payload(shop, last())["reaction"] == {"message_id": asked.wamid, "emoji": ""}


def test_the_same_reaction_twice_is_sent_once(agent: Client, asked: Message) -> None:
    react(agent, asked, "")
    react(agent, asked, "👍")
    react(agent, asked, "👍")
    assert Message.objects.filter(kind="reaction").count() == 1


def test_a_reaction_that_did_not_go_out_stands_by_itself_and_can_be_tried_again(agent: Client, asked: Message) -> None:
    react(agent, asked, "👍")
    failed = last()
    Message.objects.filter(pk=failed.pk).update(state="failed", error_text="WhatsApp refused it.")
    page = agent.get(at(asked)).content.decode()
    assert "Reaction: " not in bubble(page, asked)
    assert "Reacted 👍" in bubble(page, failed)
    react(agent, asked, "👍")
    assert Message.objects.filter(kind="reaction").count() == 2


@pytest.mark.parametrize("words", ["ok", "👍👍", "<b>"])
def test_a_reaction_is_one_emoji(agent: Client, asked: Message, words: str) -> None:
    answer = agent.post(at(asked, f"messages/{asked.pk}/react/"), {"emoji": words}, headers=HTMX)
    assert answer.status_code == 422
    assert "A reaction is one emoji." in answer.content.decode()
    assert not Message.objects.filter(kind="reaction").exists()


def test_both_are_refused_when_the_window_is_closed(agent: Client, asked: Message) -> None:
    Conversation.objects.update(window_expires_at=timezone.now() - timedelta(minutes=1))
    page = agent.get(at(asked), {"quote": asked.pk}).content.decode()
    assert "bubble-acts" not in page
    assert 'id="composer-quote"' not in page
    form = {"text": "We do.", "request_id": "tap-1", "quote": str(asked.pk)}
    for answer in (
        agent.post(at(asked, "send/"), form, headers=HTMX),
        agent.post(at(asked, f"messages/{asked.pk}/react/"), {"emoji": "👍"}, headers=HTMX),
    ):
        assert answer.status_code == 422
        assert CLOSED in answer.content.decode()
    assert not Message.objects.filter(author="staff").exists()


def test_a_message_of_long_ago_takes_no_reaction(asked: Message) -> None:
    Message.objects.filter(pk=asked.pk).update(created_at=timezone.now() - timedelta(days=31))
    with pytest.raises(reacting.TooOldToReact, match="older than 30 days"):
        reacting.react(conversation_id=asked.conversation_id, user_id=1, message_id=asked.pk, emoji="👍")


def test_a_note_about_the_talk_and_a_reaction_have_nothing_to_answer(thandi: Person, agent: Client) -> None:
    thandi.says("hi")
    answer = Message.objects.filter(direction="out").latest("pk")
    thandi.sends({"type": "reaction", "reaction": {"message_id": answer.wamid, "emoji": "❤️"}})
    page = agent.get(f"/inbox/{thandi.thread.pk}/").content.decode()
    assert page.count('aria-label="Reply to this message"') == 1
    mark = Message.objects.get(kind="reaction")
    with pytest.raises(NoSuchMessage):
        reacting.react(conversation_id=mark.conversation_id, user_id=1, message_id=mark.pk, emoji="👍")


def test_without_scripts_both_lead_back_to_the_thread(agent: Client, asked: Message) -> None:
    form = {"text": "We do.", "request_id": "tap-1", "quote": str(asked.pk)}
    for answer in (
        agent.post(at(asked, "send/"), form),
        agent.post(at(asked, f"messages/{asked.pk}/react/"), {"emoji": "👍"}),
    ):
        assert (answer.status_code, answer.headers["Location"]) == (302, at(asked))
    assert Reaction(asked.wamid or "", "👍").message_wamid == last().context_wamid
