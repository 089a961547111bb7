"""Around a message in the inbox: what became of it, what a quote of it reads like, and to which phone an answer goes."""

from datetime import timedelta
from html import unescape
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from conversations.inbox.day_window import ITS_WINDOW_IS_CLOSED
from conversations.models import Conversation, Message, MessageStatus
from conversations.transport.providers.registry import sentence_for
from conversations.views.receipts import price_in_words

HTMX = {"HX-Request": "true"}


def test_a_message_tells_what_became_of_it_and_how_whatsapp_charges(agent: Client, thread: Conversation) -> None:
    answer = Message.objects.get(direction="out")
    Message.objects.filter(pk=answer.pk).update(state="failed", wamid="wamid.7", to_phone="+27821234567")
    page = agent.get(f"/inbox/{thread.pk}/").content.decode()
    assert f'hx-get="/inbox/receipts/{answer.pk}/"' in page
    assert "no receipt for it yet" in agent.get(f"/inbox/receipts/{answer.pk}/").content.decode()
    at = timezone.now()
    told: list[tuple[str, Any, Any]] = [
        ("failed", {"code": 131026, "text": "raw"}, {}),
        ("sent", {}, {"category": "marketing_lite", "type": "free_entry_point", "billable": False}),
        ("brand_new", {}, {}),
    ]
    for place, (status, error, pricing) in enumerate(told):
        facts = {"error": error, "pricing": pricing, "at": at - timedelta(minutes=place)}
        MessageStatus.objects.create(message=answer, wamid="wamid.7", status=status, **facts)
    page = agent.get(f"/inbox/receipts/{answer.pk}/", headers=HTMX).content.decode()
    order = [page.index(words) for words in ("Written", "Brand new", "Sent", "Not delivered")]
    assert order == sorted(order)
    assert "Marketing · free: the customer came from an ad" in page
    assert f"{sentence_for(131026)} (131026)" in unescape(page)
    assert "+27 82 123 4567" in page
    assert agent.get("/inbox/receipts/999999/").status_code == 404


@pytest.mark.parametrize(
    ("told", "words"),
    [
        ({"category": "utility", "type": "regular", "billable": True}, "Utility · charged"),
        (
            {"category": "service", "type": "free_customer_service"},
            "Service · free: the customer wrote within 24 hours",
        ),
        ({"category": "general_purpose_ai", "billable": False}, "General purpose ai · free"),
        ({}, ""),
    ],
)
def test_how_a_message_is_charged_is_said_without_a_rate(told: dict[str, Any], words: str) -> None:
    assert price_in_words(told) == words


def test_a_quote_reads_without_whatsapps_marks(agent: Client, thread: Conversation) -> None:
    Message.objects.create(
        conversation=thread, direction="out", author="bot", kind="text", state="sent", wamid="wamid.q",
        text=f"What shall we do for *Fiordilatte*? *{'x' * 130}*",
    )  # fmt: skip
    Message.objects.create(
        conversation=thread, direction="in", author="customer", kind="text", state="received", text="That",
        context_wamid="wamid.q",
    )  # fmt: skip
    page = agent.get(f"/inbox/{thread.pk}/log/").content.decode()
    strip = page[page.index("In answer to:") :].partition("</a>")[0]
    assert "What shall we do for Fiordilatte? xxx" in strip
    assert "*" not in strip


def test_who_writes_from_two_phones_is_answered_where_the_page_says(agent: Client, thread: Conversation) -> None:
    assert "Goes to" not in agent.get(f"/inbox/{thread.pk}/").content.decode()
    asked = Message.objects.get(direction="in")
    first = {"phone": thread.reach_phone, "bsuid": thread.reach_bsuid}
    old = {"phone": "+27825550199", "bsuid": "", "until": (timezone.now() - timedelta(hours=1)).isoformat()}
    Conversation.objects.filter(pk=thread.pk).update(other_reaches=[old])
    content = {**asked.content, "sender": {"phone": "+27825550199"}}
    quoted = Message.objects.create(
        conversation=thread, direction="in", author="customer", kind="text", state="received", text="From the other",
        wamid="wamid.o", content=content,
    )  # fmt: skip
    page = unescape(agent.get(f"/inbox/{thread.pk}/").content.decode())
    assert first["phone"]
    assert "which wrote last" in page
    assert 'also writes from <bdi class="num">+27 82 555 0199</bdi>' in page
    answering = unescape(agent.get(f"/inbox/{thread.pk}/log/", {"quote": quoted.pk}, headers=HTMX).content.decode())
    assert "<bdi>+27 82 555 0199</bdi></strong>, which wrote what you answer" in answering
    assert ITS_WINDOW_IS_CLOSED in answering
    refused = agent.post(f"/inbox/{thread.pk}/send/", {"text": "Hi", "quote": quoted.pk}, headers=HTMX)
    assert refused.status_code == 422
    assert "which wrote what you answer" in refused.content.decode()
