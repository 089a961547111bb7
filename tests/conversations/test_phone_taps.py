"""What the phone of the simulator shows of templates and goods, and what its taps send, read by the real parser."""

from typing import Any

import pytest
from django.test import Client

from conversations import simulated
from conversations.transport.models import StandInThing
from conversations.transport.providers.meta_cloud.render import content_of
from conversations.transport.providers.simulator import rules, template_rules
from conversations.transport.replies import (
    AskAddress,
    AskContact,
    ButtonValue,
    CatalogLink,
    ContactCard,
    Contacts,
    Form,
    Product,
    ProductList,
    ProductSection,
    TemplateMessage,
    Value,
)
from conversations.transport.types import Incoming, IncomingKind
from tenants.models import Shop, WhatsAppNumber
from tests.conversations.test_simulator_pages import HTMX, NOBODY, replied
from tests.conversations.wire import Wire
from tests.trade import a_product

SEND = f"/simulator/{NOBODY}/send/"
TEMPLATE = {
    "id": "770000000000009",
    "name": "order_ready",
    "language": "en",
    "status": "APPROVED",
    "category": "UTILITY",
    "components": [
        {"type": "HEADER", "format": "TEXT", "text": "Order {{order}}"},
        {"type": "BODY", "text": "Hello {{name}}, your *bread* is ready."},
        {"type": "FOOTER", "text": "Amber Bakery"},
        {
            "type": "BUTTONS",
            "buttons": [
                {"type": "QUICK_REPLY", "text": "I am coming"},
                {"type": "URL", "text": "Track it", "url": "https://amber.example/o/{{1}}"},
                {"type": "PHONE_NUMBER", "text": "Call us", "phone_number": "+27215550100"},
                {"type": "COPY_CODE", "example": "SAVE10"},
                {"type": "FLOW", "text": "Rate it"},
                {"type": "CATALOG", "text": "View catalog"},
                {"type": "QUICK_REPLY", "text": "Not today"},
            ],
        },
    ],
}
READY = TemplateMessage(
    name="order_ready",
    language="en",
    text="Hello Thandi",
    header=Value("1001", name="order"),
    body=(Value("Thandi", name="name"),),
    buttons=(
        ButtonValue(0, "quick_reply", "coming:1001"),
        ButtonValue(1, "url", "abc"),
        ButtonValue(3, "copy_code", "RYE20"),
        ButtonValue(4, "flow", "tok-7"),
    ),
)


@pytest.fixture
def number(shop: Shop) -> WhatsAppNumber:
    number = simulated.make_number(shop)
    StandInThing.objects.create(kind="template", owner=number.waba_id, key=TEMPLATE["id"], data=TEMPLATE)
    return number


def screen(agent: Client) -> str:
    return agent.get(f"/simulator/{NOBODY}/screen/", headers=HTMX).content.decode()


def tap(agent: Client, wire: Wire, **posted: Any) -> Incoming:
    """The one thing that was sent by this tap on the message R1."""
    before = len(wire.posts)
    assert agent.post(SEND, {"context": "wamid.R1", **posted}, headers=HTMX).status_code == 200
    assert len(wire.posts) == before + 1
    return wire.incoming


def test_a_template_reads_on_the_phone_as_whatsapp_shows_it(agent: Client, number: WhatsAppNumber) -> None:
    replied(number, content_of(READY))
    shown = screen(agent)
    for words in (
        "Order 1001",
        "Hello Thandi, your",
        "<strong>bread</strong>",
        "Amber Bakery",
        "I am coming",
        "Rate it",
    ):
        assert words in shown
    assert "order_ready" not in shown
    assert 'href="https://amber.example/o/abc"' in shown
    assert 'href="tel:+27215550100"' in shown
    assert ">RYE20</span>" in shown
    assert "{{" not in shown


def test_a_template_nobody_kept_shows_its_values(agent: Client, number: WhatsAppNumber) -> None:
    StandInThing.objects.all().delete()
    replied(number, content_of(READY))
    assert "Thandi" in screen(agent)


def test_buttons_of_a_template_are_tapped(agent: Client, number: WhatsAppNumber, wire: Wire) -> None:
    a_product("Rye bread")
    replied(number, content_of(READY))
    named = tap(agent, wire, tap="0")
    assert (named.kind, named.choice_id, named.choice_title) == (IncomingKind.CHOICE, "coming:1001", "I am coming")
    assert named.context_wamid == "wamid.R1"
    assert tap(agent, wire, tap="6").choice_id == "Not today"
    form = tap(agent, wire, form="send", field=["stars"], value=["5"])
    assert form.details == {"form": "flow", "token": "tok-7", "fields": {"stars": "5"}}
    for place in ("1", "2", "3", "9", "x"):
        agent.post(SEND, {"context": "wamid.R1", "tap": place})
    assert len(wire.posts) == 3


def test_a_form_is_answered_and_torn(agent: Client, number: WhatsAppNumber, wire: Wire) -> None:
    form = Form(body="Which size?", label="Choose", token="tok-1", form_id="800", screen="FIRST", data={"size": "42"})
    replied(number, content_of(form))
    assert 'value="42"' in screen(agent)
    sent = tap(agent, wire, form="send", field=["size", "", "colour"], value=["43", "lost", "green"])
    assert sent.kind is IncomingKind.FORM
    assert sent.details == {"form": "flow", "token": "tok-1", "fields": {"size": "43", "colour": "green"}}
    torn = tap(agent, wire, form="broken", field=["size"], value=["43"])
    assert "fields" not in torn.details
    assert torn.details["raw"].startswith('{"flow_token"')


def test_a_number_and_an_address_are_given_with_one_tap(agent: Client, number: WhatsAppNumber, wire: Wire) -> None:
    replied(number, content_of(AskContact("Your number?")))
    card = tap(agent, wire, share="contact")
    assert card.kind is IncomingKind.CONTACTS
    assert card.details["cards"][0]["origin"] == "contact_request"
    replied(number, content_of(AskAddress("Where to?", country="IN")), "wamid.R2")
    agent.post(SEND, {"context": "wamid.R2", "address": "home"}, headers=HTMX)
    address = wire.incoming
    assert address.details["form"] == "address_message"
    assert address.details["fields"]["values"]["city"] == "Cape Town"
    assert address.text == "12 Loop Street\nCape Town"
    for odd in ({"share": "contact", "context": "wamid.R2"}, {"address": "nowhere", "context": "wamid.R2"}):
        agent.post(SEND, odd)
    agent.post(SEND, {"address": "home", "context": "wamid.R1"})
    assert len(wire.posts) == 2


@pytest.fixture
def two(shop: Shop) -> None:
    for name, cents, sku in (("Rye bread", 52_00, "RYE"), ("Scone", 9_50, "SCONE"), ("Nameless", 1_00, None)):
        variant = a_product(name, cents=cents)
        variant.sku = sku
        variant.save(update_fields=["sku"])


OFFERS = {
    "one": Product("700", "RYE", body="Fresh"),
    "some": ProductList("700", "Bread", "Choose", (ProductSection("Today", ("RYE", "GONE")),)),
    "all": CatalogLink("Everything we bake"),
}


@pytest.mark.parametrize("offer", OFFERS.values(), ids=list(OFFERS))
def test_goods_are_shown_and_a_cart_is_sent(
    agent: Client, number: WhatsAppNumber, wire: Wire, two: None, offer: Any
) -> None:
    replied(number, content_of(offer))
    shown = screen(agent)
    assert "Rye bread" in shown
    assert "52" in shown
    assert ("Nameless" in shown) is isinstance(offer, CatalogLink)
    pieces = {"pieces:RYE": "2", "pieces:GONE": "1", "pieces:STOLEN": "3", "words": "please wrap"}
    cart = tap(agent, wire, cart="send", **pieces)
    assert cart.kind is IncomingKind.ORDER
    assert [(item.retailer_id, item.quantity, item.item_price) for item in cart.items] == [("RYE", 2, "52.0")]
    assert cart.text == "please wrap"
    assert tap(agent, wire, question="RYE").product == "RYE"
    empty = agent.post(SEND, {"context": "wamid.R1", "cart": "send", "pieces:RYE": "0"}, headers=HTMX)
    assert empty.status_code == 422
    assert "Choose at least one product." in empty.content.decode()
    agent.post(SEND, {"context": "wamid.R1", "question": "STOLEN"})
    assert len(wire.posts) == 2


def test_nothing_is_ordered_from_a_message_that_offers_nothing(
    agent: Client, number: WhatsAppNumber, wire: Wire, two: None
) -> None:
    replied(number, {"type": "text", "text": {"body": "Hello"}})
    for posted in ({"cart": "send", "pieces:RYE": "1"}, {"question": "RYE"}, {"form": "send"}, {"share": "contact"}):
        agent.post(SEND, {"context": "wamid.R1", **posted})
    assert wire.posts == []


def test_a_card_can_be_looked_at_and_called(agent: Client, number: WhatsAppNumber) -> None:
    replied(number, content_of(Contacts((ContactCard("Bo Khumalo", "+27825550177"),))))
    shown = screen(agent)
    assert "View contact" in shown
    assert 'href="tel:+27825550177"' in shown
    assert ">+27825550177<" not in shown
    assert shown.count(">+27 82 555 0177<") == 2, "written as everywhere else"


def test_an_answer_shows_what_it_answers(agent: Client, number: WhatsAppNumber, wire: Wire) -> None:
    replied(number, {"type": "text", "text": {"body": "Rye or white?"}})
    agent.post(SEND, {"context": "wamid.R1", "text": "Rye please"})
    assert screen(agent).count("Rye or white?") == 2


def test_a_quote_of_a_message_with_buttons_says_its_words(agent: Client, number: WhatsAppNumber, wire: Wire) -> None:
    buttons = [{"type": "reply", "reply": {"id": "menu", "title": "Menu"}}]
    inner = {"type": "button", "body": {"text": "Rye or white?"}, "action": {"buttons": buttons}}
    replied(number, {"type": "interactive", "interactive": inner})
    agent.post(SEND, {"context": "wamid.R1", "text": "Rye please"})
    assert screen(agent).count("Rye or white?") == 2
    assert "&#x27;text&#x27;" not in screen(agent)


def card(place: int, name: str) -> dict[str, Any]:
    quick = {"type": "button", "sub_type": "quick_reply", "index": "0"}
    values = [{"type": "text", "text": name}]
    payload = [{"type": "payload", "payload": f"cart.add:{place}"}]
    return {
        "card_index": place,
        "components": [{"type": "body", "parameters": values}, {**quick, "parameters": payload}],
    }


CARD = {
    "components": [
        {"type": "BODY", "text": "Today: {{1}} for you"},
        {"type": "BUTTONS", "buttons": [{"type": "QUICK_REPLY", "text": "I take it"}]},
    ]
}
OFFER = {
    "id": "770000000000010",
    "name": "weekend",
    "language": "en",
    "status": "APPROVED",
    "category": "MARKETING",
    "components": [
        {"type": "BODY", "text": "Only this weekend"},
        {"type": "LIMITED_TIME_OFFER", "limited_time_offer": {"text": "Free rye", "has_expiration": True}},
        {"type": "CAROUSEL", "cards": [CARD, CARD]},
    ],
}


def an_offer(*, ends_ms: int, cards: int = 2) -> dict[str, Any]:
    ends = {"type": "limited_time_offer", "limited_time_offer": {"expiration_time_ms": ends_ms}}
    names = ["rye", "spelt", "oats"]
    components = [
        {"type": "limited_time_offer", "parameters": [ends]},
        {"type": "carousel", "cards": [card(place, names[place]) for place in range(cards)]},
    ]
    template = {"name": "weekend", "language": {"code": "en"}, "components": components}
    return {"messaging_product": "whatsapp", "to": NOBODY, "type": "template", "template": template}


def test_an_offer_that_ends_and_cards_to_swipe_are_drawn_and_their_buttons_tapped(
    agent: Client, number: WhatsAppNumber, wire: Wire
) -> None:
    StandInThing.objects.create(kind="template", owner=number.waba_id, key=OFFER["id"], data=OFFER)
    sent = an_offer(ends_ms=4_102_444_800_000)
    rules.check(sent)
    template_rules.check_sent(OFFER, sent["template"])
    replied(number, sent)
    shown = screen(agent)
    for words in ("Only this weekend", "Free rye", "Ends 1.1.2100", "Today: rye for you", "Today: spelt for you"):
        assert words in shown, words
    assert shown.count("I take it") == 2
    heard = tap(agent, wire, tap="1.0")
    assert (heard.choice_id, heard.choice_title) == ("cart.add:1", "I take it")
    replied(number, an_offer(ends_ms=1_000_000_000_000), "wamid.R2")
    assert "Ended 9.9.2001" in screen(agent)


def test_cards_that_were_not_approved_are_refused() -> None:
    with pytest.raises(rules.Refused, match="2 cards are expected, 3 were given"):
        template_rules.check_sent(OFFER, an_offer(ends_ms=1, cards=3)["template"])
    twice = an_offer(ends_ms=1)
    twice["template"]["components"][1]["cards"][1]["card_index"] = 0
    with pytest.raises(rules.Refused):
        rules.check(twice)
