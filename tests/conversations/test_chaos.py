"""The chaos switch: each kind of the palette is read by the real parser, and each switch does what its words say."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import orjson
import pytest
from django.test import Client
from django.utils import timezone

from catalog.models import Variant
from conversations import simulated
from conversations.intake import accept
from conversations.models import Conversation
from conversations.simulated import chaos
from conversations.simulated.account_news import happen_to_number
from conversations.simulated.palette import KINDS, NothingToActOn
from conversations.transport.models import StandInMessage, StandInThing
from conversations.transport.providers.meta_cloud.errors import verdict_on
from conversations.transport.providers.meta_cloud.parse import parse
from conversations.transport.providers.simulator import payloads, phones
from conversations.transport.providers.simulator.switches import CALM, Switches, set_switches, switches_of, take_fault
from conversations.transport.types import Incoming
from tenants.models import Role, Shop, WhatsAppNumber
from tests.conversations.test_simulator_pages import HTMX, NOBODY, replied
from tests.conversations.wire import Wire
from tests.trade import a_product

NEEDS_THE_SHOP = {"quote", "reaction", "reaction_off"}
NEEDS_ITS_OWN = {"edit", "revoke"}


@pytest.fixture
def number(shop: Shop) -> WhatsAppNumber:
    return simulated.make_number(shop)


def send(shop: Shop, number: WhatsAppNumber, key: str) -> None:
    chaos.send_kind(shop=shop, number=number, person=simulated.person_with(number, NOBODY), key=key)


def heard(wire: Wire, number: WhatsAppNumber) -> Conversation:
    """What the phone has sent reaches the shop's rows, as a turn would bring it there."""
    incomings = [
        Incoming.from_json(event.data, number_id=number.pk)
        for _, _, body in wire.posts
        for event in parse(body).events
        if event.kind == "message"
    ]
    wire.posts.clear()
    arrival = accept(number.shop, number, incomings)[0]
    arrival.conversation.save()
    return arrival.conversation


@pytest.mark.parametrize("key", sorted(KINDS))
def test_every_kind_is_read_and_stands_on_the_screen(shop: Shop, number: WhatsAppNumber, wire: Wire, key: str) -> None:
    Variant.objects.filter(pk=a_product("Rye bread").pk).update(sku="RYE")
    simulated.send(number, simulated.person_with(number, NOBODY), payloads.text("Two loaves please"))
    replied(number, {"type": "text", "text": {"body": "Hello"}})
    send(shop, number, key)
    parsed = parse(wire.posts[-1][2])
    assert parsed.bad == ()
    assert [event.kind for event in parsed.events] == ["message"]
    last = simulated.screen_of(number, NOBODY).lines[-1]
    if key == "lost_reaction":  # on nothing this screen has
        assert last.content["text"]["body"] == "Hello"
    elif key in ("reaction", "reaction_off"):  # stands on the shop's message, not below it
        assert (last.is_mine, last.reaction) == (False, "👍" if key == "reaction" else "")
    elif key in NEEDS_ITS_OWN:  # stands on what it changes
        assert [line.is_edited or line.is_deleted for line in simulated.screen_of(number, NOBODY).lines] == [
            True,
            False,
        ]
    else:
        assert last.is_mine is True


@pytest.mark.parametrize("key", sorted(NEEDS_THE_SHOP | NEEDS_ITS_OWN | {"cart", "about_product"}))
def test_what_has_nothing_to_act_on_says_so_and_sends_nothing(
    shop: Shop, number: WhatsAppNumber, wire: Wire, key: str
) -> None:
    with pytest.raises(NothingToActOn):
        send(shop, number, key)
    assert wire.posts == []
    assert not StandInMessage.objects.exists()


def test_a_kind_nobody_knows_is_refused(shop: Shop, number: WhatsAppNumber, wire: Wire) -> None:
    with pytest.raises(chaos.NoSuchKind):
        send(shop, number, "telepathy")
    assert wire.posts == []


def test_every_code_of_the_table_can_be_met() -> None:
    codes = [fault.code for fault in chaos.error_faults()]
    assert len(codes) > 50
    assert codes == sorted(set(codes))
    assert all(
        verdict_on(code).sentence in fault.label for code, fault in zip(codes, chaos.error_faults(), strict=True)
    )


def test_webhooks_and_sends_are_switched_apart_from_each_other(number: WhatsAppNumber) -> None:
    chaos.fail_sends(number, fault="code-131047", times=3)
    chaos.misbehave(number, Switches(duplicate=True, delay_seconds=2))
    assert switches_of(number.phone_number_id) == Switches(
        duplicate=True, delay_seconds=2, mode="code", code=131047, left=3
    )
    chaos.fail_sends(number, fault="", times=1)
    assert switches_of(number.phone_number_id) == Switches(duplicate=True, delay_seconds=2)
    chaos.calm(number)
    assert switches_of(number.phone_number_id) == CALM


def test_a_banned_account_sends_nothing_until_the_ban_is_lifted(number: WhatsAppNumber, wire: Wire) -> None:
    def answer() -> int:
        fault = take_fault(number.phone_number_id)
        return fault.code if fault else 0

    happen_to_number(number, "ban_soon")
    assert answer() == 0
    chaos.fail_sends(number, fault="code-131047", times=1)
    happen_to_number(number, "ban")
    assert (answer(), answer()) == (131031, 131031)
    chaos.calm(number)
    happen_to_number(number, "restricted_all")
    happen_to_number(number, "unrestricted")
    assert answer() == 131031, "only Meta lifts a ban"
    happen_to_number(number, "ban_over")
    assert answer() == 0
    happen_to_number(number, "restricted_all")
    assert answer() == 368
    happen_to_number(number, "unrestricted")
    assert switches_of(number.phone_number_id) == CALM


@pytest.mark.parametrize(("fault", "times"), [("code-1234567", 1), ("magic", 1), ("hang", 1001), ("hang", -2)])
def test_a_fault_that_does_not_exist_is_refused(number: WhatsAppNumber, fault: str, times: int) -> None:
    with pytest.raises(chaos.NoSuchFault):
        chaos.fail_sends(number, fault=fault, times=times)
    assert switches_of(number.phone_number_id) == CALM


def test_a_hidden_phone_has_a_thread_and_its_answers_reach_its_screen(
    shop: Shop, number: WhatsAppNumber, wire: Wire
) -> None:
    set_switches(number.phone_number_id, Switches(hide_phone=True))
    simulated.send(number, simulated.person_with(number, NOBODY), payloads.text("Hello"))
    assert NOBODY not in wire.posts[-1][2].decode()
    thread = heard(wire, number)
    assert thread.customer.phone is None
    assert simulated.thread_of(number, NOBODY) == thread
    assert phones.digits_of(number.phone_number_id, payloads.user_id_of(NOBODY)) == NOBODY


def test_another_id_is_told_by_a_system_message_and_used_from_then_on(number: WhatsAppNumber, wire: Wire) -> None:
    person = simulated.person_with(number, NOBODY)
    chaos.rotate_id(number, person)
    (event,) = parse(wire.posts[-1][2]).events
    details = event.data["details"]
    new = simulated.person_with(number, NOBODY).bsuid
    assert (details["type"], details["previous_user_id"], details["user_id"]) == (
        "user_changed_user_id",
        person.bsuid,
        new,
    )
    assert new != person.bsuid
    simulated.send(number, simulated.person_with(number, NOBODY), payloads.text("Still me"))
    assert wire.incoming.sender.bsuid == new


def test_another_number_is_told_and_gives_another_phone(number: WhatsAppNumber, wire: Wire) -> None:
    digits = chaos.change_number(number, simulated.person_with(number, NOBODY))
    (event,) = parse(wire.posts[-1][2]).events
    assert event.data["details"]["wa_id"] == f"+{digits}"
    assert digits != NOBODY
    assert simulated.is_nobodys_number(digits)


def test_the_window_is_moved_and_shut(shop: Shop, number: WhatsAppNumber, wire: Wire) -> None:
    with pytest.raises(chaos.NobodyWrote):
        chaos.move_window(number, NOBODY, minutes=5)
    simulated.send(number, simulated.person_with(number, NOBODY), payloads.text("Hello"))
    heard(wire, number)
    now = timezone.now()
    for minutes in (60, 0):
        chaos.move_window(number, NOBODY, minutes=minutes)
        thread = simulated.thread_of(number, NOBODY)
        assert thread is not None
        assert thread.window_expires_at is not None
        assert abs(thread.window_expires_at - now - timedelta(minutes=minutes)) < timedelta(seconds=20)
    assert not thread.is_window_open(timezone.now())


def test_agents_play_and_managers_make_the_weather(
    client_of: Callable[..., Client], shop: Shop, number: WhatsAppNumber, wire: Wire
) -> None:
    agent, manager = client_of(shop, Role.AGENT), client_of(shop, Role.MANAGER)
    page = agent.get(f"/simulator/?phone={NOBODY}").content.decode()
    assert "Send anything" in page
    assert "A bad day for WhatsApp" not in page
    assert agent.post(f"/simulator/{NOBODY}/kind/", {"kind": "poll"}, headers=HTMX).status_code == 204
    for door in ("webhooks", "sends", "calm", "change", "window"):
        assert agent.post(f"/simulator/{NOBODY}/{door}/", headers=HTMX).status_code == 403
    answer = manager.post(f"/simulator/{NOBODY}/webhooks/", {"duplicate": "on", "delay_seconds": "2"}, headers=HTMX)
    assert answer.status_code == 200
    assert switches_of(number.phone_number_id) == Switches(duplicate=True, delay_seconds=2)
    assert "A good day again" in answer.content.decode()
    plain = manager.post(f"/simulator/{NOBODY}/calm/")
    assert plain.headers["Location"] == f"/simulator/?phone={NOBODY}"
    assert switches_of(number.phone_number_id) == CALM


def test_a_refusal_is_told_on_the_panel(
    client_of: Callable[..., Client], shop: Shop, number: WhatsAppNumber, wire: Wire
) -> None:
    manager = client_of(shop, Role.MANAGER)
    posts: dict[str, dict[str, Any]] = {
        "kind": {"kind": "reaction"},
        "sends": {"fault": "magic", "times": "1"},
        "change": {"change": "species"},
        "window": {"minutes": "5"},
    }
    for door, data in posts.items():
        answer = manager.post(f"/simulator/{NOBODY}/{door}/", data, headers=HTMX)
        assert answer.status_code == 422, door
        assert 'role="alert"' in answer.content.decode()
    assert wire.posts == []
    assert switches_of(number.phone_number_id) == CALM


def test_several_phones_lie_side_by_side(
    client_of: Callable[..., Client], shop: Shop, number: WhatsAppNumber, wire: Wire
) -> None:
    other, third, fourth = "12025550143", "12025550144", "12025550145"
    agent = client_of(shop, Role.AGENT)
    page = agent.get(f"/simulator/?phone={NOBODY}&phone={other}&phone={third}&phone={fourth}").content.decode()
    assert [f'id="screen-{digits}"' in page for digits in (NOBODY, other, third, fourth)] == [True, True, True, False]
    assert f'href="/simulator/?phone={NOBODY}&amp;phone={third}"' in page
    alone = agent.get(f"/simulator/?phone={NOBODY}").content.decode()
    assert f'href="/simulator/?phone={NOBODY}&amp;phone=new"' in alone


def test_a_new_number_leads_to_its_phone(
    client_of: Callable[..., Client], shop: Shop, number: WhatsAppNumber, wire: Wire
) -> None:
    answer = client_of(shop, Role.MANAGER).post(f"/simulator/{NOBODY}/change/", {"change": "number"}, headers=HTMX)
    assert answer.status_code == 204
    assert answer.headers["HX-Redirect"].startswith("/simulator/?phone=1")
    assert NOBODY not in answer.headers["HX-Redirect"]
    assert orjson.loads(wire.posts[-1][2])["entry"][0]["changes"][0]["value"]["messages"][0]["type"] == "system"


def test_meta_decides_about_a_template_and_tells_it(
    client_of: Callable[..., Client], shop: Shop, number: WhatsAppNumber, wire: Wire
) -> None:
    StandInThing.objects.create(
        kind="template",
        owner=number.waba_id,
        key="770000000000001",
        data={"id": "770000000000001", "name": "order_ready", "language": "en", "status": "APPROVED",
              "category": "UTILITY", "components": []},
    )  # fmt: skip
    manager = client_of(shop, Role.MANAGER)
    page = f"/simulator/{NOBODY}/template/"
    assert "order_ready · en" in manager.get(f"/simulator/?phone={NOBODY}").content.decode()
    refused = manager.post(page, {"template": "770000000000002", "decision": "pause"}, headers=HTMX)
    assert refused.status_code == 422
    assert wire.posts == []
    assert manager.post(page, {"template": "770000000000001", "decision": "pause"}, headers=HTMX).status_code == 200
    assert manager.post(page, {"template": "770000000000001", "decision": "RED"}, headers=HTMX).status_code == 200
    told = [orjson.loads(body)["entry"][0]["changes"][0] for _, _, body in wire.posts]
    assert [change["field"] for change in told] == ["message_template_status_update", "message_template_quality_update"]
    assert told[0]["value"]["event"] == "PAUSED"
    assert told[1]["value"]["new_quality_score"] == "RED"


@pytest.mark.parametrize(
    ("news", "field"),
    [
        ("RED", "phone_number_quality_update"),
        ("TIER_250", "business_capability_update"),
        ("REJECTED", "phone_number_name_update"),
        ("disconnect", "account_update"),
        ("reconnect", "account_update"),
    ],
)
def test_what_happens_to_the_number_is_told(
    client_of: Callable[..., Client], shop: Shop, number: WhatsAppNumber, wire: Wire, news: str, field: str
) -> None:
    manager = client_of(shop, Role.MANAGER)
    assert manager.post(f"/simulator/{NOBODY}/number-news/", {"news": "flood"}, headers=HTMX).status_code == 422
    assert wire.posts == []
    assert manager.post(f"/simulator/{NOBODY}/number-news/", {"news": news}, headers=HTMX).status_code == 200
    assert [orjson.loads(body)["entry"][0]["changes"][0]["field"] for _, _, body in wire.posts] == [field]


@pytest.mark.parametrize(
    ("key", "kind", "begins"),
    [
        ("photo", "image", b"\xff\xd8\xff"),
        ("voice", "audio", b"OggS"),
        ("film", "video", b"\x00\x00\x00"),
        ("page", "document", b"%PDF"),
        ("sticker", "sticker", b"RIFF"),
    ],
)
def test_a_file_of_the_palette_lies_where_whatsapp_would_keep_it(
    shop: Shop, number: WhatsAppNumber, wire: Wire, key: str, kind: str, begins: bytes
) -> None:
    send(shop, number, key)
    incoming = wire.incoming
    assert incoming.kind == kind
    assert incoming.media is not None
    assert incoming.media.voice is (key == "voice")
    kept = simulated.file_of(number, incoming.media.media_id)
    assert kept is not None
    assert kept.blob.startswith(begins)
