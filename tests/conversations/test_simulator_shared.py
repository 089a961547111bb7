"""The simulator on the platform's shared number: the real webhook, one shop's phones hidden from every other shop."""

from collections.abc import Callable
from typing import Any

import orjson
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone

from conversations import simulated
from conversations.directory.reading import codes_in_picture
from conversations.models import Conversation
from conversations.transport.models import StandInMessage, StandInThing
from conversations.transport.providers.simulator import payloads, phone, phones
from conversations.transport.providers.simulator.graph_media import KIND
from conversations.transport.providers.simulator.recorder import Call
from conversations.transport.providers.simulator.switches import CALM, switches_of
from loyalty.models import Customer
from tenants.models import Role, Shop, Shopper, ShopperName, WhatsAppNumber
from tenants.services.numbers import add_number
from tenants.services.qr_codes import CodeWish, create_codes
from tests.conversations.test_simulator_pages import BUTTONS, HTMX, NOBODY
from tests.conversations.wire import Wire

OTHER = "13035550107"
PAGE = f"/simulator/?number=shared&phone={NOBODY}"


@pytest.fixture
def shared(shop: Shop) -> WhatsAppNumber:
    return add_number(
        shop=None, provider="simulator", phone="+15550100199", phone_number_id="700900", waba_id="800900", token="t"
    ).number


def send(client: Client, digits: str = NOBODY, **posted: str) -> Any:
    return client.post(f"/simulator/{digits}/send/?number=shared", posted, headers=HTMX)


def answered(number: WhatsAppNumber, content: dict[str, Any], wamid: str = "wamid.S1") -> None:
    StandInMessage.objects.create(
        phone_number_id=number.phone_number_id, wamid=wamid, recipient=NOBODY, payload=content
    )


def test_a_text_is_posted_as_from_the_shared_number_and_the_phone_is_this_shops(
    agent: Client, shop: Shop, shared: WhatsAppNumber, wire: Wire
) -> None:
    screen = send(agent, text="Hi there")
    assert screen.status_code == 200
    assert "Hi there" in screen.content.decode()
    ((_, _, body),) = wire.posts
    value = orjson.loads(body)["entry"][0]["changes"][0]["value"]
    assert value["metadata"]["phone_number_id"] == shared.phone_number_id
    assert value["contacts"][0]["wa_id"] == NOBODY
    assert phones.opener(shared.phone_number_id, NOBODY) == shop.pk
    assert "Hi there" not in agent.get(f"/simulator/{NOBODY}/screen/").content.decode()  # its own number is another


def test_every_link_and_form_of_the_page_stays_on_the_shared_number(
    client_of: Callable[..., Client], shop: Shop, shared: WhatsAppNumber, wire: Wire
) -> None:
    manager = client_of(shop, Role.MANAGER)
    send(manager, text="Hi")
    answered(shared, BUTTONS)
    page = manager.get(PAGE).content.decode()
    for part in ("screen", "behind", "send", "seen", "kind", "change", "window", "start-over"):
        assert f"/simulator/{NOBODY}/{part}/?number=shared" in page, part
        assert f'/simulator/{NOBODY}/{part}/"' not in page, part
    for platforms in ("webhooks", "sends", "calm", "template", "number-news"):
        assert f"/simulator/{NOBODY}/{platforms}/" not in page
    assert "ShopMe</bdi>" in page
    assert "number=shared&amp;phone=" in page


def test_the_page_opens_on_a_phone_of_this_shop_or_on_a_fresh_one(
    agent: Client, shared: WhatsAppNumber, wire: Wire
) -> None:
    first = agent.get("/simulator/?number=shared").headers["Location"]
    assert first.startswith("/simulator/?number=shared&phone=1")
    assert agent.get(first).status_code == 200
    assert not StandInThing.objects.filter(kind=phones.KIND).exists()  # looking opens nothing
    send(agent, text="Hi")
    assert agent.get("/simulator/?number=shared").headers["Location"] == PAGE
    over = agent.post(f"/simulator/{NOBODY}/start-over/?number=shared")
    assert over.headers["Location"] == "/simulator/?number=shared&phone=new"


def test_a_phone_another_shop_opened_is_not_there(
    client_of: Callable[..., Client], agent: Client, blue: Shop, shared: WhatsAppNumber, wire: Wire
) -> None:
    send(agent, text="Amber's secret")
    stranger = client_of(blue, Role.ADMIN)
    assert stranger.get(PAGE).status_code == 404
    for part in ("screen", "behind"):
        assert stranger.get(f"/simulator/{NOBODY}/{part}/?number=shared").status_code == 404, part
    for part in ("send", "seen", "kind", "change", "window", "start-over"):
        posted = {"text": "Hi", "kind": "ad", "change": "id", "minutes": "0"}
        assert stranger.post(f"/simulator/{NOBODY}/{part}/?number=shared", posted).status_code == 404, part
    assert len(wire.posts) == 1
    page = stranger.get(f"/simulator/?number=shared&phone={OTHER}").content.decode()
    assert "secret" not in page
    assert NOBODY not in page
    assert "Amber's secret" in agent.get(f"/simulator/{NOBODY}/screen/?number=shared").content.decode().replace(
        "&#x27;", "'"
    )


def test_a_phone_with_a_past_that_no_simulator_opened_is_nobodys_to_look_at(
    agent: Client, blue: Shop, shared: WhatsAppNumber, wire: Wire
) -> None:
    answered(shared, payloads.text("Somebody else's answer"))
    assert agent.get(PAGE).status_code == 404
    assert send(agent, text="Hi").status_code == 404
    shopper = Shopper.objects.create(number=shared)
    ShopperName.objects.create(shopper=shopper, number=shared, value=OTHER)
    assert send(agent, OTHER, text="Hi").status_code == 404
    played = "14045550111"
    StandInMessage.objects.create(
        phone_number_id=simulated.make_number(blue).phone_number_id, wamid="wamid.B", recipient=played, payload={}
    )
    assert send(agent, played, text="Hi").status_code == 404
    assert wire.posts == []


def test_a_file_is_seen_on_its_own_phone_only(
    client_of: Callable[..., Client], agent: Client, blue: Shop, shared: WhatsAppNumber, wire: Wire
) -> None:
    upload = SimpleUploadedFile("list.pdf", b"%PDF-1.4 amber's list", "application/pdf")
    assert agent.post(f"/simulator/{NOBODY}/send/?number=shared", {"file": upload}, headers=HTMX).status_code == 200
    media_id = StandInThing.objects.get(kind=KIND).key
    path = f"/files/{media_id}/?number=shared"
    assert path in agent.get(PAGE).content.decode()
    assert agent.get(f"/simulator/{NOBODY}{path}").status_code == 200
    stranger = client_of(blue, Role.ADMIN)
    assert send(stranger, OTHER, text="Hi").status_code == 200
    assert stranger.get(f"/simulator/{NOBODY}{path}").status_code == 404
    assert stranger.get(f"/simulator/{OTHER}{path}").status_code == 404


def test_customers_are_never_played_there(agent: Client, shared: WhatsAppNumber, wire: Wire) -> None:
    thandi = Customer.objects.create(name="Thandi", phone="+27821112222")
    Conversation.objects.create(customer=thandi, number_id=shared.pk, last_message_at=timezone.now())
    assert send(agent, "27821112222", text="Hi").status_code == 404
    assert "Thandi" not in agent.get(PAGE).content.decode()


def test_of_two_shops_at_once_one_gets_the_phone(
    agent: Client, blue: Shop, shared: WhatsAppNumber, wire: Wire, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("conversations.simulated.shared.must_be_ours", lambda number, digits: None)
    assert phones.open_for(shared.phone_number_id, NOBODY, blue.pk)
    answer = send(agent, text="Hi")
    assert answer.status_code == 422
    assert "Another shop has just opened this phone." in answer.content.decode()
    assert wire.posts == []
    assert phones.opener(shared.phone_number_id, NOBODY) == blue.pk


def test_no_shop_switches_the_platforms_number(
    client_of: Callable[..., Client], shop: Shop, shared: WhatsAppNumber, wire: Wire
) -> None:
    manager = client_of(shop, Role.MANAGER)
    send(manager, text="Hi")
    posted = {"duplicate": "on", "fault": "status", "times": "-1", "template": "1", "decision": "pause", "news": "RED"}
    for part in ("webhooks", "sends", "calm", "template", "number-news"):
        assert manager.post(f"/simulator/{NOBODY}/{part}/?number=shared", posted).status_code == 404, part
    for change in ("app", "stop", "resume", "other"):
        path = f"/simulator/{NOBODY}/change/?number=shared"
        assert manager.post(path, {"change": change}).status_code == 404, change
    assert switches_of(shared.phone_number_id) == CALM
    assert len(wire.posts) == 1


def test_a_new_number_of_the_person_stays_with_the_shop(
    client_of: Callable[..., Client], shop: Shop, shared: WhatsAppNumber, wire: Wire
) -> None:
    manager = client_of(shop, Role.MANAGER)
    send(manager, text="Hi")
    moved = manager.post(f"/simulator/{NOBODY}/change/?number=shared", {"change": "number"})
    page = moved.headers["Location"]
    assert page.startswith("/simulator/?number=shared&phone=")
    assert phones.opener(shared.phone_number_id, page.rpartition("=")[2]) == shop.pk
    assert manager.get(page).status_code == 200


def test_the_answer_is_announced_to_the_shop_that_opened_the_phone(
    agent: Client, shop: Shop, shared: WhatsAppNumber, wire: Wire, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[tuple[str, Shop]] = []
    monkeypatch.setattr(phone, "announce", lambda event, shop: told.append((event, shop)))
    send(agent, text="Hi")
    for digits in (NOBODY, OTHER):  # nobody opened the other one
        phone._keep(Call(shared.phone_number_id, digits, payloads.text("Hello"), "t", f"wamid.{digits}"))
    assert told == [(f"simulator-{NOBODY}", shop)]
    screen = agent.get(f"/simulator/{NOBODY}/screen/?number=shared").content.decode()
    assert "Hello" in screen
    assert "Read" in screen  # an answer below: it was seen


def test_scanning_a_code_writes_what_is_printed_for_this_shop(
    agent: Client, shop: Shop, blue: Shop, shared: WhatsAppNumber, wire: Wire
) -> None:
    (code,) = create_codes(shop=shop, wishes=[CodeWish("place", "Table 7")])
    (theirs,) = create_codes(shop=blue, wishes=[CodeWish("place", "Bar")])
    page = agent.get(PAGE).content.decode()
    shown = f"{code.code[:4]}-{code.code[4:8]}-{code.code[8:]}"
    assert "Scan a code: Table 7" in page
    assert shown in page
    assert "find a shop" in page
    assert theirs.code[:4] + "-" not in page


def test_without_a_shared_number_on_the_simulator_nothing_is_offered(agent: Client, shop: Shop) -> None:
    simulated.make_number(shop)
    assert "shared number" not in agent.get(f"/simulator/?phone={NOBODY}").content.decode()
    assert agent.get(PAGE).status_code == 404


@pytest.mark.parametrize("digits", [NOBODY, ""], ids=["this phone", "a new phone"])
def test_a_printed_code_is_photographed_by_a_phone_and_can_be_read(
    agent: Client, shop: Shop, shared: WhatsAppNumber, wire: Wire, digits: str
) -> None:
    (code,) = create_codes(shop=shop, wishes=[CodeWish("place", "Table 4")])
    posted = {"phone": digits} if digits else {}
    answer = agent.post(f"/settings/qr-codes/{code.pk}/try/", posted)
    assert answer.status_code == 302
    opened = simulated.opened_by(shared, shop)
    assert answer.headers["Location"] == f"/simulator/?number=shared&phone={opened[0]}"
    assert opened == [digits or opened[0]]
    incoming = wire.incoming
    assert (incoming.kind, incoming.sender.phone) == ("image", f"+{opened[0]}")
    assert incoming.media is not None
    kept = simulated.file_of(shared, incoming.media.media_id)
    assert kept is not None
    assert codes_in_picture(kept.blob) == [code.code]


def test_no_shop_photographs_anothers_code_or_with_anothers_phone(
    client_of: Callable[..., Client], blue: Shop, shop: Shop, shared: WhatsAppNumber, wire: Wire
) -> None:
    (code,), (bar,) = (create_codes(shop=each, wishes=[CodeWish("place", "Bar")]) for each in (shop, blue))
    client_of(shop, Role.AGENT).post(f"/settings/qr-codes/{code.pk}/try/", {"phone": NOBODY})
    theirs = client_of(blue, Role.ADMIN)
    assert theirs.post(f"/settings/qr-codes/{code.pk}/try/").status_code == 404
    assert theirs.post(f"/settings/qr-codes/{bar.pk}/try/", {"phone": NOBODY}).status_code == 404
    assert len(wire.posts) == 1


def test_without_a_shared_number_no_code_is_photographed(
    agent: Client, client_of: Callable[..., Client], shop: Shop
) -> None:
    (code,) = create_codes(shop=shop, wishes=[CodeWish("place", "Bar")])
    assert agent.post(f"/settings/qr-codes/{code.pk}/try/").status_code == 404
    page = client_of(shop, Role.MANAGER).get(f"/settings/qr-codes/{code.pk}/").content.decode()
    assert "Photograph it" not in page
