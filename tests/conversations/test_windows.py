"""Three free days after an ad, if the shop answered within one."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from django.test import Client
from django.utils import timezone

from conversations.inbox.windows import ad_window_until
from conversations.models import Conversation, Message
from conversations.transport.providers.simulator import kinds
from tenants.models import Role, Shop
from tests.journeys.chat import Customer

DAY = timedelta(hours=24)


def from_ad(thandi: Customer, *, answered_after: timedelta, state: str = "delivered") -> tuple[Conversation, datetime]:
    """Somebody came from an ad ten minutes ago, and our first answer left so much later."""
    thandi.sends(kinds.from_ad("Hello", "Bread"))
    thread = Conversation.objects.get()
    assert thread.referred_at is not None
    answer = Message.objects.filter(direction="out").order_by("id")[0]
    Message.objects.filter(direction="out").exclude(pk=answer.pk).delete()
    Message.objects.filter(pk=answer.pk).update(created_at=thread.referred_at + answered_after, state=state)
    return thread, thread.referred_at


def test_it_lasts_72_hours_from_our_first_answer(thandi: Customer) -> None:
    thread, began = from_ad(thandi, answered_after=timedelta(hours=2))
    until = began + timedelta(hours=74)
    assert ad_window_until(thread, at=began + timedelta(hours=3)) == until
    assert ad_window_until(thread, at=until - timedelta(seconds=1)) == until
    assert ad_window_until(thread, at=until) is None


@pytest.mark.parametrize(("after", "state"), [(DAY + timedelta(minutes=1), "delivered"), (DAY / 2, "failed")])
def test_a_late_answer_or_one_that_failed_opens_nothing(thandi: Customer, after: timedelta, state: str) -> None:
    thread, began = from_ad(thandi, answered_after=after, state=state)
    assert ad_window_until(thread, at=began + timedelta(hours=30)) is None


def test_without_an_ad_there_is_none_and_the_thread_says_when_there_is(
    thandi: Customer, shop: Shop, client_of: Callable[..., Client]
) -> None:
    thandi.says("hi")
    thread = Conversation.objects.get()
    assert ad_window_until(thread, at=timezone.now()) is None
    agent = client_of(shop, Role.AGENT)
    assert "came from an ad" not in agent.get(f"/inbox/{thread.pk}/").content.decode()
    from_ad(thandi, answered_after=timedelta(0))
    assert "came from an ad" in agent.get(f"/inbox/{thread.pk}/").content.decode()
