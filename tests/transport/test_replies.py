"""A reply fits WhatsApp the moment it exists, and is rendered in Meta's words."""

import pytest

from conversations.transport.ports import Outgoing
from conversations.transport.providers.meta_cloud.render import NoAddress, render
from conversations.transport.providers.simulator import rules
from conversations.transport.replies import (
    AskAddress,
    AskContact,
    AskLocation,
    Buttons,
    ButtonValue,
    CatalogLink,
    Choice,
    ContactCard,
    Contacts,
    Form,
    Link,
    Location,
    Media,
    Menu,
    Product,
    ProductList,
    ProductSection,
    Reaction,
    Reply,
    Section,
    TemplateMessage,
    Text,
    Value,
    picture,
    reply_from_json,
    reply_kind,
    reply_text,
    reply_to_json,
)
from conversations.transport.rules import limits
from conversations.transport.rules.limits import BreaksAWhatsAppLimit

REPLIES: list[Reply] = [
    Text("Total R 12.00", preview_url=True),
    picture("https://files.example/p.jpg", "New"),
    Buttons("Confirm?", (Choice("ok:5", "Confirm"), Choice("no:5", "Cancel")), footer="Shop"),
    Buttons("Look", (Choice("ok:5", "Add"),), image_url="https://files.example/p.jpg"),
    Menu("Choose", "Options", (Section("Today", (Choice("s:1", "Pickup", "free"), Choice("s:2", "Delivery"))),)),
    Link("Pay here", "Pay", "https://shop.example/pay/1", header="Order 1001"),
    AskLocation("Where to?"),
    Media("image", media_id="901", caption="From the desk", shown_url="/files/a"),
    Media("document", media_id="904", filename="invoice-5.pdf"),
    Media("audio", media_id="905", voice=True, shown_url="/files/b"),
    Media("video", url="https://files.example/v.mp4", caption="Look"),
    Buttons("See it?", (Choice("a", "Yes"),), top=Media("document", media_id="906", filename="menu.pdf")),
    Link("Pay here", "Pay", "https://shop.example/pay/1", top=Media("image", url="https://files.example/p.jpg")),
    AskContact("May we have your number?"),
    Location(-1.2921, 36.8219, "Shop", "Main St 1"),
    TemplateMessage("order_paid", "en_US", "Ada, order 1042 is paid.", body=(Value("Ada"), Value("1042"))),
    TemplateMessage(
        "offer_may",
        "en",
        "Ada, 25 % off until 1 June.",
        category="MARKETING",
        header=Media("image", media_id="901"),
        body=(
            Value("Ada", name="who"),
            Value("R 12.00", name="total", kind="currency", currency="ZAR", amount_1000=12_000),
            Value("1 June 2026", name="until", kind="date_time"),
        ),
        buttons=(
            ButtonValue(0, "copy_code", "SAVE25"),
            ButtonValue(1, "url", "o/5"),
            ButtonValue(2, "quick_reply", "order:5"),
            ButtonValue(3, "flow", "signed", data={"n": 1}),
            ButtonValue(4, "catalog"),
            ButtonValue(5, "mpm", "SKU-1", sections=(ProductSection("Hot", ("SKU-1", "SKU-2")),)),
        ),
        offer_until_ms=1_790_000_000_000,
        title="Only today",
        footer="Stop: write STOP",
        labels=("Copy code", "Order", "See the order"),
    ),
    TemplateMessage("we_moved", "it", "Ci siamo spostati.", header=Location(45.46, 9.19, "Negozio")),
    TemplateMessage("greeting", "it", "Ciao Ada", header=Value("Ada", name="who")),
    AskAddress("Ship to?", values={"name": "Ada"}),
    Form("Sign up", "Start", "signed", form_id="800", screen="FIRST", data={"n": 1}),
    Form("Book a table", "Book", "signed", form_name="booking", is_exchange=True, is_draft=True, header="Tonight"),
    Contacts((ContactCard("Support", "+15550100200", organisation="Shop", is_on_whatsapp=True), ContactCard("Bo K"))),
    Reaction("wamid.A1", "👍"),
    Reaction("wamid.A1"),
    Product("700", "SKU-1", "This one?"),
    ProductList("700", "Menu", "What we have", (ProductSection("Hot", ("SKU-1", "SKU-2")),)),
    CatalogLink("See everything", "SKU-1"),
]


def rendered(reply: Reply, **to: str) -> dict[str, object]:
    return render(Outgoing(message_id=1, reply=reply, **(to or {"phone": "+27821230001"})), token="tok-1")


@pytest.mark.parametrize("reply", REPLIES, ids=reply_kind)
def test_a_reply_comes_back_from_json_as_it_was_and_is_taken_by_the_rules_of_meta(reply: Reply) -> None:
    assert reply_from_json(reply_to_json(reply)) == reply
    rules.check(rendered(reply))
    assert reply_text(reply) or reply in (Reaction("wamid.A1"), REPLIES[9])


def test_a_text_is_sent_to_the_full_number_with_our_token() -> None:
    assert rendered(Text("Hi")) == {
        "messaging_product": "whatsapp",
        "recipient_type": "individual",
        "to": "+27821230001",
        "type": "text",
        "text": {"body": "Hi", "preview_url": False},
        "biz_opaque_callback_data": "tok-1",
    }


def test_a_bsuid_goes_into_recipient_and_never_into_to() -> None:
    payload = rendered(Text("Hi"), bsuid="ZA.ONLY1")
    assert payload["recipient"] == "ZA.ONLY1"
    assert "to" not in payload


def test_a_phone_wins_over_a_bsuid() -> None:
    payload = rendered(Text("Hi"), phone="27821230001", bsuid="ZA.ONLY1")
    assert payload["to"] == "+27821230001"
    assert "recipient" not in payload


def test_a_message_without_an_address_is_a_bug() -> None:
    with pytest.raises(NoAddress):
        rendered(Text("Hi"), phone="")


def test_buttons_a_list_a_link_and_a_location_request_in_metas_words() -> None:
    assert rendered(REPLIES[3])["interactive"] == {
        "type": "button",
        "body": {"text": "Look"},
        "action": {"buttons": [{"type": "reply", "reply": {"id": "ok:5", "title": "Add"}}]},
        "header": {"type": "image", "image": {"link": "https://files.example/p.jpg"}},
    }
    assert rendered(REPLIES[4])["interactive"] == {
        "type": "list",
        "body": {"text": "Choose"},
        "action": {
            "button": "Options",
            "sections": [
                {
                    "title": "Today",
                    "rows": [
                        {"id": "s:1", "title": "Pickup", "description": "free"},
                        {"id": "s:2", "title": "Delivery"},
                    ],
                }
            ],
        },
    }
    assert rendered(REPLIES[5])["interactive"] == {
        "type": "cta_url",
        "body": {"text": "Pay here"},
        "action": {
            "name": "cta_url",
            "parameters": {"display_text": "Pay", "url": "https://shop.example/pay/1"},
        },
        "header": {"type": "text", "text": "Order 1001"},
    }
    assert rendered(REPLIES[6])["interactive"] == {
        "type": "location_request_message",
        "body": {"text": "Where to?"},
        "action": {"name": "send_location"},
    }


def test_forms_goods_cards_and_reactions_in_metas_words() -> None:
    form = Form("Sign up", "Start", "signed", form_id="800", screen="FIRST", data={"n": 1})
    assert rendered(form)["interactive"]["action"] == {  # type: ignore[index]
        "name": "flow",
        "parameters": {
            "flow_message_version": "3",
            "flow_id": "800",
            "flow_cta": "Start",
            "mode": "published",
            "flow_token": "signed",
            "flow_action": "navigate",
            "flow_action_payload": {"screen": "FIRST", "data": {"n": 1}},
        },
    }
    assert rendered(ProductList("700", "Menu", "All", (ProductSection("Hot", ("SKU-1",)),)))["interactive"] == {
        "type": "product_list",
        "header": {"type": "text", "text": "Menu"},
        "body": {"text": "All"},
        "action": {
            "catalog_id": "700",
            "sections": [{"title": "Hot", "product_items": [{"product_retailer_id": "SKU-1"}]}],
        },
    }
    assert rendered(Product("700", "SKU-1"))["interactive"] == {
        "type": "product",
        "action": {"catalog_id": "700", "product_retailer_id": "SKU-1"},
    }
    assert rendered(CatalogLink("All", "SKU-1"))["interactive"] == {
        "type": "catalog_message",
        "body": {"text": "All"},
        "action": {"name": "catalog_message", "parameters": {"thumbnail_product_retailer_id": "SKU-1"}},
    }
    assert rendered(AskAddress("Ship to?", values={"name": "Ada"}))["interactive"] == {
        "type": "address_message",
        "body": {"text": "Ship to?"},
        "action": {"name": "address_message", "parameters": {"country": "IN", "values": {"name": "Ada"}}},
    }
    assert rendered(Reaction("wamid.A1"))["reaction"] == {"message_id": "wamid.A1", "emoji": ""}
    assert rendered(Contacts((ContactCard("Support", "+15550100200", is_on_whatsapp=True),)))["contacts"] == [
        {
            "name": {"formatted_name": "Support", "first_name": "Support"},
            "phones": [{"phone": "+15550100200", "type": "WORK", "wa_id": "15550100200"}],
        }
    ]


def test_a_template_in_metas_words() -> None:
    paid, offer = (reply for reply in REPLIES if isinstance(reply, TemplateMessage) and reply.body)
    assert rendered(paid)["template"] == {
        "name": "order_paid",
        "language": {"code": "en_US"},
        "components": [
            {"type": "body", "parameters": [{"type": "text", "text": "Ada"}, {"type": "text", "text": "1042"}]}
        ],
    }
    header, body, until, *buttons = rendered(offer)["template"]["components"]  # type: ignore[index]
    assert header == {"type": "header", "parameters": [{"type": "image", "image": {"id": "901"}}]}
    assert body["parameters"] == [
        {"type": "text", "parameter_name": "who", "text": "Ada"},
        {
            "type": "currency",
            "parameter_name": "total",
            "currency": {"fallback_value": "R 12.00", "code": "ZAR", "amount_1000": 12_000},
        },
        {"type": "date_time", "parameter_name": "until", "date_time": {"fallback_value": "1 June 2026"}},
    ]
    assert until["parameters"] == [
        {"type": "limited_time_offer", "limited_time_offer": {"expiration_time_ms": 1_790_000_000_000}}
    ]
    assert [(button["sub_type"], button["index"]) for button in buttons] == [
        ("copy_code", "0"),
        ("url", "1"),
        ("quick_reply", "2"),
        ("flow", "3"),
        ("catalog", "4"),
        ("mpm", "5"),
    ]
    assert buttons[0]["parameters"] == [{"type": "coupon_code", "coupon_code": "SAVE25"}]
    assert buttons[2]["parameters"] == [{"type": "payload", "payload": "order:5"}]
    assert buttons[3]["parameters"] == [
        {"type": "action", "action": {"flow_token": "signed", "flow_action_data": {"n": 1}}}
    ]
    assert "parameters" not in buttons[4]


def test_a_file_goes_by_its_id_and_what_only_we_show_stays_here() -> None:
    assert rendered(Media("audio", media_id="905", voice=True, shown_url="/files/b"))["audio"] == {
        "id": "905",
        "voice": True,
    }
    assert rendered(Location(-1.2921, 36.8219))["location"] == {"latitude": "-1.2921000", "longitude": "36.8219000"}
    assert rendered(AskContact("Your number?"))["interactive"] == {
        "type": "request_contact_info",
        "body": {"text": "Your number?"},
        "action": {"name": "request_contact_info"},
    }


def test_an_answer_names_what_it_answers() -> None:
    outgoing = Outgoing(message_id=1, reply=Text("Yes"), phone="+27821230001", context_wamid="wamid.A")
    assert render(outgoing, token="t")["context"] == {"message_id": "wamid.A"}


def test_titles_are_shortened_between_graphemes() -> None:
    button = Buttons("b", (Choice("a", "👨‍👩‍👧‍👦 family breakfast"),)).buttons[0]
    assert button.title == "👨‍👩‍👧‍👦 family…"
    assert limits.length(button.title) <= limits.BUTTON_TITLE
    assert Choice("a", "e\u0301" * 20).title == "e\u0301" * 11 + "…"
    assert limits.fit("🇿🇦🇮🇳🇮🇹", 9) == "🇿🇦🇮🇳…"


def rows(count: int) -> tuple[Choice, ...]:
    return tuple(Choice(str(number), f"Row {number}") for number in range(count))


@pytest.mark.parametrize(
    ("make", "sentence"),
    [
        (lambda: Text("  "), "The text is empty"),
        (lambda: Buttons("b", ()), "1 to 3 buttons, not 0"),
        (lambda: Buttons("b", rows(4)), "1 to 3 buttons, not 4"),
        (lambda: Buttons("b", (Choice("a", "A"), Choice("a", "B"))), "same id"),
        (lambda: Buttons("b", (Choice("a", "A"), Choice("b", "A"))), "same title"),
        (lambda: Buttons("b", (Choice("a", " "),)), "title of a choice is empty"),
        (lambda: Buttons("b", (Choice("x" * 257, "A"),)), "1 to 256"),
        (lambda: Buttons("b", rows(1), image_url="https://x.example/y", header="h"), "not both"),
        (lambda: Menu("b", "l", (Section("s", rows(11)),)), "1 to 10 rows in all, not 11"),
        (lambda: Menu("b", "l", (Section("s", rows(6)), Section("t", rows(6)))), "not 12"),
        (lambda: Menu("b", "l", (Section("", rows(1)), Section("t", (Choice("z", "Z"),)))), "needs a title"),
        (lambda: Menu("b", "l", (Section("s", rows(1)), Section("t", ()))), "section of the list is empty"),
        (lambda: Menu("b", "", (Section("s", rows(1)),)), "label of the list is empty"),
        (lambda: Link("b", "Pay", "javascript:alert(1)"), "absolute"),
        (lambda: picture(""), "exactly one"),
        (lambda: picture("/files/a"), "absolute"),
        (lambda: Media("audio", media_id="1", caption="x"), "no caption"),
        (lambda: Media("image", media_id="1", filename="x"), "Only a document"),
        (lambda: Media("video", media_id="1", voice=True), "Only a sound"),
        (lambda: Buttons("b", rows(1), top=Media("audio", media_id="1")), "On top of a message"),
        (lambda: Buttons("b", rows(1), top=Media("image", media_id="1", caption="c")), "no caption of its own"),
        (lambda: Link("b", "Go", "https://x.example", header="h", top=Media("image", media_id="1")), "not both"),
        (lambda: Form("b", "Go", "t", form_id="1", form_name="n", screen="A"), "exactly one"),
        (lambda: Form("b", "Go", "t", form_id="1"), "opens on a screen"),
        (lambda: Form("b", "Go", "", form_id="1", screen="A"), "token of the form is empty"),
        (lambda: AskAddress("b", country="ZA"), "India only"),
        (lambda: Contacts(()), "Contacts of a message: 1 to 257, not 0"),
        (lambda: ContactCard("Bo", "082 123"), "written like"),
        (lambda: Reaction("wamid.A", "ok"), "one emoji"),
        (lambda: ProductList("700", "", "b", (ProductSection("s", ("1",)),)), "line above the products"),
        (lambda: ProductList("700", "h", "b", (ProductSection("", ("1",)),)), "needs a title"),
        (lambda: Product("", "SKU"), "id of the catalog"),
        (lambda: Location(91, 0), "no such place"),
        (lambda: Location(float("nan"), 0), "no such place"),
        (lambda: TemplateMessage("Order Paid", "en", "x"), "small letters"),
        (lambda: TemplateMessage("order", "english", "x"), "language"),
        (lambda: TemplateMessage("order", "en", " "), "text of the template is empty"),
        (lambda: TemplateMessage("order", "en", "x", body=(Value("a"), Value("b", name="n"))), "all named or all"),
        (lambda: TemplateMessage("order", "en", "x", body=(Value("a", name="n"), Value("b", name="n"))), "same name"),
        (lambda: Value(" "), "value of the template is empty"),
        (lambda: Value("R 1", kind="currency"), "needs its currency"),
        (lambda: ButtonValue(10, "url", "x"), "at most 10"),
        (lambda: ButtonValue(0, "url"), "value of a button is empty"),
        (lambda: ButtonValue(0, "copy_code", "SAVE-25"), "letters and digits"),
        (lambda: ButtonValue(0, "copy_code", "S" * 16), "more than 15"),
        (lambda: ButtonValue(0, "mpm", "SKU"), "Sections of products: 1 to 10, not 0"),
        (
            lambda: TemplateMessage("o", "en", "x", buttons=(ButtonValue(0, "url", "a"), ButtonValue(0, "url", "b"))),
            "same button",
        ),
    ],
)
def test_what_cannot_be_shortened_is_refused(make: object, sentence: str) -> None:
    with pytest.raises(BreaksAWhatsAppLimit, match=sentence):
        make()  # type: ignore[operator]


def test_a_long_text_is_cut_into_pieces_at_words() -> None:
    pieces = limits.split("word " * 2000)
    assert all(limits.length(piece) <= limits.TEXT_BODY for piece in pieces)
    assert " ".join(pieces).split() == ["word"] * 2000


@pytest.mark.parametrize(
    ("payload", "code"),
    [
        ({}, 100),
        ({"messaging_product": "whatsapp", "type": "text"}, 131008),
        ({"messaging_product": "whatsapp", "to": "+1", "type": "text"}, 131008),
        ({"messaging_product": "whatsapp", "to": "+1", "type": "text", "text": {"body": "x" * 4097}}, 131009),
        ({"messaging_product": "whatsapp", "to": "+1", "type": "hologram", "hologram": {}}, 131009),
    ],
)
def test_the_stand_in_refuses_what_meta_refuses(payload: dict[str, object], code: int) -> None:
    with pytest.raises(rules.Refused) as refusal:
        rules.check(payload)
    assert refusal.value.code == code
