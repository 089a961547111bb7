"""What can be said is what WhatsApp takes: whatever reply exists is accepted, one step beyond a limit is refused."""

import copy
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from conversations.transport.ports import Outgoing
from conversations.transport.providers.meta_cloud.render import render
from conversations.transport.providers.simulator import rules
from conversations.transport.replies import (
    AskLocation,
    Buttons,
    Choice,
    Link,
    Media,
    Reply,
    Text,
    in_pieces,
    picture,
    reply_from_json,
    reply_to_json,
)
from conversations.transport.rules import limits
from tests.transport.reply_strategies import EMOJI, KINDS, words

Json = dict[str, Any]
LAX = settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.filter_too_much, HealthCheck.too_slow, HealthCheck.data_too_large],
)


def payload_of(reply: Reply) -> Json:
    return render(Outgoing(message_id=1, reply=reply, phone="+27821230001"), token="tok-1")


@pytest.mark.parametrize("kind", KINDS)
@LAX
@given(data=st.data())
def test_whatever_reply_can_exist_is_taken_and_comes_back_from_json(kind: str, data: st.DataObject) -> None:
    reply = data.draw(KINDS[kind])
    assert reply_from_json(reply_to_json(reply)) == reply
    for piece in in_pieces([reply]):
        rules.check(payload_of(piece))


@LAX
@given(words(limits.TEXT_BODY, 1).filter(str.strip), st.sampled_from([30, 1024, 4096]))
def test_a_split_text_loses_nothing_but_blanks_and_no_piece_is_too_long(body: str, limit: int) -> None:
    pieces = limits.split(body, limit)
    assert "".join("".join(pieces).split()) == "".join(body.split())
    assert all(0 < limits.length(piece) <= limit for piece in pieces)


def test_a_text_is_cut_at_paragraphs_before_lines_before_words_before_graphemes() -> None:
    assert limits.split("aaaa bb\nccc\n\ndddd eee", 15) == ["aaaa bb\nccc", "dddd eee"]
    assert limits.split("aaaa bb\nccc dddd", 12) == ["aaaa bb", "ccc dddd"]
    assert limits.split("aaaa bb ccc dddd", 12) == ["aaaa bb ccc", "dddd"]
    family = "👨‍👩‍👧‍👦"
    assert limits.split(family * 3, 25) == [family * 2, family]


def test_what_can_be_tapped_stays_with_the_end_of_a_long_text() -> None:
    lines = "\n".join(f"{number} × croissant – R 12.00" for number in range(60))
    ask = Buttons(f"{lines}\n\nTotal: R 720.00", (Choice("ok", "Pay"),), image_url="https://x.example/a.jpg")
    first, last = in_pieces([ask])
    assert isinstance(first, Text)
    assert isinstance(last, Buttons)
    assert last.body.endswith("Total: R 720.00")
    assert last.image_url
    assert f"{first.body}\n{last.body}" == ask.body


def test_a_long_caption_goes_on_below_its_picture() -> None:
    first, *rest = in_pieces([picture("https://x.example/a.jpg", "word " * 400)])
    assert isinstance(first, Media)
    assert limits.length(first.caption) <= limits.CAPTION
    assert [type(piece) for piece in rest] == [Text]


def _set(path: str, value: Any) -> Callable[[Json], None]:
    *steps, last = path.split(".")

    def change(payload: Json) -> None:
        for step in steps:
            payload = payload[int(step)] if step.isdigit() else payload[step]  # type: ignore[call-overload]
        if last.isdigit():
            payload[int(last)] = value  # type: ignore[index]
        else:
            payload[last] = value

    return change


def _text(size: int) -> str:
    return "x" * size


BASE: dict[str, Json] = {
    "text": {"type": "text", "text": {"body": "Hi"}},
    "image": {"type": "image", "image": {"id": "1", "caption": "c"}},
    "sticker": {"type": "sticker", "sticker": {"id": "1"}},
    "location": {"type": "location", "location": {"latitude": "1", "longitude": "2"}},
    "contacts": {"type": "contacts", "contacts": [{"name": {"formatted_name": "A", "first_name": "A"}}]},
    "reaction": {"type": "reaction", "reaction": {"message_id": "wamid.A", "emoji": "👍"}},
    "button": {
        "type": "interactive",
        "interactive": {
            "type": "button",
            "header": {"type": "text", "text": "h"},
            "body": {"text": "b"},
            "footer": {"text": "f"},
            "action": {"buttons": [{"type": "reply", "reply": {"id": str(n), "title": str(n)}} for n in range(3)]},
        },
    },
    "list": {
        "type": "interactive",
        "interactive": {
            "type": "list",
            "header": {"type": "text", "text": "h"},
            "body": {"text": "b"},
            "action": {
                "button": "o",
                "sections": [
                    {"title": f"s{section}", "rows": [{"id": f"{section}.{n}", "title": "t"} for n in range(5)]}
                    for section in range(2)
                ],
            },
        },
    },
    "cta_url": {
        "type": "interactive",
        "interactive": {
            "type": "cta_url",
            "body": {"text": "b"},
            "action": {"name": "cta_url", "parameters": {"display_text": "d", "url": "https://x.example"}},
        },
    },
    "location_request_message": {
        "type": "interactive",
        "interactive": {
            "type": "location_request_message",
            "body": {"text": "b"},
            "action": {"name": "send_location"},
        },
    },
    "product_list": {
        "type": "interactive",
        "interactive": {
            "type": "product_list",
            "header": {"type": "text", "text": "h"},
            "body": {"text": "b"},
            "action": {
                "catalog_id": "7",
                "sections": [
                    {"title": f"s{section}", "product_items": [{"product_retailer_id": str(n)} for n in range(15)]}
                    for section in range(2)
                ],
            },
        },
    },
    "flow": {
        "type": "interactive",
        "interactive": {
            "type": "flow",
            "body": {"text": "b"},
            "action": {
                "name": "flow",
                "parameters": {
                    "flow_message_version": "3",
                    "flow_id": "8",
                    "flow_cta": "Go",
                    "flow_token": "t",
                    "flow_action": "navigate",
                    "flow_action_payload": {"screen": "A"},
                },
            },
        },
    },
    "address_message": {
        "type": "interactive",
        "interactive": {
            "type": "address_message",
            "body": {"text": "b"},
            "action": {"name": "address_message", "parameters": {"country": "IN"}},
        },
    },
    "template": {
        "type": "template",
        "template": {
            "name": "order_paid",
            "language": {"code": "en"},
            "components": [
                {"type": "header", "parameters": [{"type": "image", "image": {"id": "1"}}]},
                {"type": "body", "parameters": [{"type": "text", "text": "a"}, {"type": "text", "text": "b"}]},
                {
                    "type": "button",
                    "sub_type": "copy_code",
                    "index": "0",
                    "parameters": [{"type": "coupon_code", "coupon_code": "SAVE25"}],
                },
                {"type": "button", "sub_type": "url", "index": "1", "parameters": [{"type": "text", "text": "a"}]},
            ],
        },
    },
}
ROWS = "interactive.action.sections.0.rows"
BUTTONS = "interactive.action.buttons"
PRODUCTS = "interactive.action.sections.0.product_items"
PART = "template.components"
BEYOND: list[tuple[str, str, Any, int]] = [
    ("text", "text.body", _text(4097), 131009),
    ("text", "text.body", "", 131009),
    ("text", "biz_opaque_callback_data", _text(513), 131009),
    ("text", "context", {"message_id": ""}, 131009),
    ("text", "to", None, 131008),
    ("text", "messaging_product", "sms", 100),
    ("text", "type", "hologram", 131008),
    ("image", "image.caption", _text(1025), 131009),
    ("image", "image.id", "", 131009),
    ("image", "image.link", "https://x.example/a.jpg", 131009),
    ("image", "image.filename", "a.jpg", 100),
    ("image", "image.voice", True, 100),
    ("sticker", "sticker.caption", "no", 100),
    ("location", "location.latitude", "91", 131009),
    ("location", "location.longitude", "east", 131008),
    ("contacts", "contacts", [], 131009),
    ("contacts", "contacts", [{"name": {"formatted_name": "A", "first_name": "A"}}] * 258, 131009),
    ("contacts", "contacts.0.name", {"formatted_name": "A"}, 131008),
    ("reaction", "reaction.emoji", "ok", 131009),
    ("reaction", "reaction.message_id", "", 131008),
    ("button", "interactive.body.text", _text(1025), 131009),
    ("button", "interactive.header.text", _text(61), 131009),
    ("button", "interactive.footer.text", _text(61), 131009),
    ("button", "interactive.header", {"type": "audio", "audio": {"id": "1"}}, 131009),
    ("button", f"{BUTTONS}.0.reply.title", _text(21), 131009),
    ("button", f"{BUTTONS}.0.reply.title", "1", 131009),
    ("button", f"{BUTTONS}.0.reply.id", _text(257), 131009),
    ("button", f"{BUTTONS}.0.reply.id", "1", 131009),
    ("button", BUTTONS, [], 131009),
    ("button", BUTTONS, [{"type": "reply", "reply": {"id": str(n), "title": str(n)}} for n in range(4)], 131009),
    ("button", "interactive.type", "carousel_of_cats", 131009),
    ("button", "interactive.action", None, 131008),
    ("list", "interactive.header", {"type": "image", "image": {"id": "1"}}, 131009),
    ("list", "interactive.action.button", _text(21), 131009),
    ("list", "interactive.action.sections.0.title", _text(25), 131009),
    ("list", "interactive.action.sections.0.title", "", 131009),
    ("list", ROWS, [], 131009),
    ("list", ROWS, [{"id": f"n{n}", "title": "t"} for n in range(6)], 131009),
    ("list", f"{ROWS}.0.title", _text(25), 131009),
    ("list", f"{ROWS}.0.description", _text(73), 131009),
    ("list", f"{ROWS}.0.id", _text(201), 131009),
    ("list", f"{ROWS}.0.id", "1.0", 131009),
    (
        "list",
        "interactive.action.sections",
        [{"title": str(n), "rows": [{"id": str(n), "title": "t"}]} for n in range(11)],
        131009,
    ),
    ("cta_url", "interactive.action.parameters.display_text", _text(21), 131009),
    ("cta_url", "interactive.action.parameters.url", "shop.example", 131009),
    ("location_request_message", "interactive.body.text", _text(1025), 131009),
    ("location_request_message", "interactive.action.name", "send", 131009),
    ("product_list", PRODUCTS, [{"product_retailer_id": str(n)} for n in range(16)], 131009),
    ("product_list", "interactive.action.sections.0.title", _text(25), 131009),
    ("product_list", "interactive.header.text", "", 131009),
    ("product_list", "interactive.header", None, 131008),
    (
        "product_list",
        "interactive.action.sections",
        [{"title": str(n), "product_items": [{"product_retailer_id": "1"}]} for n in range(11)],
        131009,
    ),
    ("flow", "interactive.action.parameters.flow_cta", _text(21), 131009),
    ("flow", "interactive.action.parameters.flow_name", "also", 131009),
    ("flow", "interactive.action.parameters.flow_action", "data_exchange", 131009),
    ("address_message", "interactive.action.parameters.country", "ZA", 131009),
    ("template", "template.name", _text(513), 131009),
    ("template", "template.name", "Order Paid", 132001),
    ("template", "template.language", None, 131008),
    ("template", f"{PART}.0.parameters", [], 132012),
    ("template", f"{PART}.0.parameters.0", {"type": "audio", "audio": {"id": "1"}}, 132012),
    ("template", f"{PART}.1.parameters.0.text", "two\nlines", 132012),
    ("template", f"{PART}.1.parameters.0.text", "", 131009),
    ("template", f"{PART}.1.parameters.0.parameter_name", "who", 132000),
    ("template", f"{PART}.1.parameters.0", {"type": "currency", "currency": {"fallback_value": "R 1"}}, 132012),
    ("template", f"{PART}.2.parameters.0.coupon_code", _text(16), 131009),
    ("template", f"{PART}.2.parameters.0.coupon_code", "SAVE-25", 131009),
    ("template", f"{PART}.2.index", "10", 131009),
    ("template", f"{PART}.2.index", "1", 131009),
    ("template", f"{PART}.3.parameters.0.text", _text(2001), 131009),
    ("template", f"{PART}.3.sub_type", "fax", 132012),
]


def base(kind: str) -> Json:
    return {"messaging_product": "whatsapp", "to": "+1", **copy.deepcopy(BASE[kind])}


def code_of(payload: Json) -> int:
    """What it is refused with; 0 when it is taken."""
    try:
        rules.check(payload)
    except rules.Refused as refusal:
        return refusal.code
    return 0


# What is one too long in `BEYOND`, one shorter.
AT_ITS_LIMIT = [
    (kind, where, what[:-1])
    for kind, where, what, _code in BEYOND
    if (isinstance(what, list) and len(what) > 1) or (isinstance(what, str) and len(what) > 9 and set(what) == {"x"})
]


@pytest.mark.parametrize("kind", BASE)
def test_each_payload_is_taken_as_it_stands(kind: str) -> None:
    assert code_of(base(kind)) == 0


@pytest.mark.parametrize(("kind", "where", "what"), AT_ITS_LIMIT)
def test_what_just_reaches_a_limit_is_taken(kind: str, where: str, what: Any) -> None:
    payload = base(kind)
    _set(where, what)(payload)
    assert code_of(payload) == 0


@pytest.mark.parametrize(("kind", "where", "what", "code"), BEYOND)
def test_one_step_beyond_a_limit_is_refused_with_metas_code(kind: str, where: str, what: Any, code: int) -> None:
    payload = base(kind)
    _set(where, what)(payload)
    with pytest.raises(rules.Refused) as refusal:
        rules.check(payload)
    assert refusal.value.code == code
    error = rules.error_object(refusal.value.code, refusal.value.details)["error"]
    assert error["code"] == code
    assert error["error_data"]["details"]


@given(EMOJI)
def test_an_emoji_is_one_sign(emoji: str) -> None:
    assert len(limits.graphemes(emoji)) == (1 if emoji else 0)


def test_the_figures_are_dated_and_have_a_source() -> None:
    assert limits.AS_OF == "2026-09-11"
    assert limits.TABLE["sources"]
    assert (limits.TEXT_BODY, limits.CAPTION, limits.LIST_ROWS, limits.PRODUCTS, limits.CONTACTS) == (
        4096,
        1024,
        10,
        30,
        257,
    )


def test_a_link_and_a_question_keep_their_button_when_long() -> None:
    for asked in (Link("word " * 500, "Pay", "https://x.example"), AskLocation("word " * 500)):
        *_texts, last = in_pieces([asked])
        assert type(last) is type(asked)
        assert limits.length(last.body) <= limits.INTERACTIVE_BODY
