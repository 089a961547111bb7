"""The simulator's page: real payloads to the real webhook, the stand-in's rows on the screen, and nobody else's phone."""

from collections.abc import Callable
from io import BytesIO
from typing import Any

import orjson
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from PIL import Image

from conversations import simulated
from conversations.models import Conversation
from conversations.transport.door.signatures import is_meta_signature
from conversations.transport.models import StandInMessage, WebhookEndpoint
from conversations.transport.providers.meta_cloud.parse import parse
from conversations.transport.providers.simulator import payloads
from loyalty.models import Customer
from tenants.models import Role, Shop, WhatsAppNumber
from tests.conversations.wire import Wire

NOBODY = "12025550142"
HTMX = {"HX-Request": "true"}


@pytest.fixture
def number(shop: Shop) -> WhatsAppNumber:
    return simulated.make_number(shop)


def replied(number: WhatsAppNumber, content: dict[str, Any], wamid: str = "wamid.R1") -> StandInMessage:
    return StandInMessage.objects.create(
        phone_number_id=number.phone_number_id, wamid=wamid, recipient=NOBODY, payload=content
    )


def test_without_a_number_managers_are_offered_one(client_of: Callable[..., Client], shop: Shop) -> None:
    WhatsAppNumber.objects.filter(shop=shop).delete()
    assert "Ask a Manager" in client_of(shop, Role.AGENT).get("/simulator/").content.decode()
    assert client_of(shop, Role.AGENT).post("/simulator/number/").status_code == 403
    manager = client_of(shop, Role.MANAGER)
    assert manager.post("/simulator/number/").status_code == 302
    assert manager.post("/simulator/number/").status_code == 302
    made = WhatsAppNumber.objects.get(shop=shop)
    assert made.provider == "simulator"
    assert WebhookEndpoint.objects.filter(number_id=made.pk).count() == 1


def test_the_page_opens_on_a_stranger_where_nobody_has_written(agent: Client, number: WhatsAppNumber) -> None:
    answer = agent.get("/simulator/")
    assert answer.status_code == 302
    page = agent.get(answer.headers["Location"]).content.decode()
    assert "Unknown number" in page
    assert "An empty screen." in page
    assert "Say hello" in page


def test_a_text_is_signed_and_posted_as_meta_would_and_stands_on_the_screen(
    agent: Client, number: WhatsAppNumber, wire: Wire, settings: Any
) -> None:
    answer = agent.post(f"/simulator/{NOBODY}/send/", {"text": "Hello 👋"}, headers=HTMX)
    assert answer.status_code == 200
    assert "Hello 👋" in answer.content.decode()
    ((url, headers, body),) = wire.posts
    endpoint = WebhookEndpoint.objects.get(number_id=number.pk)
    assert url == f"{settings.PLATFORM_URL}/webhooks/whatsapp/{endpoint.opaque}/"
    signed = {b"x-hub-signature-256": headers["X-Hub-Signature-256"].encode()}
    assert is_meta_signature(body, signed, endpoint.secrets)
    assert not is_meta_signature(body + b" ", signed, endpoint.secrets)
    incoming = wire.incoming
    assert (incoming.text, incoming.sender.phone) == ("Hello 👋", f"+{NOBODY}")
    assert incoming.sender.bsuid == payloads.user_id_of(NOBODY)
    assert incoming.sender.profile_name
    assert (
        orjson.loads(body)["entry"][0]["changes"][0]["value"]["metadata"]["phone_number_id"] == number.phone_number_id
    )


def test_a_webhook_that_refuses_is_told_and_nothing_stays_on_the_screen(
    agent: Client, number: WhatsAppNumber, wire: Wire
) -> None:
    wire.status = 503
    answer = agent.post(f"/simulator/{NOBODY}/send/", {"text": "Hello"}, headers=HTMX)
    assert answer.status_code == 422
    assert "webhook answered 503" in answer.content.decode()
    assert not StandInMessage.objects.exists()


BUTTONS = {
    "type": "interactive",
    "interactive": {
        "type": "button",
        "header": {"type": "text", "text": "Order 1001"},
        "body": {"text": "Confirm?"},
        "footer": {"text": "Amber"},
        "action": {"buttons": [{"type": "reply", "reply": {"id": "ok:5", "title": "Yes please"}}]},
    },
}
LIST = {
    "type": "interactive",
    "interactive": {
        "type": "list",
        "body": {"text": "Choose"},
        "action": {
            "button": "Options",
            "sections": [{"title": "Bread", "rows": [{"id": "product:9", "title": "Rye", "description": "R 52"}]}],
        },
    },
}
LINK = {
    "type": "interactive",
    "interactive": {
        "type": "cta_url",
        "body": {"text": "Pay"},
        "action": {"name": "cta_url", "parameters": {"display_text": "Pay now", "url": "https://a.example/pay/1"}},
    },
}
ASK = {
    "type": "interactive",
    "interactive": {
        "type": "location_request_message",
        "body": {"text": "Where?"},
        "action": {"name": "send_location"},
    },
}


def test_every_kind_of_reply_is_shown_as_whatsapp_shows_it(agent: Client, number: WhatsAppNumber) -> None:
    contents = [payloads.text("A *bold* word"), BUTTONS, LIST, LINK, ASK]
    contents.append({"type": "image", "image": {"link": "http://amber.localhost/files/a/b.jpg", "caption": "Look"}})
    for place, content in enumerate(contents):
        replied(number, content, f"wamid.R{place}")
    screen = agent.get(f"/simulator/{NOBODY}/screen/", headers=HTMX).content.decode()
    for words in ("<strong>bold</strong>", "Order 1001", "Yes please", "Options", "Rye", "R 52", "Pay now"):
        assert words in screen
    assert 'href="https://a.example/pay/1"' in screen
    assert "Send a location" in screen
    assert 'src="/files/a/b.jpg"' in screen


def test_taps_send_what_the_phone_shows_and_nothing_else(agent: Client, number: WhatsAppNumber, wire: Wire) -> None:
    replied(number, BUTTONS, "wamid.B")
    replied(number, LIST, "wamid.L")
    agent.post(f"/simulator/{NOBODY}/send/", {"tap": "0", "context": "wamid.B"})
    incoming = wire.incoming
    assert (incoming.choice_id, incoming.choice_title, incoming.context_wamid) == ("ok:5", "Yes please", "wamid.B")
    agent.post(f"/simulator/{NOBODY}/send/", {"row": "product:9", "context": "wamid.L"})
    assert (wire.incoming.choice_id, wire.incoming.choice_title) == ("product:9", "Rye")
    agent.post(f"/simulator/{NOBODY}/send/", {"row": "checkout.confirm:1", "context": "wamid.L"})
    agent.post(f"/simulator/{NOBODY}/send/", {"tap": "0", "context": "wamid.OTHER"})
    agent.post(f"/simulator/{NOBODY}/send/", {"text": "   "})
    for part in ("tap", "row"):
        odd = {part: "\x00", "context": "\x00"}
        assert agent.post(f"/simulator/{NOBODY}/send/", odd, headers=HTMX).status_code == 200
    assert len(wire.posts) == 2


def test_a_place_and_a_photo_are_sent(agent: Client, number: WhatsAppNumber, wire: Wire) -> None:
    agent.post(f"/simulator/{NOBODY}/send/", {"place": "home"})
    location = wire.incoming.location
    assert location is not None
    assert (location.name, location.address) == ("Home", "12 Loop Street, Cape Town")
    picture = BytesIO()
    Image.new("RGB", (40, 30), "orange").save(picture, "PNG")
    upload = SimpleUploadedFile("bread.png", picture.getvalue(), "image/png")
    screen = agent.post(f"/simulator/{NOBODY}/send/", {"file": upload, "text": "This one"}, headers=HTMX)
    assert (wire.incoming.kind, wire.incoming.text) == ("image", "This one")
    assert 'alt="Photo you sent"' in screen.content.decode()
    bad = SimpleUploadedFile("bread.png", b"", "image/png")
    assert agent.post(f"/simulator/{NOBODY}/send/", {"file": bad}, headers=HTMX).status_code == 422
    assert len(wire.posts) == 2


def test_only_customers_of_the_simulator_and_nobodys_numbers_can_be_played(
    agent: Client, number: WhatsAppNumber, wire: Wire
) -> None:
    real = Customer.objects.create(name="Real Person", phone="+27821112222")
    Conversation.objects.create(customer=real, number_id=number.pk + 1000)
    for digits in ("27821112222", "abc", "1", "9" * 30, "١٢٣٤٥٦٧٨"):
        assert agent.post(f"/simulator/{digits}/send/", {"text": "Hi"}).status_code == 404, digits
    assert wire.posts == []
    Conversation.objects.create(customer=real, number_id=number.pk)
    assert agent.post("/simulator/27821112222/send/", {"text": "Hi"}).status_code == 302
    assert wire.incoming.sender.phone == "+27821112222"
    assert "Real Person" in agent.get("/simulator/?phone=27821112222").content.decode()


def test_looking_at_the_phone_gives_blue_ticks_once(agent: Client, number: WhatsAppNumber, wire: Wire) -> None:
    content = {**payloads.text("Hello"), "biz_opaque_callback_data": "tok-9"}
    replied(number, content)
    assert agent.post(f"/simulator/{NOBODY}/seen/").status_code == 204
    assert agent.post(f"/simulator/{NOBODY}/seen/").status_code == 204
    ((_, _, body),) = wire.posts
    (event,) = parse(body).events
    assert (event.data["status"], event.data["wamid"], event.data["token"]) == ("read", "wamid.R1", "tok-9")


def test_starting_over_empties_the_phone_and_the_basket_and_keeps_the_customer(
    agent: Client, number: WhatsAppNumber
) -> None:
    customer = Customer.objects.create(name="Zola", phone=f"+{NOBODY}")
    thread = Conversation.objects.create(customer=customer, number_id=number.pk, state="checkout.way")
    replied(number, payloads.text("Old words"))
    answer = agent.post(f"/simulator/{NOBODY}/start-over/")
    assert answer.headers["Location"] == "/simulator/?phone=new"
    assert "Old words" not in agent.get(f"/simulator/{NOBODY}/screen/").content.decode()
    thread.refresh_from_db()
    assert (thread.state, Customer.objects.filter(pk=customer.pk).exists()) == ("", True)


def test_a_phone_of_one_shop_shows_nothing_of_another(
    client_of: Callable[..., Client], blue: Shop, number: WhatsAppNumber
) -> None:
    replied(number, payloads.text("Amber's words"))
    theirs = simulated.make_number(blue)
    assert theirs.phone_number_id != number.phone_number_id
    stranger = client_of(blue, Role.ADMIN)
    assert "Amber" not in stranger.get(f"/simulator/{NOBODY}/screen/").content.decode()


def test_a_house_without_a_simulator_has_none(agent: Client, number: WhatsAppNumber, settings: Any) -> None:
    settings.SIMULATOR = False
    assert agent.get("/simulator/").status_code == 404
    assert agent.post(f"/simulator/{NOBODY}/send/", {"text": "Hi"}).status_code == 404
