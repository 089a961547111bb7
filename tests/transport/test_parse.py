"""Every element of Meta's bodies becomes an event, whoever wrote it; what is odd stands alone."""

import json
from datetime import UTC, datetime

import pytest

from conversations.transport.providers.base import BadBody
from conversations.transport.providers.meta_cloud import content
from conversations.transport.providers.meta_cloud.parse import parse
from conversations.transport.types import EventKind, Incoming, IncomingKind, MediaRef, OrderItem, Place, Receipt, Sender
from tests.payloads import payload

ADA = Sender(phone="+27821230001", bsuid="ZA.7700112233", profile_name="Ada Dlamini")


def messages(name: str) -> list[Incoming]:
    return [Incoming.from_json(event.data, number_id=7) for event in parse(payload(name)).events]


def body(*items: object, key: str = "messages") -> bytes:
    change = {"field": "messages", "value": {"metadata": {"phone_number_id": "1"}, key: list(items)}}
    return json.dumps({"entry": [{"id": "w", "changes": [change]}]}).encode()


def message(number: int, **parts: object) -> dict[str, object]:
    return {"from": "27821230001", "id": f"wamid.{number}", "timestamp": "1790000000", "type": "text"} | (
        parts or {"text": {"body": f"message {number}"}}
    )


def test_a_text_keeps_who_when_what_and_what_it_answers() -> None:
    (event,) = parse(payload("text")).events
    assert (event.kind, event.event_key) == ("message", "msg:wamid.T1")
    assert (event.phone_number_id, event.waba_id) == ("440011223344556", "770088990011")
    assert event.identities == ("ZA.7700112233", "27821230001")
    incoming = Incoming.from_json(event.data, number_id=7)
    assert incoming == Incoming(
        wamid="wamid.T1",
        sender=ADA,
        sent_at=datetime.fromtimestamp(1790000001, UTC),
        kind=IncomingKind.TEXT,
        number_id=7,
        text="Molo! Two loaves 🍞 please",
        context_wamid="wamid.EARLIER",
        referral={
            "source_url": "https://fb.example/ad",
            "source_id": "991",
            "source_type": "ad",
            "headline": "Warm bread",
            "ctwa_clid": "clid-1",
            "welcome": "Hi",
        },
        raw_type="text",
    )
    assert event.provider_at == incoming.sent_at


def test_media_are_references_with_their_caption_as_text() -> None:
    image, video, voice, document, sticker = messages("media")
    assert image.kind is IncomingKind.IMAGE
    assert image.text == "this one"
    assert image.media == MediaRef(
        "901", "image/jpeg", caption="this one", sha256="aGFzaA==", url="https://lookaside.example/901"
    )
    assert video.media == MediaRef("902", "video/mp4", sha256="aGFzaA==")
    assert voice.media == MediaRef("903", "audio/ogg; codecs=opus", sha256="aGFzaA==", voice=True)
    assert document.media is not None
    assert (document.media.filename, document.text) == ("proof.pdf", "paid")
    assert sticker.kind is IncomingKind.STICKER


def test_buttons_of_templates_ours_and_list_rows_are_choices_and_forms_have_fields() -> None:
    template, button, row, form, other, empty = messages("choices")
    assert [(m.kind, m.choice_id, m.choice_title) for m in (template, button, row)] == [
        ("choice", "PAY_77", "Pay now"),
        ("choice", "cart.add:5", "Add"),
        ("choice", "product:9", "Sourdough"),
    ]
    assert button.context_wamid == "wamid.MENU"
    assert (form.kind, form.text, form.details) == ("form", "Sent", {"form": "flow", "token": "t-1", "fields": {}})
    assert (other.kind, other.details) == ("system", {"type": "call_permission_reply", "response": "accept"})
    assert empty.details == {"type": "interactive", "code": "131000", "reason": "Something went wrong"}


def test_a_place_needs_numbers_on_the_map() -> None:
    home, as_text, off_the_map, cards = messages("location_and_contacts")
    assert home.location == Place(-33.9249, 18.4241, "Home", "12 Loop St, Cape Town")
    assert home.text == "Home, 12 Loop St, Cape Town"
    assert as_text.location == Place(-33.9, 18.4)
    assert off_the_map.kind is IncomingKind.UNSUPPORTED
    assert cards.text == "Bo K +27825550777; +27 82 555 0888"


def test_a_cart_keeps_prices_as_they_were_written_and_refuses_odd_quantities() -> None:
    cart, negative, empty = messages("order")
    assert cart.items == (OrderItem("SKU-1", 2, "7.99", "ZAR"), OrderItem("SKU-2", 1, "12", "ZAR"))
    assert cart.text == "please wrap"
    assert (negative.kind, empty.kind) == ("unsupported", "unsupported")


def test_reactions_and_number_changes_are_told_without_contacts() -> None:
    thumb, taken_back, moved, welcome = messages("system_and_reactions")
    assert thumb.details == {"message_id": "wamid.TARGET", "emoji": "👍"}
    assert taken_back.details == {"message_id": "wamid.TARGET", "emoji": ""}
    assert moved.kind is IncomingKind.SYSTEM
    assert moved.details == {
        "type": "user_changed_number",
        "wa_id": "+27821239999",
        "user_id": "ZA.NEW1",
        "previous_user_id": "ZA.7700112233",
    }
    assert (welcome.kind, welcome.details) == (IncomingKind.WELCOME, {})
    assert (thumb.context_wamid, taken_back.context_wamid) == ("wamid.TARGET", "wamid.TARGET")


def test_what_cannot_be_read_becomes_a_placeholder_and_is_never_dropped() -> None:
    found = messages("unreadable")
    assert [m.kind for m in found] == ["unsupported"] * 4 + ["edit", "revoke", "unsupported"]
    poll, big, new, bare, edit, revoke, group = found
    assert poll.details == {"type": "poll", "code": "131051", "reason": "Message type is not supported"}
    assert big.details == {"type": "unknown", "code": "131052", "reason": "Media file too big"}
    assert (new.details, new.raw_type) == ({"type": "hologram"}, "hologram")
    assert bare.details == {"type": "text"}
    assert (edit.text, edit.context_wamid, edit.details) == ("new words", "wamid.T1", {"kind": "text"})
    assert (revoke.text, revoke.context_wamid) == ("", "wamid.T1")
    assert group.details == {"type": "group"}


def test_people_are_known_by_any_of_their_names() -> None:
    parsed = parse(payload("identities"))
    senders = [Incoming.from_json(event.data).sender for event in parsed.events]
    assert senders == [
        Sender(phone="+27821230002", profile_name="Only Phone"),
        Sender(bsuid="ZA.ONLY1", parent_bsuid="ZA.ENT.PARENT1", username="only.b", profile_name="Only Bsuid"),
        ADA,
        Sender(bsuid="ZA.INFROM"),
    ]
    assert [(bad.where, bad.reason) for bad in parsed.bad] == [
        ("entry.0.changes.0.messages.3", "from and from_user_id are missing")
    ]


def test_statuses_carry_our_token_their_error_and_every_identity() -> None:
    parsed = parse(payload("statuses"))
    receipts = [Receipt.from_json(event.data) for event in parsed.events if event.kind == "status"]
    assert [(r.wamid, r.status) for r in receipts] == [
        ("wamid.OUT1", "sent"),
        ("wamid.OUT1", "delivered"),
        ("wamid.OUT1", "read"),
        ("wamid.OUT2", "played"),
        ("wamid.OUT3", "failed"),
        ("wamid.OUT4", "deleted"),
        ("wamid.OUT5", "sent"),
    ]
    assert receipts[0].token == "tok-1"
    assert (receipts[4].error_code, receipts[4].error_text) == (131047, "More than 24 hours have passed")
    assert [event.event_key for event in parsed.events][:2] == [
        "st:wamid.OUT1:sent:1790000101",
        "st:wamid.OUT1:delivered:1790000101",
    ]
    assert parsed.events[0].identities == ("ZA.7700112233", "27821230001")
    assert [event.kind for event in parsed.events if event.kind != "status"] == []
    assert [bad.where for bad in parsed.bad] == [
        "entry.0.changes.0.statuses.7",
        "entry.0.changes.0.statuses.8",
    ]


def test_account_news_is_kept_and_copies_of_other_talks_stand_apart() -> None:
    parsed = parse(payload("account"))
    assert [event.kind for event in parsed.events] == ["account", "copy", "copy", "account", "account", "account"]
    template, first, second, history, error, action = (event.data for event in parsed.events)
    assert template["field"] == "message_template_status_update"
    assert template["value"]["message_template_id"] == 123456789012345
    assert [(copy["source"], copy["is_from_shop"]) for copy in (first, second)] == [("app", True)] * 2
    assert history == {
        "field": "history",
        "value": {"metadata": {"phase": 0, "chunk_order": 1, "progress": 10}},
    }
    assert error == {"field": "errors", "value": {"code": 130429, "title": "Rate limit hit"}}
    assert action["field"] == "user_actions"
    assert len({event.event_key for event in parsed.events}) == 6
    assert [bad.where for bad in parsed.bad] == ["entry.0.changes.2.history.0.threads.0.messages.0"]


def test_three_entries_of_three_changes_of_three_messages_are_27_events() -> None:
    def change(number: int) -> dict[str, object]:
        return {"field": "messages", "value": {"messages": [message(number * 3 + place) for place in range(3)]}}

    entries = [{"id": str(e), "changes": [change(e * 3 + c) for c in range(3)]} for e in range(3)]
    events = parse(json.dumps({"entry": entries}).encode()).events
    assert [event.event_key for event in events] == [f"msg:wamid.{number}" for number in range(27)]


def test_one_bad_element_of_twenty_spoils_nothing() -> None:
    items: list[object] = [message(number) for number in range(20)]
    items[7] = {"from": "27821230001", "id": "wamid.7", "timestamp": "not a time", "type": "text"}
    parsed = parse(body(*items))
    assert len(parsed.events) == 19
    assert [(bad.where, bad.reason) for bad in parsed.bad] == [
        ("entry.0.changes.0.messages.7", "timestamp is not a time")
    ]


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"\xff\xfe",
        b"[" * 100_000,
        b'{"entry":' + b"[" * 100_000,
        b'{"entry":[{"a":' + b"9" * 5000 + b"}]}",
        b'{"entry":[NaN]}',
        b'{"entry":[',
        b"[]",
        b"null",
        b'{"object":"whatsapp_business_account"}',
    ],
)
def test_a_body_that_is_no_json_we_dare_read_is_refused_as_a_whole(raw: bytes) -> None:
    with pytest.raises(BadBody):
        parse(raw)


def test_nul_half_surrogates_and_overrides_are_cleaned_and_emoji_stay() -> None:
    raw = body(message(1, text={"body": "SLOT"})).replace(b"SLOT", rb"a\u0000b \ud83d c \ud83d\ude00 \u202ed \\ud83d")
    (event,) = parse(raw).events
    assert event.data["text"] == "ab \ufffd c 😀 d \\ud83d"


def test_invalid_utf8_spoils_one_letter_not_the_batch() -> None:
    (event,) = parse(body(message(1, text={"body": "SLOT"})).replace(b"SLOT", b"a\xffb")).events
    assert event.data["text"] == "a\ufffdb"


def test_of_doubled_keys_the_last_one_counts() -> None:
    (event,) = parse(body(message(1)).replace(b'"type": "text"', b'"type": "image", "type": "text"')).events
    assert event.data["text"] == "message 1"


def test_numbers_where_texts_belong_and_texts_where_lists_belong_do_no_harm() -> None:
    for value in (5, "x", None, [], {"messages": "x", "statuses": 7, "contacts": [3]}):
        parsed = parse(json.dumps({"entry": [{"changes": [{"field": "messages", "value": value}]}]}).encode())
        assert {event.kind for event in parsed.events} <= {EventKind.ACCOUNT}


@pytest.mark.parametrize("code", ["²", "9" * 12, "-1", "1e9", "\x00"])
def test_an_odd_error_code_of_a_receipt_is_no_code(code: str) -> None:
    receipt = {
        "id": "wamid.1",
        "status": "failed",
        "timestamp": "1790000000",
        "errors": [{"code": code, "title": "No"}],
    }
    parsed = parse(body(receipt, key="statuses"))
    assert parsed.bad == ()
    read = Receipt.from_json(parsed.events[0].data)
    assert (read.error_code, read.error_text) == (None, "No")


def test_a_type_with_a_nul_is_read_as_the_type_it_names() -> None:
    (event,) = parse(body(message(1, type="image\x00", image={"id": "9"}))).events
    assert (event.data["kind"], event.data["media"]["media_id"]) == ("image", "9")


def test_an_oddity_nobody_foresaw_costs_its_own_element_only(monkeypatch: pytest.MonkeyPatch) -> None:
    def stumble(read: dict[str, object]) -> dict[str, object]:
        return {} if read["id"] != "wamid.1" else dict(read["nothing"])  # type: ignore[call-overload]

    monkeypatch.setattr(content, "read_referral", stumble)
    parsed = parse(body(message(0), message(1), message(2)))
    assert [event.event_key for event in parsed.events] == ["msg:wamid.0", "msg:wamid.2"]
    assert [(bad.where, bad.reason) for bad in parsed.bad] == [("entry.0.changes.0.messages.1", "unreadable: KeyError")]


@pytest.mark.parametrize("written", ["253402300799", "9999999999", "-62135596800", "0"])
def test_a_time_no_phone_can_have_meant_is_read_as_now(written: str) -> None:
    begun = datetime.now(UTC)
    (event,) = parse(body(message(1) | {"timestamp": written})).events
    assert event.provider_at is not None
    assert begun <= event.provider_at <= datetime.now(UTC)
    receipt = {"id": "wamid.1", "status": "sent", "timestamp": written}
    assert parse(body(receipt, key="statuses")).events[0].event_key == f"st:wamid.1:sent:{written}"


def test_a_phone_number_with_a_line_end_is_none() -> None:
    (event,) = parse(body(message(1) | {"from": "27821230001\n", "from_user_id": "ZA.1"})).events
    assert event.identities == ("ZA.1",)
