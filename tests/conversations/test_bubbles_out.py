"""Every kind we can send has a bubble in the thread and one on the simulator's phone."""

from collections.abc import Callable

import pytest
from django.test import Client

from conversations import outbox
from conversations.models import Conversation
from conversations.transport.models import StandInMessage
from conversations.transport.providers.meta_cloud.render import content_of
from conversations.transport.replies import (
    Buttons,
    Form,
    Media,
    Reaction,
    Reply,
    TemplateMessage,
    reply_kind,
    reply_text,
)
from tenants.models import Role, Shop
from tests.journeys.chat import Customer as Person
from tests.transport.test_replies import REPLIES

# What must be read in the bubble besides the words themselves.
MARKS = {
    "image": "Photo",
    "video": "Video",
    "audio": "Voice note",
    "document": "invoice-5.pdf",
    "list": "Options",
    "link": "Pay",
    "ask_location": "Send location",
    "ask_contact": "Share phone number",
    "ask_address": "Give an address",
    "location": "Main St 1",
    "contacts": "+1 555-010-0200",
    "reaction": "eact",
    "product": "SKU-1",
    "product_list": "SKU-2",
    "catalog": "View catalog",
    "template": "Template",
}


def marks_of(reply: Reply) -> list[str]:
    """What must be read or lie behind the bubble besides the words themselves."""
    match reply:
        case Form():
            return [reply.label]
        case Buttons():
            return [choice.title for choice in reply.buttons]
        case Media(shown_url=address) if address:
            return [f'src="{address}"']
    return [MARKS[reply_kind(reply)]] if reply_kind(reply) in MARKS else []


@pytest.mark.parametrize("reply", REPLIES, ids=reply_kind)
def test_the_thread_shows_what_was_sent(
    reply: Reply, thandi: Person, shop: Shop, client_of: Callable[..., Client]
) -> None:
    thandi.says("hi")
    conversation = Conversation.objects.get()
    (message,) = outbox.enqueue(conversation=conversation, replies=[reply], cause="test:1", speaker=outbox.SYSTEM)
    page = client_of(shop, Role.AGENT).get(f"/inbox/{conversation.pk}/").content.decode()
    bubble = page.split(f'id="m-{message.pk}"')[1].split("</p>")[0]
    assert [mark for mark in marks_of(reply) if mark not in bubble] == []
    if not isinstance(reply, Reaction | Media):
        assert all(part in bubble for part in reply_text(reply).split(", "))
    if isinstance(reply, TemplateMessage):
        assert all(label in bubble for label in reply.labels)


@pytest.mark.parametrize("reply", REPLIES, ids=reply_kind)
def test_the_phone_shows_what_arrived(
    reply: Reply, thandi: Person, shop: Shop, client_of: Callable[..., Client], settings: object
) -> None:
    thandi.number.provider = "simulator"
    thandi.number.save()
    thandi.says("hi")
    StandInMessage.objects.create(
        phone_number_id=thandi.number.phone_number_id,
        wamid="wamid.SHOWN",
        recipient=thandi.phone,
        payload=content_of(reply),
    )
    page = client_of(shop, Role.MANAGER).get(f"/simulator/?phone={thandi.phone}").content.decode()
    if isinstance(reply, Reaction):
        assert 'id="line-wamidSHOWN"' not in page
        return
    bubble = page.split('id="line-wamidSHOWN"')[1].split('id="line-')[0]
    assert len(bubble.split()) > 5
    assert "cannot be shown" not in bubble
