"""A reply fits WhatsApp the moment it exists, and is rendered in Meta's words."""

import pytest

from conversations.transport import limits
from conversations.transport.limits import BreaksAWhatsAppLimit
from conversations.transport.ports import Outgoing
from conversations.transport.providers.meta_cloud.render import NoAddress, render
from conversations.transport.providers.simulator import rules
from conversations.transport.replies import (
    AskLocation,
    Buttons,
    Choice,
    Image,
    Link,
    Menu,
    Reply,
    Section,
    Text,
    reply_from_json,
    reply_kind,
    reply_text,
    reply_to_json,
)

REPLIES: list[Reply] = [
    Text("Total R 12.00", preview_url=True),
    Image("https://files.example/p.jpg", "New"),
    Buttons("Confirm?", (Choice("ok:5", "Confirm"), Choice("no:5", "Cancel")), footer="Shop"),
    Buttons("Look", (Choice("ok:5", "Add"),), image_url="https://files.example/p.jpg"),
    Menu("Choose", "Options", (Section("Today", (Choice("s:1", "Pickup", "free"), Choice("s:2", "Delivery"))),)),
    Link("Pay here", "Pay", "https://shop.example/pay/1", header="Order 1001"),
    AskLocation("Where to?"),
]


def rendered(reply: Reply, **to: str) -> dict[str, object]:
    return render(Outgoing(message_id=1, reply=reply, **(to or {"phone": "+27821230001"})), token="tok-1")


@pytest.mark.parametrize("reply", REPLIES, ids=reply_kind)
def test_a_reply_comes_back_from_json_as_it_was_and_is_taken_by_the_rules_of_meta(reply: Reply) -> None:
    assert reply_from_json(reply_to_json(reply)) == reply
    rules.check(rendered(reply))
    assert reply_text(reply)


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
        (lambda: Image(""), "address is empty"),
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
