"""The inbox as a person of the shop uses it: list, thread, composer, acts, notes. With and without htmx."""

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from conversations.models import Conversation, Message, Note, TurnTrace
from conversations.views.bubbles import bubbles_of
from loyalty.models import Customer
from tenants.models import Role, Shop
from tests.journeys.chat import Customer as Person

HTMX = {"HX-Request": "true"}


def at(thread: Conversation, act: str = "") -> str:
    return f"/inbox/{thread.pk}/{act}"


def test_the_list_shows_who_wrote_and_what_waits(agent: Client, thread: Conversation, thandi: Person) -> None:
    page = agent.get("/inbox/").content.decode()
    assert "Thandi Dlamini" in page
    assert "Choose a chat" in page
    thandi.says("agent")
    page = agent.get("/inbox/?filter=needs_you").content.decode()
    assert "Thandi Dlamini" in page
    assert "Needs you" in page
    assert "Thandi Dlamini" not in agent.get("/inbox/?filter=closed").content.decode()


def test_a_search_finds_names_numbers_and_words_and_says_so_when_nothing_is_found(
    agent: Client, thread: Conversation, thandi: Person
) -> None:
    thandi.says("do you have marmalade")
    for words in ("thandi", "0821234567", "marmalade"):
        assert "Thandi Dlamini" in agent.get("/inbox/rows/", {"q": words}, headers=HTMX).content.decode(), words
    assert "Nothing found" in agent.get("/inbox/rows/", {"q": "zeppelin"}, headers=HTMX).content.decode()


def test_the_thread_shows_both_sides_with_ticks_and_a_reason(agent: Client, thread: Conversation) -> None:
    answer = Message.objects.get(direction="out")
    Message.objects.filter(pk=answer.pk).update(state="failed", error_text="Not deliverable: an old app.")
    page = agent.get(at(thread)).content.decode()
    assert '<span class="whitespace-pre-wrap">Hi</span>' in page
    assert "Assistant" in page
    assert "Not delivered" in page
    assert "Not deliverable: an old app." in page
    assert 'id="composer"' in page


def test_words_of_customers_are_inert_everywhere(agent: Client, thandi: Person) -> None:
    thandi.name = "<script>alert(1)</script>"
    thandi.says("<img src=x onerror=alert(2)> *bold* https://a.example/?q=<b> javascript:alert(3)")
    thread = Conversation.objects.get()
    for path in ("/inbox/", at(thread), at(thread, "log/"), at(thread, "customer/")):
        page = agent.get(path).content.decode()
        assert "<script>alert" not in page
        assert "<img src=x" not in page
        assert 'href="javascript' not in page
    assert "<strong>bold</strong>" in agent.get(at(thread)).content.decode()


def test_a_person_writes_and_thereby_takes_over_and_the_same_tap_twice_sends_once(
    agent: Client, thread: Conversation
) -> None:
    form = {"text": "Hello, Thandi!", "request_id": "tap-1"}
    first = agent.post(at(thread, "send/"), form, headers=HTMX)
    again = agent.post(at(thread, "send/"), form, headers=HTMX)
    assert (first.status_code, again.status_code) == (200, 200)
    assert "Hello, Thandi!" in first.content.decode()
    said = Message.objects.get(author="staff")
    assert (said.text, said.state) == ("Hello, Thandi!", "queued")
    thread.refresh_from_db()
    assert (thread.mode, thread.assignee_id) == ("human", agent.user.pk)  # type: ignore[attr-defined]


@pytest.mark.parametrize("request_id", ["\x00", "a\x00b", "x" * 500])
def test_an_odd_request_id_sends_once_like_any_other(agent: Client, thread: Conversation, request_id: str) -> None:
    answer = agent.post(at(thread, "send/"), {"text": "Hello", "request_id": request_id}, headers=HTMX)
    assert answer.status_code == 200
    assert Message.objects.get(author="staff").text == "Hello"


def test_each_answer_carries_a_new_request_id(agent: Client, thread: Conversation) -> None:
    ids = set()
    for words in ("one", "two"):
        answer = agent.post(at(thread, "send/"), {"text": words, "request_id": words}, headers=HTMX)
        ids |= set(re.findall(r'id="request-id" name="request_id" value="([\w-]+)"', answer.content.decode()))
    assert len(ids) == 2


@pytest.mark.parametrize("text", ["", "   ", "x" * 16_385])
def test_an_empty_or_endless_message_is_refused_in_words(agent: Client, thread: Conversation, text: str) -> None:
    answer = agent.post(at(thread, "send/"), {"text": text, "request_id": "tap-1"}, headers=HTMX)
    assert answer.status_code == 422
    assert 'role="alert"' in answer.content.decode()
    assert not Message.objects.filter(author="staff").exists()


def test_after_24_hours_the_page_says_so_and_nothing_is_sent(agent: Client, thread: Conversation) -> None:
    Conversation.objects.update(window_expires_at=timezone.now() - timedelta(minutes=1))
    assert "24-hour window is closed" in agent.get(at(thread)).content.decode()
    answer = agent.post(at(thread, "send/"), {"text": "Hello?", "request_id": "tap-1"}, headers=HTMX)
    assert answer.status_code == 422
    assert not Message.objects.filter(author="staff").exists()


def test_taking_over_handing_back_closing_and_opening_again(agent: Client, thread: Conversation) -> None:
    steps = [
        ("take-over/", "human", "open", "Hand back"),
        ("hand-back/", "bot", "open", "Take over"),
        ("close/", "bot", "closed", "Open again"),
        ("open/", "bot", "open", "Close chat"),
    ]
    for act, mode, status, offered in steps:
        answer = agent.post(at(thread, act), headers=HTMX)
        assert answer.status_code == 200
        assert offered in answer.content.decode()
        assert "toast" in answer.headers["HX-Trigger"]
        thread.refresh_from_db()
        assert (thread.mode, thread.status) == (mode, status)
    plain = agent.post(at(thread, "take-over/"))
    assert (plain.status_code, plain.headers["Location"]) == (302, at(thread))


def test_without_htmx_every_form_leads_back_to_the_thread(agent: Client, thread: Conversation) -> None:
    sent = agent.post(at(thread, "send/"), {"text": "Hello", "request_id": "a"})
    refused = agent.post(at(thread, "send/"), {"text": "", "request_id": "b"}, follow=True)
    noted = agent.post(at(thread, "notes/"), {"text": "Likes rye"})
    assert (sent.status_code, noted.status_code) == (302, 302)
    assert sent.headers["Location"] == noted.headers["Location"] == at(thread)
    assert "Write something first." in refused.content.decode()


def test_looking_at_a_thread_marks_it_seen_by_a_post_only(agent: Client, thread: Conversation, thandi: Person) -> None:
    thandi.says("agent")
    thandi.says("anybody?")
    agent.get(at(thread))
    thread.refresh_from_db()
    assert thread.unread_count == 2
    assert agent.post(at(thread, "seen/")).status_code == 204
    thread.refresh_from_db()
    assert thread.unread_count == 0


def test_a_note_is_kept_with_its_author_and_an_empty_one_is_refused(agent: Client, thread: Conversation) -> None:
    answer = agent.post(at(thread, "notes/"), {"text": "Prefers delivery after 16:00"}, headers=HTMX)
    assert "Prefers delivery after 16:00" in answer.content.decode()
    note = Note.objects.get()
    assert (note.author_id, note.customer_id) == (agent.user.pk, thread.customer_id)  # type: ignore[attr-defined]
    assert agent.post(at(thread, "notes/"), {"text": " "}, headers=HTMX).status_code == 422
    assert Note.objects.count() == 1


def test_earlier_messages_come_when_asked(agent: Client, thread: Conversation) -> None:
    now = timezone.now()
    Message.objects.bulk_create(
        Message(
            conversation=thread,
            direction="in",
            author="customer",
            kind="text",
            text=f"word {n}",
            state="received",
            created_at=now,
        )
        for n in range(120)
    )
    page = agent.get(at(thread)).content.decode()
    assert "word 119" in page
    assert "word 60<" not in page
    (earlier,) = set(re.findall(r'href="(/inbox/\d+/before/\d+/)"', page))
    part = agent.get(earlier, headers=HTMX).content.decode()
    assert "word 60<" in part
    assert "Earlier messages with" in agent.get(earlier).content.decode()


def test_the_panel_shows_basket_order_and_points(agent: Client, thandi: Person) -> None:
    thandi.says("Hi")
    thandi.says("sourdough")
    thread = Conversation.objects.get()
    from catalog.models import Variant
    from orders.basket import add_to_basket

    add_to_basket(customer=thread.customer, variant_id=Variant.objects.get(sku="SOUR").pk, quantity=2)
    panel = agent.get(at(thread, "customer/")).content.decode()
    assert "Sourdough loaf" in panel
    assert "Basket" in panel
    assert "points" in panel


def test_why_shows_the_steps_behind_a_reply(agent: Client, thread: Conversation) -> None:
    answer = Message.objects.get(direction="out")
    assert TurnTrace.objects.count() == 1
    page = agent.get(f"/inbox/why/{answer.pk}/", headers=HTMX).content.decode()
    assert "Message received" in page
    assert "Wrote the reply" in page
    assert agent.get(f"/inbox/why/{answer.pk}/").status_code == 200
    assert agent.get("/inbox/why/999999/").status_code == 404


def test_every_kind_of_message_is_shown_and_none_is_dropped(agent: Client, thandi: Person) -> None:
    thandi.says("Hi")
    thread = Conversation.objects.get()
    shown = {
        "image": ({"media": {"media_id": "1", "url": ""}}, "Photo"),
        "audio": ({"media": {"media_id": "1", "voice": True}}, "Voice note"),
        "document": ({"media": {"media_id": "1", "filename": "proof.pdf"}}, "proof.pdf"),
        "location": ({"location": {"latitude": -33.9, "longitude": 18.4, "name": "Home"}}, "mlat=-33.90000"),
        "contacts": ({"details": {"cards": [{"name": "Bo K", "phones": ["+27825550777"]}]}}, "Bo K"),
        "reaction": ({"details": {"emoji": "👍"}}, "Reacted 👍"),
        "order": ({"items": [{"retailer_id": "SKU-1", "quantity": 2}]}, "<bdi>SKU-1</bdi>"),
        "unsupported": ({"details": {"type": "poll"}}, "WhatsApp does not pass polls on."),
        "hologram": ({}, "cannot be shown here"),
    }
    for kind, (content, _) in shown.items():
        Message.objects.create(
            conversation=thread, direction="in", author="customer", kind=kind, content=content, state="received"
        )
    page = agent.get(at(thread)).content.decode()
    for kind, (_, words) in shown.items():
        assert words in page, kind


def test_the_staff_who_wrote_are_named(agent: Client, thread: Conversation) -> None:
    agent.post(at(thread, "send/"), {"text": "Hello", "request_id": "a"})
    who = [(bubble.who, bubble.style) for bubble in bubbles_of(list(Message.objects.order_by("id")))]
    assert who == [("", "in"), ("Assistant", "ai"), ("Amber", "me")]


def test_another_shop_sees_nothing_of_it(
    client_of: Callable[..., Client], blue: Shop, agent: Client, thread: Conversation
) -> None:
    stranger = client_of(blue, Role.ADMIN)
    for path in (at(thread), at(thread, "log/"), at(thread, "customer/")):
        answer = stranger.get(path)
        assert answer.status_code == 404
        assert "Thandi" not in answer.content.decode()
    for act in ("send/", "take-over/", "close/", "notes/"):
        assert stranger.post(at(thread, act), {"text": "x", "request_id": "x"}).status_code == 404
    assert agent.get(at(thread), headers={"host": blue.host}).status_code == 302
    assert not Message.objects.filter(author="staff").exists()


def test_staff_of_the_counter_may_not_read_chats(client_of: Callable[..., Client], shop: Shop) -> None:
    assert client_of(shop, Role.STAFF).get("/inbox/").status_code == 403


def test_the_link_of_a_customer_opens_their_thread(agent: Client, thread: Conversation) -> None:
    answer = agent.get("/inbox/", {"customer": thread.customer_id})
    assert (answer.status_code, answer.headers["Location"]) == (302, at(thread))
    assert agent.get("/inbox/", {"customer": "999999"}).status_code == 404
    assert agent.get("/inbox/", {"customer": "x"}).status_code == 200


@pytest.mark.parametrize(
    ("odd", "finds"), [({"before": "x"}, 1), ({"current": "9" * 40}, 1), ({"filter": "hax"}, 1), ({"q": "\x00%_'"}, 0)]
)
def test_odd_addresses_are_harmless(agent: Client, thread: Conversation, odd: dict[str, Any], finds: int) -> None:
    answer = agent.get("/inbox/rows/", odd)
    assert (answer.status_code, answer.content.decode().count(f'href="{at(thread)}')) == (200, finds)


def test_the_inbox_asks_the_database_little(agent: Client, thread: Conversation) -> None:
    people = Customer.objects.bulk_create(Customer(name=f"P{n}", phone=f"+2782000{n:04d}") for n in range(50))
    Conversation.objects.bulk_create(Conversation(customer=who, number_id=thread.number_id) for who in people)
    agent.get("/inbox/")
    with CaptureQueriesContext(connection) as asked:
        page = agent.get(at(thread))
    assert page.status_code == 200
    assert len(asked) <= 24, "\n".join(query["sql"][:120] for query in asked)
    assert len(page.content) < 150_000
