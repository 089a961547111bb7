"""Everything the simulator posts has the shape of what is recorded in tests/payloads, key by key and kind by kind."""

from collections.abc import Callable, Iterator
from typing import Any, Final

import orjson
import pytest
from django.test import Client

from catalog.models import Variant
from conversations import simulated
from conversations.simulated import account_news, elsewhere
from conversations.simulated.account_news import DECISIONS, NUMBER_NEWS
from conversations.simulated.palette import KINDS
from conversations.transport.models import StandInMessage, StandInThing
from conversations.transport.providers.meta_cloud.parse import parse
from conversations.transport.providers.simulator import payloads
from conversations.transport.providers.simulator.template_news import REVIEW
from tenants.models import Role, Shop, WhatsAppNumber
from tests.conversations.test_simulator_pages import HTMX, NOBODY, replied
from tests.conversations.wire import Wire
from tests.payloads import recorded, recorded_names
from tests.trade import a_product

TEMPLATE: Final = "770000000000001"
COMPONENTS: Final = [
    {"type": "HEADER", "format": "TEXT", "text": "News"},
    {"type": "BODY", "text": "Ready"},
    {"type": "FOOTER", "text": "Amber"},
    {"type": "BUTTONS", "buttons": [{"type": "URL", "text": "See it", "url": "https://amber.example"}]},
]
# How each recorded body is played: a kind of the palette, something elsewhere, news, a decision, a change of a person.
PLAYED: Final = {
    "account_alerts": "news:alert",
    "account_capability": "news:TIER_250",
    "account_of_the_future": "news:future",
    "account_partner": "news:app_out",
    "account_phone_name": "news:APPROVED",
    "account_phone_quality": "news:throughput",
    "account_review": "news:review_yes",
    "account_security": "news:pin",
    "account_template_category": "decision:offer",
    "account_template_components": "decision:reword",
    "account_template_correct_category": "decision:doubt",
    "account_template_quality": "decision:RED",
    "account_template_status": "decision:pause",
    "account_update": "news:restricted",
    "address_book": "elsewhere:address_book",
    "address_reply": "kind:address",
    "call_permission_reply": "kind:call_permission",
    "contacts": "kind:contact",
    "contacts_requested": "kind:own_contact",
    "contacts_without_name": "kind:nameless",
    "document": "kind:page",
    "echo_text": "elsewhere:app_photo",
    "edit": "kind:edit",
    "edit_before_original": "kind:lost_edit",
    "ephemeral": "kind:disappearing",
    "errors": "elsewhere:errors",
    "flow_reply": "kind:form",
    "flow_reply_malformed": "kind:form_broken",
    "group_message": "kind:group",
    "history": "elsewhere:history",
    "history_media": "elsewhere:history_file",
    "history_refused": "elsewhere:history_refused",
    "image": "kind:photo",
    "interactive_of_the_future": "kind:future_tap",
    "interactive_without_object": "kind:broken_tap",
    "order": "kind:cart",
    "reaction": "kind:reaction",
    "reaction_removed": "kind:reaction_off",
    "reaction_to_unknown": "kind:lost_reaction",
    "request_welcome": "kind:welcome",
    "revoke": "kind:revoke",
    "revoke_unknown": "kind:lost_revoke",
    "standby": "elsewhere:standby",
    "status_of_the_future": "elsewhere:odd_receipt",
    "sticker": "kind:sticker",
    "system_customer_changed_number": "change:old_number",
    "system_customer_identity_changed": "change:code",
    "system_user_changed_number": "change:number",
    "system_user_changed_user_id": "change:id",
    "template_button_no_code_asked": "kind:not_me",
    "template_button_without_context": "kind:template_button",
    "text_about_product": "kind:about_product",
    "text_forwarded": "kind:forwarded",
    "text_forwarded_often": "kind:forwarded_often",
    "text_from_ad": "kind:ad",
    "text_from_post": "kind:post",
    "text_quoting": "kind:quote",
    "type_of_the_future": "kind:future",
    "unknown_old_shape": "kind:old_unknown",
    "unsupported_bare": "kind:unsupported",
    "unsupported_edit": "kind:edit_unsupported",
    "unsupported_poll": "kind:poll",
    "unsupported_too_big": "kind:too_large",
    "user_actions": "elsewhere:click",
    "user_preferences": "change:stop",
    "video": "kind:film",
    "voice_note": "kind:voice",
}
# Keys that may be absent: those the recorded body has and ours leaves out, and those ours has besides.
LEFT_OUT: Final = {
    "account_capability": {
        ".max_daily_conversations_per_business:number",  # ours says it as a name
        ".max_phone_numbers_per_waba:number",
    },
    "edit": {".messages[].edit.message.context.id:other"},
    "image": {".messages[].image.url:other"},
    "text_quoting": {".messages[].context.from_user_id:other"},
}
BESIDES: Final = {
    "account_capability": {".max_daily_conversations_per_business:other"},
    "contacts_requested": {".messages[].from:other"},
    "system_user_changed_number": {".messages[].from_user_id:other"},
    "system_user_changed_user_id": {".messages[].from:other"},
}
# What a person plays with a finger, the composer or a switch, and what follows by itself.
OTHERWISE: Final = {
    "audio_file": "a file from disk",
    "button_reply": "a tap",
    "contacts_of_somebody_else": "a card of somebody else is `contact`; only its origin is missing",
    "echo_edited_and_revoked": "`app_edit` and `app_revoke`, in two bodies",
    "echo_to_id_only": "`app` while the phone is hidden",
    "list_reply": "a tap",
    "location": "the composer",
    "location_of_place": "the composer",
    "order_unknown": "`cart` asks for something unknown too",
    "reaction_emptied": "`reaction_off` in its other spelling",
    "status_failed": "the stand-in",
    "statuses": "the stand-in",
    "template_button": "a tap on a template",
    "text": "the composer",
    "text_about_strange_product": "`about_product`",
    "text_without_phone": "the switch that hides the phone",
}


def paths(value: Any, where: str = "") -> Iterator[str]:
    """Every way into `value`, with the kind of thing at its end."""
    if isinstance(value, dict):
        for name, inner in value.items():
            yield from paths(inner, f"{where}.{name}")
    elif isinstance(value, list):
        for inner in value:
            yield from paths(inner, f"{where}[]")
        if not value:
            yield f"{where}[]"
    else:
        yield f"{where}:{'number' if isinstance(value, int | float) and not isinstance(value, bool) else 'other'}"


def shape_of(body: bytes) -> set[str]:
    """The shape of the last change of a body; who is named beside it and under what it stands is left out."""
    entry = orjson.loads(body)["entry"][-1]
    change = entry["changes"][-1]
    value = {name: inner for name, inner in change["value"].items() if name != "contacts"}
    if change["field"] == "messages" and "messages" in value:
        odd = [
            message for message in value["messages"] if message["type"] != "text"
        ]  # what comes beside sets the scene
        value["messages"] = (odd or value["messages"])[-1:]
    return {change["field"], *paths(value), *(["time"] if "time" in entry else [])}


@pytest.fixture
def number(shop: Shop) -> WhatsAppNumber:
    number = simulated.make_number(shop)
    data = {"id": TEMPLATE, "name": "order_ready", "language": "en", "status": "APPROVED", "category": "UTILITY",
            "quality_score": {"score": "GREEN"}, "components": COMPONENTS}  # fmt: skip
    StandInThing.objects.create(kind="template", owner=number.waba_id, key=TEMPLATE, data=data)
    return number


@pytest.fixture
def manager(client_of: Callable[..., Client], shop: Shop) -> Client:
    return client_of(shop, Role.MANAGER)


def play(manager: Client, how: str) -> None:
    """Press the button of the page."""
    what, _, key = how.partition(":")
    door, posted = {
        "kind": ("kind", {"kind": key}),
        "elsewhere": ("elsewhere", {"elsewhere": key}),
        "news": ("number-news", {"news": key}),
        "decision": ("template", {"template": TEMPLATE, "decision": key}),
        "change": ("change", {"change": key}),
    }[what]
    answer = manager.post(f"/simulator/{NOBODY}/{door}/", posted, headers=HTMX)
    assert answer.status_code in (200, 204), answer.content.decode()


@pytest.mark.parametrize("name", PLAYED)
def test_what_is_played_has_the_shape_of_what_is_recorded(
    manager: Client, number: WhatsAppNumber, wire: Wire, name: str
) -> None:
    Variant.objects.filter(pk=a_product("Rye bread").pk).update(sku="RYE")
    simulated.send(number, simulated.person_with(number, NOBODY), payloads.text("Two loaves please"))
    replied(number, {"type": "text", "text": {"body": "Hello"}})
    wire.posts.clear()
    play(manager, PLAYED[name])
    ((_, _, body),) = wire.posts
    assert parse(body).bad == ()
    assert shape_of(body) == (shape_of(recorded(name)) - LEFT_OUT.get(name, set())) | BESIDES.get(name, set())


def test_every_recorded_body_can_be_played_and_every_button_is_known() -> None:
    assert sorted([*PLAYED, *OTHERWISE]) == recorded_names()
    played = set(PLAYED.values())
    assert {how for how in played if how.startswith("kind:")} == {f"kind:{key}" for key in KINDS}


def test_what_the_shop_writes_on_its_app_stands_on_the_phone(
    manager: Client, number: WhatsAppNumber, wire: Wire
) -> None:
    play(manager, "elsewhere:app")
    last = simulated.screen_of(number, NOBODY).lines[-1]
    assert (last.is_mine, last.content["text"]["body"]) == (False, elsewhere.WORDS)
    play(manager, "elsewhere:app_edit")
    edited = simulated.screen_of(number, NOBODY).lines[-1]
    assert (edited.wamid, edited.is_edited, edited.content["text"]["body"]) == (
        last.wamid,
        True,
        "Ready at six, not at five.",
    )
    play(manager, "elsewhere:app_revoke")
    assert [line.is_deleted for line in simulated.screen_of(number, NOBODY).lines] == [True]
    kinds = [event.data["said"]["kind"] for _, _, body in wire.posts for event in parse(body).events]
    assert kinds == ["text", "edit", "revoke"]


def test_nothing_stands_on_the_phone_when_the_webhook_refuses_an_echo(
    manager: Client, number: WhatsAppNumber, wire: Wire
) -> None:
    wire.status = 503
    answer = manager.post(f"/simulator/{NOBODY}/elsewhere/", {"elsewhere": "app"}, headers=HTMX)
    assert answer.status_code == 422
    assert not StandInMessage.objects.exists()


def test_only_managers_let_things_happen_elsewhere_and_only_on_the_shops_own_number(
    manager: Client, client_of: Callable[..., Client], shop: Shop, number: WhatsAppNumber, wire: Wire
) -> None:
    posted = {"elsewhere": "history"}
    assert client_of(shop, Role.AGENT).post(f"/simulator/{NOBODY}/elsewhere/", posted).status_code == 403
    assert manager.post(f"/simulator/{NOBODY}/elsewhere/?number=shared", posted).status_code == 404
    for odd in ("magic", "app_edit"):
        refused = manager.post(f"/simulator/{NOBODY}/elsewhere/", {"elsewhere": odd}, headers=HTMX)
        assert refused.status_code == 422
    assert wire.posts == []


TOLD_TO_NOBODY = {"expire", "reviews_by_words", "reviews_yes", "reviews_no", "reviews_wait"}


@pytest.mark.parametrize(
    "key", [news.key for group in NUMBER_NEWS.values() for news in group if news.key not in TOLD_TO_NOBODY]
)
def test_every_news_of_the_number_is_posted_and_read(number: WhatsAppNumber, wire: Wire, key: str) -> None:
    account_news.happen_to_number(number, key)
    ((_, _, body),) = wire.posts
    assert [event.kind for event in parse(body).events] == ["account"]


@pytest.mark.parametrize(
    ("key", "verdict"),
    [("reviews_yes", "approve"), ("reviews_no", "reject"), ("reviews_wait", "wait"), ("reviews_by_words", "")],
)
def test_how_reviews_end_from_now_on_is_chosen_on_the_page(
    manager: Client, number: WhatsAppNumber, wire: Wire, key: str, verdict: str
) -> None:
    assert key in manager.get(f"/simulator/?phone={NOBODY}").content.decode()
    assert manager.post(f"/simulator/{NOBODY}/number-news/", {"news": key}, headers=HTMX).status_code == 200
    switch = StandInThing.objects.get(kind=REVIEW)
    assert (switch.key, switch.data, wire.posts) == (number.waba_id, {"verdict": verdict}, [])


@pytest.mark.parametrize("decision", [decision.key for decision in DECISIONS])
def test_every_decision_about_a_template_is_posted_and_read(number: WhatsAppNumber, wire: Wire, decision: str) -> None:
    account_news.decide_template(number, provider_id=TEMPLATE, decision=decision)
    ((_, _, body),) = wire.posts
    assert [event.kind for event in parse(body).events] == ["account"]


def test_an_announced_category_changes_nothing_yet(number: WhatsAppNumber, wire: Wire) -> None:
    account_news.decide_template(number, provider_id=TEMPLATE, decision="soon_offer")
    value = orjson.loads(wire.posts[-1][2])["entry"][0]["changes"][0]["value"]
    assert (value["correct_category"], value["new_category"]) == ("MARKETING", "UTILITY")
    assert StandInThing.objects.get(key=TEMPLATE).data["category"] == "UTILITY"
    account_news.decide_template(number, provider_id=TEMPLATE, decision="offer")
    assert StandInThing.objects.get(key=TEMPLATE).data["category"] == "MARKETING"


def test_the_countdown_follows_the_thread(manager: Client, number: WhatsAppNumber, wire: Wire) -> None:
    assert manager.get(f"/simulator/{NOBODY}/window/left/").content.strip() == b""
    assert manager.get("/simulator/27821112222/window/left/").status_code == 404
