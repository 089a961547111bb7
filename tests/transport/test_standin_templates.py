"""Templates at the product's own stand-in: only the simulator's accounts, reviews that end by a webhook, switches."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import httpx
import pytest

from conversations.transport.models import StandInThing
from conversations.transport.providers.base import Line
from conversations.transport.providers.simulator import phone, standin, template_switches
from conversations.transport.providers.simulator.provider import Simulator
from conversations.transport.providers.template_desk import TemplateWish, every_template
from tenants.models import Shop, WhatsAppNumber
from tests.transport.conftest import Running
from tests.transport.sending import number_of, until

pytestmark = pytest.mark.django_db(transaction=True)
WABA = "800000000000077"
BODY = {"type": "BODY", "text": "Hello, your order is ready for you."}
WISH = TemplateWish(parts=[BODY], name="order_ready", language="en", category="UTILITY")


@pytest.fixture
def news(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    """The bodies that would go to the webhook."""
    posted: list[dict[str, Any]] = []
    monkeypatch.setattr(phone, "post_to_webhook", lambda number, body: posted.append(body))
    monkeypatch.setattr(phone.PhoneRecorder, "review_seconds", 0.05)
    return posted


@pytest.fixture
def graph(transactional_db: None, settings: Any) -> Iterator[httpx.Client]:
    async def application(scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "http":
            await standin.standin_application(scope, receive, send)

    running = Running(application)
    settings.PLATFORM_URL = running.url
    with httpx.Client(base_url=f"{running.url}/simulator/graph/v24.0", timeout=10) as client:
        yield client
    running.stop()


@pytest.fixture
def number(amber: Shop) -> WhatsAppNumber:
    return number_of(amber, provider="simulator", access_token="sim-token", waba_id=WABA)


def desk(number: WhatsAppNumber, token: str = "sim-token") -> Any:
    return Simulator().templates(Line(number.pk, "simulator", number.phone_number_id, token, number.waba_id))


def value_of(body: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    (change,) = body["entry"][0]["changes"]
    assert body["entry"][0]["id"] == WABA
    return change["field"], change["value"]


@pytest.mark.parametrize(
    ("words", "switch", "event"),
    [
        ("Hello, your order is ready for you.", "", "APPROVED"),
        ("Hello, here is free money for you.", "", "REJECTED"),
        ("Hello, your order is ready for you.", "reject", "REJECTED"),
        ("Hello, here is free money for you.", "approve", "APPROVED"),
    ],
)
def test_a_review_ends_by_the_words_or_by_the_switch(
    graph: httpx.Client, number: WhatsAppNumber, news: list[dict[str, Any]], words: str, switch: str, event: str
) -> None:
    template_switches.set_review(WABA, switch)
    answer = desk(number).create(replace(WISH, parts=[{"type": "BODY", "text": words}]))
    assert (answer.is_accepted, answer.data["status"]) == (True, "PENDING")
    until(lambda: len(news) == 1)
    field, value = value_of(news[0])
    assert field == "message_template_status_update"
    assert (value["event"], value["message_template_id"]) == (event, int(answer.data["id"]))
    assert StandInThing.objects.get(key=answer.data["id"]).data["status"] == event
    assert ("rejection_info" in value) == (event == "REJECTED")


def test_a_switch_that_waits_leaves_it_in_review(graph: httpx.Client, number: WhatsAppNumber, news: list[Any]) -> None:
    template_switches.set_review(WABA, "wait")
    key = desk(number).create(WISH).data["id"]
    template_switches.approve_template(key)
    assert [value_of(body)[1]["event"] for body in news] == ["APPROVED"]


def test_pauses_go_on_to_the_end_and_quality_falls(
    graph: httpx.Client, number: WhatsAppNumber, news: list[Any]
) -> None:
    template_switches.set_review(WABA, "wait")
    key = desk(number).create(WISH).data["id"]
    template_switches.approve_template(key)
    for _ in range(3):
        template_switches.pause_template(key)
    told = [value_of(body)[1] for body in news[1:]]
    assert [(value["event"], value["other_info"]["title"]) for value in told] == [
        ("PAUSED", "FIRST_PAUSE"),
        ("PAUSED", "SECOND_PAUSE"),
        ("DISABLED", "DISABLED"),
    ]
    template_switches.set_quality(key, "RED")
    field, value = value_of(news[-1])
    assert (field, value["previous_quality_score"], value["new_quality_score"]) == (
        "message_template_quality_update",
        "UNKNOWN",
        "RED",
    )
    with pytest.raises(template_switches.NoSuchTemplate):
        template_switches.pause_template("7700000000000000")


def test_only_the_simulators_accounts_and_the_right_token(
    graph: httpx.Client, number: WhatsAppNumber, amber: Shop
) -> None:
    real = number_of(amber, provider="meta_cloud", waba_id="900")
    assert desk(number, token="wrong").page().code == 190
    assert desk(real).page().sentence.startswith("Meta no longer knows")
    assert desk(number).page().data == {"templates": [], "after": ""}


def test_metas_own_refusals(graph: httpx.Client, number: WhatsAppNumber, news: list[Any]) -> None:
    own = desk(number)
    template_switches.set_review(WABA, "wait")
    key = own.create(WISH).data["id"]
    assert own.create(WISH).code == 2388024
    assert own.edit(key, TemplateWish(parts=[BODY])).code == 2388039
    for components, code in (
        ([{"type": "BODY", "text": "x" * 1025}], 2388040),
        ([{"type": "BODY", "text": "{{1}} is your code for today, use it", "example": {}}], 2388299),
        ([{"type": "BODY", "text": "Hello\n\n\nyou"}], 2388072),
        ([{"type": "BODY", "text": "Hi {{1}} you", "example": {"body_text": [["x"]]}}], 2388293),
        ([BODY, {"type": "HEADER", "format": "TEXT", "text": "*News*"}], 2388047),
        ([BODY, {"type": "FOOTER", "text": "For {{1}}"}], 2388073),
        ([BODY, {"type": "HEADER", "format": "IMAGE"}], 100),
    ):
        assert own.create(replace(WISH, name="another", parts=components)).code == code
    template_switches.approve_template(key)
    assert own.edit(key, TemplateWish(parts=[{**BODY, "text": "Hello, all is new and ready."}])).is_accepted
    template_switches.approve_template(key)
    assert own.edit(key, TemplateWish(parts=[BODY])).code == 2388039
    assert own.delete(name="order_ready", provider_id=key).is_accepted
    assert own.create(WISH).code == 2388023
    assert own.delete(name="order_ready").code == 100


def test_a_sample_is_announced_sent_and_answered_with_a_handle(graph: httpx.Client, number: WhatsAppNumber) -> None:
    own = desk(number)
    answer = own.keep_sample(filename="a.pdf", mime_type="application/pdf", content=b"%PDF-1.4 x")
    assert answer.is_accepted
    assert answer.data["handle"].startswith("4::")
    refused = own.keep_sample(filename="a.gif", mime_type="image/gif", content=b"GIF")
    assert refused.code == 100


def test_pages_follow_each_other_by_their_cursor(graph: httpx.Client, number: WhatsAppNumber) -> None:
    rows = [
        StandInThing(
            kind="template",
            owner=WABA,
            key=f"7700{place:012d}",
            data={
                "id": str(place),
                "name": f"t{place}",
                "language": "en",
                "status": "APPROVED",
                "category": "UTILITY",
                "components": [BODY],
            },
        )
        for place in range(260)
    ]
    StandInThing.objects.bulk_create(rows)
    found = [record.name for record in every_template(desk(number))]
    assert found == [f"t{place}" for place in range(260)]
