"""The menu beside the composer: what is said with it reaches WhatsApp, the thread and the record, or is refused with a reason."""

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from catalog.models import Product, Variant
from conversations.chat_settings import save_chat_settings
from conversations.hearing.form_answers import NOT_OURS
from conversations.models import Conversation, Message
from conversations.transport.form_tokens import LIVES, form_token
from conversations.transport.models import OutboxItem
from conversations.transport.providers.meta_cloud.render import content_of
from conversations.transport.replies import reply_from_json
from loyalty.models import Customer as Person
from orders.models import DeliveryTerms
from shopme.lib.places import place_in, point_in_words
from tenants.models import AuditEntry, Role, Shop
from tests.journeys.chat import Customer, chat
from tests.journeys.conftest import Bakery

HTMX = {"HX-Request": "true"}


def at_meta(**names: str) -> None:
    save_chat_settings(bot_enabled=True, welcome_text="", takeover_minutes=30, **names)


A_FORM = {"form_id": "800", "form_screen": "FIRST", "form_name": "Table booking", "form_label": "Book a table"}


def say(agent: Client, thread: Conversation, what: str, **fields: Any) -> Any:
    return agent.post(f"/inbox/{thread.pk}/say/{what}/send/", fields, headers=HTMX)


def said() -> dict[str, Any]:
    """The newest message of the team, as Meta gets it."""
    message = Message.objects.filter(author="staff").latest("pk")
    return rendered(message)


def rendered(message: Message) -> dict[str, Any]:
    return content_of(reply_from_json(message.content))


@pytest.mark.parametrize(
    ("words", "place"),
    [
        ("-33.9249, 18.4241", (-33.9249, 18.4241)),
        ("https://www.google.com/maps/place/X/@-33.1,18.2,17z/data=!4m6!3d-33.9249!4d18.4241", (-33.9249, 18.4241)),
        ("https://maps.apple.com/?ll=45.07,7.68&q=Bakery", (45.07, 7.68)),
        ("https://www.openstreetmap.org/?mlat=-1.29&mlon=36.82#map=16/-1.29/36.82", (-1.29, 36.82)),
        ("https://www.google.com/maps/@52.5,13.4,15z", (52.5, 13.4)),
        ("12 Loop Street", None),
        ("https://maps.app.goo.gl/abc", None),
        (point_in_words((-0.00001, 18.0)), (-0.00001, 18.0)),
    ],
)
def test_a_place_is_read_from_what_maps_write(words: str, place: tuple[float, float] | None) -> None:
    assert place_in(words) == place


def test_a_location_is_sent_once_shown_and_noted(agent: Client, thread: Conversation) -> None:
    fields = {"place": "-33.9249, 18.4241", "name": "Amber Bakery", "address": "12 Loop Street", "request_id": "r1"}
    answer = say(agent, thread, "location", **fields)
    assert answer.status_code == 204
    assert json.loads(answer["HX-Trigger"])["saying:done"] is None
    say(agent, thread, "location", **fields)
    message = Message.objects.get(kind="location")
    assert said()["location"] == {
        "latitude": "-33.9249000",
        "longitude": "18.4241000",
        "name": "Amber Bakery",
        "address": "12 Loop Street",
    }
    assert OutboxItem.objects.filter(message_id=message.pk).count() == 1
    entry = AuditEntry.objects.get(action="chat.location_sent")
    assert (entry.subject, entry.detail) == (f"conversation {thread.pk}", {})
    thread.refresh_from_db()
    assert thread.mode == "human"
    assert "12 Loop Street" in agent.get(f"/inbox/{thread.pk}/log/").content.decode()


@pytest.mark.parametrize("is_known", [True, False])
def test_a_location_begins_with_the_shops_own_place_and_never_with_one_from_a_chat(
    agent: Client, thread: Conversation, person: Callable[..., Customer], is_known: bool
) -> None:
    """A customer's home, sent to a driver, is shown in no other dialog: not here, and not for another customer."""
    if is_known:
        DeliveryTerms.objects.update(collection_latitude=-33.92, collection_longitude=18.4241)
    home = {"place": "-26.2041, 28.0473", "name": "Thandi", "address": "7 Rose Avenue", "request_id": "r1"}
    assert say(agent, thread, "location", **home).status_code == 204
    from_the_app = {"kind": "location", "place": {"latitude": -26.2041, "longitude": 28.0473}, "source": "app"}
    about = {"direction": "out", "author": "staff", "kind": "location", "state": "sent"}
    Message.objects.create(conversation=thread, content=from_the_app, **about)
    somebody = person("Amara Okafor", "2348025550148")
    somebody.says("Hi")
    own = {"place": "-33.92, 18.4241", "name": "Amber Bakery", "address": "12 Loop Street, Cape Town"}
    for chat_of in (thread, somebody.thread):
        answer = agent.get(f"/inbox/{chat_of.pk}/say/location/", headers=HTMX)
        assert answer.context["form"].initial == (own if is_known else {})
        # Only what stands there by itself is emptied when the place is changed, not what somebody wrote.
        assert b"data-named-by" in answer.content
        again = agent.post(f"/inbox/{chat_of.pk}/say/location/send/", {"place": "nowhere", "name": "Gate 2"})
        assert b"data-named-by" not in again.content
        shown = answer.content.decode()
        assert not any(word in shown for word in ("26.2041", "28.0473", "7 Rose Avenue"))


@pytest.mark.parametrize(
    ("what", "fields", "reason"),
    [
        ("location", {"place": "here"}, "This names no place."),
        ("location", {"place": "95.0, 18.4"}, "There is no such place on earth."),
        ("contact", {"name": "Support"}, "A contact needs a phone or an e-mail address."),
        ("contact", {"name": "", "phone": "+27115550100"}, "This field is required."),
        ("products", {}, "This field is required."),
        ("ask_location", {"text": " "}, "This field is required."),
        ("ask_address", {"text": "x" * 1025}, "at most 1024 characters"),
    ],
)
def test_what_cannot_be_said_is_refused_with_its_reason_and_says_nothing(
    agent: Client, thread: Conversation, what: str, fields: dict[str, str], reason: str
) -> None:
    answer = say(agent, thread, what, **fields)
    assert (answer.status_code, reason in answer.content.decode()) == (422, True)
    assert not Message.objects.filter(author="staff").exists()
    assert not AuditEntry.objects.filter(action__startswith="chat.").exists()


def test_a_contact_card_and_both_questions_leave_as_whatsapp_writes_them(agent: Client, thread: Conversation) -> None:
    say(agent, thread, "contact", name="Support", phone="011 555 0100", email="help@amber.example")
    page = agent.get(f"/inbox/{thread.pk}/").content.decode()
    assert '<bdi class="num block text-xs muted">+27 11 555 0100</bdi>' in page
    card = said()["contacts"][0]
    assert (card["name"]["formatted_name"], card["phones"][0]["phone"]) == ("Support", "+27115550100")
    say(agent, thread, "ask_location", text="Where are you?")
    assert said()["interactive"]["action"] == {"name": "send_location"}
    say(agent, thread, "ask_address", text="Where to?")
    assert said()["text"]["body"] == "Where to?"
    Person.objects.filter(pk=thread.customer_id).update(phone="+919812345678")
    say(agent, thread, "ask_address", text="Where to?")
    assert said()["interactive"]["action"]["name"] == "address_message"


def test_products_are_cards_of_ours_that_the_assistant_answers_while_a_person_is_there(
    agent: Client, thread: Conversation, bakery: Bakery, thandi: Customer
) -> None:
    thandi.sees()
    say(agent, thread, "products", products=bakery.product["Rye loaf"], text="This one?")
    assert thandi.sees() == chat("""
        This one?

        *Rye loaf*

        *R52,00* · in stock
        [Add to basket] [See more] [My basket]
    """)
    assert thandi.taps("Add to basket").startswith("Done! ✓ 1 × Rye loaf.")
    thread.refresh_from_db()
    assert (thread.mode, thread.needs_person) == ("human", False)
    assert thandi.says("thank you, what else?") == "", "words wait for the person"
    assert thandi.taps_id("cart.add:1") == "", "an old tap does too"
    both = [bakery.product["Rye loaf"], bakery.product["Carrot cake"]]
    say(agent, thread, "products", products=both)
    assert thandi.sees().startswith("Please have a look:\n[≡ See products]\n• Rye loaf")
    Product.objects.update(is_available=False)
    assert say(agent, thread, "products", products=both).status_code == 422


def test_products_are_those_of_the_catalogue_where_the_number_has_one(
    agent: Client, thread: Conversation, bakery: Bakery
) -> None:
    at_meta(catalog_id="700")
    say(agent, thread, "products", products=bakery.product["Rye loaf"])
    assert said()["interactive"]["action"] == {"catalog_id": "700", "product_retailer_id": "RYE"}
    assert "Rye loaf" in agent.get(f"/inbox/{thread.pk}/log/").content.decode()
    sour = Variant.objects.get(sku="SOUR")
    Variant.objects.filter(pk=sour.pk).update(sku=None)
    say(agent, thread, "products", products=[bakery.product["Carrot cake"], sour.product_id])
    sections = said()["interactive"]["action"]["sections"]
    assert [(each["title"], [item["product_retailer_id"] for item in each["product_items"]]) for each in sections] == [
        ("Bread", [str(sour.pk)]),
        ("Cakes", ["CAR-S", "CAR-W"]),
    ]


def test_the_preview_shows_what_would_be_sent_and_a_search_keeps_what_is_chosen(
    agent: Client, thread: Conversation, bakery: Bakery
) -> None:
    rye = bakery.product["Rye loaf"]
    where = f"/inbox/{thread.pk}/say/products/preview/"
    fields = {"products": rye, "search": "carrot", "searching": "1"}
    shown = agent.post(where, fields, headers=HTMX).content.decode()
    assert "Add to basket" in shown
    assert f'value="{rye}" id="id_products_0" checked' in shown.replace(" required", "")
    assert "Carrot cake" in shown
    assert "Sourdough" not in shown
    assert not Message.objects.filter(author="staff").exists()


def test_a_closed_window_and_a_missing_form_are_said(agent: Client, thread: Conversation) -> None:
    assert "/say/form/" not in agent.get(f"/inbox/{thread.pk}/").content.decode()
    assert agent.get(f"/inbox/{thread.pk}/say/form/").status_code == 404
    assert say(agent, thread, "form", text="Please").status_code == 404
    Conversation.objects.update(window_expires_at=timezone.now() - timedelta(hours=1))
    answer = say(agent, thread, "ask_location", text="Where are you?")
    assert (answer.status_code, "has not written for 24 hours" in answer.content.decode()) == (422, True)
    assert not Message.objects.filter(author="staff").exists()


def test_a_form_is_sent_with_a_token_and_only_its_own_answer_is_believed(
    agent: Client, thread: Conversation, thandi: Customer, shop: Shop
) -> None:
    at_meta(**A_FORM)
    assert "Table booking" in agent.get(f"/inbox/{thread.pk}/").content.decode()
    say(agent, thread, "form", text="For how many?")
    parameters = said()["interactive"]["action"]["parameters"]
    assert (parameters["flow_id"], parameters["flow_cta"]) == ("800", "Book a table")
    assert parameters["flow_action_payload"] == {"screen": "FIRST"}
    old = timezone.now() - LIVES - timedelta(days=1)
    here = {"shop_id": shop.pk, "conversation_id": thread.pk, "purpose": "x"}
    tokens = {
        parameters["flow_token"]: False,
        form_token(**here, at=old): True,
        form_token(**(here | {"shop_id": shop.pk + 1})): True,
        form_token(**(here | {"conversation_id": thread.pk + 1})): True,
        "t-1": True,
        "": True,
    }
    for token, is_doubted in tokens.items():
        answers = json.dumps({"flow_token": token, "guests": "4"} if token else {"guests": "4"})
        reply = {"name": "flow", "body": "Sent", "response_json": answers}
        thandi.sends({"type": "interactive", "interactive": {"type": "nfm_reply", "nfm_reply": reply}})
        shown = agent.get(f"/inbox/{thread.pk}/log/").content.decode()
        bubble = shown[shown.rindex("data-message=") :]
        assert ("Guests" in bubble, NOT_OURS in bubble) == (True, is_doubted), token
        thread.refresh_from_db()
        assert thread.needs_person
        Conversation.objects.update(needs_person=False)


def test_without_htmx_the_form_is_a_page_and_sending_leads_back(agent: Client, thread: Conversation) -> None:
    page = agent.get(f"/inbox/{thread.pk}/say/ask_location/").content.decode()
    assert "Please send us your location with the button below." in page
    answer = agent.post(f"/inbox/{thread.pk}/say/ask_location/send/", {"text": "Where are you?"})
    assert (answer.status_code, answer["Location"]) == (302, f"/inbox/{thread.pk}/")
    assert said()["interactive"]["body"]["text"] == "Where are you?"


def test_the_settings_take_a_whole_form_only(client_of: Callable[..., Client], shop: Shop, bakery: Bakery) -> None:
    manager = client_of(shop, Role.MANAGER)
    wanted = {"bot_enabled": "on", "takeover_minutes": "30", "catalog_id": "700", "form_id": "800"}
    refused = manager.post("/settings/chat/", wanted).content.decode()
    assert refused.count("A form needs this too.") == 2
    assert manager.post("/settings/chat/", {**wanted, **A_FORM}).status_code == 302
    assert 'value="Table booking"' in manager.get("/settings/chat/").content.decode()
