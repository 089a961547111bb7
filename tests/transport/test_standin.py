"""The stand-in Graph API of the product: only the simulator's numbers, Meta's errors, receipts to the real webhook."""

import time
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import httpx
import pytest
from django.utils import timezone

from conversations.simulated import chaos
from conversations.simulated.account_news import happen_to_number
from conversations.transport.models import StandInMessage, StandInThing
from conversations.transport.providers.simulator import phone, phones, standin
from conversations.transport.providers.simulator.payloads import user_id_of
from conversations.transport.providers.simulator.switches import Switches
from tenants.models import Shop, WhatsAppNumber
from tests.transport.conftest import Running
from tests.transport.sending import number_of, until

pytestmark = pytest.mark.django_db(transaction=True)
HELLO = {
    "messaging_product": "whatsapp",
    "to": "+12025550142",
    "type": "text",
    "text": {"body": "Hello"},
    "biz_opaque_callback_data": "tok-1",
}


@pytest.fixture
def receipts(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    """The bodies that would go to the webhook."""
    posted: list[dict[str, Any]] = []
    monkeypatch.setattr(phone, "post_to_webhook", lambda number, body: posted.append(body))
    monkeypatch.setattr(phone, "SENT_AFTER_SECONDS", 0.01)
    monkeypatch.setattr(phone, "DELIVERED_AFTER_SECONDS", 0.02)
    return posted


@pytest.fixture
def graph(transactional_db: None) -> Iterator[httpx.Client]:
    async def application(scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "http":
            await standin.standin_application(scope, receive, send)

    running = Running(application)
    with httpx.Client(base_url=f"{running.url}/simulator/graph/v24.0", timeout=10) as client:
        yield client
    running.stop()


@pytest.fixture
def number(amber: Shop) -> WhatsAppNumber:
    return number_of(amber, provider="simulator", access_token="sim-token", waba_id="waba-sim")


def send(graph: httpx.Client, number: WhatsAppNumber, payload: Any = None, token: str = "sim-token") -> httpx.Response:
    headers = {"Authorization": f"Bearer {token}"}
    return graph.post(f"/{number.phone_number_id}/messages", json=payload or HELLO, headers=headers)


def test_a_message_is_kept_and_its_receipts_follow(
    graph: httpx.Client, number: WhatsAppNumber, receipts: list[dict[str, Any]]
) -> None:
    answer = send(graph, number)
    assert answer.status_code == 200
    (message,) = answer.json()["messages"]
    row = StandInMessage.objects.get()
    assert (row.wamid, row.recipient, row.payload["text"]["body"]) == (message["id"], "12025550142", "Hello")
    assert answer.json()["contacts"] == [{"input": "+12025550142", "wa_id": "12025550142"}]
    until(lambda: len(receipts) == 2)
    told = [body["entry"][0]["changes"][0]["value"]["statuses"][0] for body in receipts]
    assert [(each["status"], each["id"], each["biz_opaque_callback_data"]) for each in told] == [
        ("sent", message["id"], "tok-1"),
        ("delivered", message["id"], "tok-1"),
    ]


def test_each_error_the_page_can_order_is_what_a_send_then_meets(
    graph: httpx.Client, number: WhatsAppNumber, receipts: list[dict[str, Any]]
) -> None:
    for fault in chaos.error_faults():
        chaos.fail_sends(number, fault=fault.key, times=1)
        answer = send(graph, number)
        assert (answer.status_code >= 400, answer.json()["error"]["code"]) == (True, fault.code)
    assert StandInMessage.objects.count() == 0
    assert send(graph, number).status_code == 200  # each was used up


def test_a_send_that_was_taken_and_never_answered_stands_on_the_phone(
    graph: httpx.Client, number: WhatsAppNumber, receipts: list[dict[str, Any]]
) -> None:
    chaos.fail_sends(number, fault="accept_then_hang", times=1)
    with pytest.raises(httpx.ReadTimeout):
        graph.post(
            f"/{number.phone_number_id}/messages",
            json=HELLO,
            headers={"Authorization": "Bearer sim-token"},
            timeout=0.7,
        )
    until(lambda: len(receipts) == 2)
    assert StandInMessage.objects.get().payload["text"]["body"] == "Hello"


def test_a_wrong_token_a_real_number_and_a_bad_message_get_metas_errors(
    graph: httpx.Client, number: WhatsAppNumber, amber: Shop, receipts: list[dict[str, Any]]
) -> None:
    real = number_of(amber, provider="meta_cloud")
    assert send(graph, number, token="wrong").json()["error"]["code"] == 190
    gone = send(graph, real).json()["error"]
    assert (gone["code"], gone["error_subcode"]) == (100, 33)
    assert send(graph, number, {**HELLO, "text": {"body": ""}}).json()["error"]["code"] == 131009
    assert graph.get("/elsewhere/thing/else").status_code == 404
    assert not StandInMessage.objects.exists()
    time.sleep(0.1)
    assert receipts == []


def test_a_bsuid_is_answered_by_its_id_and_reading_is_acknowledged(
    graph: httpx.Client, number: WhatsAppNumber, receipts: list[dict[str, Any]]
) -> None:
    payload = {key: value for key, value in HELLO.items() if key != "to"} | {"recipient": "ZA.ONLY1"}
    assert send(graph, number, payload).json()["contacts"] == [{"user_id": "ZA.ONLY1"}]
    read = {"messaging_product": "whatsapp", "status": "read", "message_id": "wamid.IN1"}
    assert send(graph, number, read).json() == {"success": True}
    until(lambda: len(receipts) == 2)


def heard(number: WhatsAppNumber, hours_ago: float, kind: str = "text") -> None:
    """The phone wrote so long ago."""
    at = timezone.now() - timedelta(hours=hours_ago)
    StandInMessage.objects.create(
        phone_number_id=number.phone_number_id,
        wamid=f"wamid.P{StandInMessage.objects.count()}",
        recipient="12025550142",
        payload={phones.FROM_PHONE: {"type": kind}},
        created_at=at,
    )


OFFER = {**HELLO, "type": "template", "template": {"name": "come_back", "language": {"code": "en"}}}


def code_of(answer: httpx.Response) -> int:
    return int(answer.json().get("error", {}).get("code", 0))


@pytest.fixture
def offer(number: WhatsAppNumber) -> dict[str, Any]:
    """An approved template of the number's account."""
    data = {"name": "come_back", "language": "en", "status": "APPROVED", "category": "MARKETING"}
    data["components"] = [{"type": "BODY", "text": "Come back."}]
    StandInThing.objects.create(kind="template", owner=number.waba_id, key="7700000000000001", data=data)
    return OFFER


def test_after_24_hours_only_a_template_is_taken(
    graph: httpx.Client, number: WhatsAppNumber, receipts: list[dict[str, Any]], offer: dict[str, Any]
) -> None:
    heard(number, 25)
    heard(number, 0, "reaction")
    assert (code_of(send(graph, number)), code_of(send(graph, number, offer))) == (131047, 0)
    heard(number, 23)
    assert code_of(send(graph, number)) == 0
    phones.move_window(number.phone_number_id, "12025550142", ends=timezone.now())
    assert code_of(send(graph, number)) == 131047
    to_its_id = {key: value for key, value in HELLO.items() if key != "to"} | {"recipient": user_id_of("12025550142")}
    assert code_of(send(graph, number, to_its_id)) == 131047
    heard(number, -0.001)
    assert code_of(send(graph, number)) == 0


def test_an_account_that_may_not_write_first_still_answers(
    graph: httpx.Client, number: WhatsAppNumber, receipts: list[dict[str, Any]], offer: dict[str, Any]
) -> None:
    happen_to_number(number, "restricted")
    assert code_of(send(graph, number, offer)) == 368, "to somebody who never wrote"
    heard(number, 25)
    chaos.calm(number)
    chaos.misbehave(number, Switches(duplicate=True))
    assert code_of(send(graph, number, offer)) == 368, "only Meta lifts it"
    heard(number, 1)
    assert (code_of(send(graph, number)), code_of(send(graph, number, offer))) == (0, 0)
    phones.move_window(number.phone_number_id, "12025550142", ends=timezone.now())
    happen_to_number(number, "unrestricted")
    assert code_of(send(graph, number, offer)) == 0


def test_a_code_for_signing_in_goes_to_a_phone_only(
    graph: httpx.Client, number: WhatsAppNumber, receipts: list[dict[str, Any]], offer: dict[str, Any]
) -> None:
    template = StandInThing.objects.get(kind="template")
    template.data["category"] = "AUTHENTICATION"
    template.save()
    to_an_id = {key: value for key, value in offer.items() if key != "to"} | {"recipient": "ZA.ONLY1"}
    assert (code_of(send(graph, number, to_an_id)), code_of(send(graph, number, offer))) == (131062, 0)


def test_a_house_without_a_simulator_has_no_stand_in(
    graph: httpx.Client, number: WhatsAppNumber, settings: Any
) -> None:
    settings.SIMULATOR = False
    assert send(graph, number).status_code == 404
    assert not StandInMessage.objects.exists()
