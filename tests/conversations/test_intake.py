"""What is written of what came in."""

import json
from datetime import UTC, datetime, timedelta

from django.utils import timezone

from conversations.intake import as_jsonb
from conversations.models import Conversation, Message
from tests.journeys.chat import Customer


def test_json_loses_its_nuls_and_nothing_else() -> None:
    value = {"a": ["x\x00y", r"literally \u0000"], "at": datetime(2026, 11, 21, tzinfo=UTC)}

    assert json.loads(as_jsonb(value)) == {"a": ["xy", r"literally \u0000"], "at": "2026-11-21T00:00:00+00:00"}
    assert json.loads(as_jsonb({"a": r"literally \u0000"})) == {"a": r"literally \u0000"}


def test_the_window_counts_from_the_message_itself(thandi: Customer) -> None:
    """A webhook that comes hours late opens no window it should not."""
    sent_at = timezone.now().replace(microsecond=0) - timedelta(hours=5)

    thandi.sends({"type": "text", "text": {"body": "hi"}}, at=sent_at.timestamp())

    thread = Conversation.objects.get()
    assert thread.window_expires_at == sent_at + timedelta(hours=23, minutes=58)
    assert thread.last_inbound_at == sent_at
    assert Message.objects.get(direction="in").created_at == sent_at


def test_an_older_message_that_comes_late_closes_no_window(thandi: Customer) -> None:
    now = timezone.now().replace(microsecond=0)
    thandi.sends({"type": "text", "text": {"body": "hi"}}, at=now.timestamp())
    thandi.sends({"type": "text", "text": {"body": "menu"}}, at=(now - timedelta(hours=3)).timestamp())

    assert Conversation.objects.get().window_expires_at == now + timedelta(hours=23, minutes=58)


def test_a_thumbs_up_opens_no_window(thandi: Customer) -> None:
    thandi.sends({"type": "reaction", "reaction": {"message_id": "wamid.X", "emoji": "👍"}})

    assert Conversation.objects.get().window_expires_at is None
    assert thandi.says("menu").startswith("Hi Thandi! 👋")
