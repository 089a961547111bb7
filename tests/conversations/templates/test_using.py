"""A template filled in: what leaves fits what Meta approved, and the stand-in's own check agrees."""

from datetime import timedelta
from typing import Any

import httpx
import pytest
from django.utils import timezone

from conversations.templates.accounts import Account
from conversations.templates.drafts import components_of
from conversations.templates.errors import CannotUse
from conversations.templates.models import Template
from conversations.templates.spec import spec_of
from conversations.templates.sync import sync_account
from conversations.templates.using import best_of, language_order, problems_with, template_message
from conversations.transport.providers.meta_cloud.template import template_of
from conversations.transport.replies import Media, TemplateMessage
from tests.conversations.templates.making import at_meta, draft
from tests.fakes.graph import FakeGraph

pytestmark = pytest.mark.django_db
POSITIONAL = [
    {"type": "HEADER", "format": "IMAGE", "example": {"header_handle": ["4::x"]}},
    {"type": "BODY", "text": "Hello {{1}}, order {{2}} is here.", "example": {"body_text": [["Ada", "5"]]}},
    {"type": "FOOTER", "text": "Amber"},
    {
        "type": "BUTTONS",
        "buttons": [
            {"type": "QUICK_REPLY", "text": "Thanks"},
            {"type": "URL", "text": "Track", "url": "https://a.example/{{1}}", "example": ["https://a.example/5"]},
            {"type": "COPY_CODE", "text": "Copy", "example": "SAVE25"},
        ],
    },
]
PICTURE = Media("image", url="https://a.example/p.jpg")
VALUES: dict[str, Any] = {"header": PICTURE, "body.1": "Ada", "body.2": "#5", "button.1": "o/5", "button.2": "SAVE25"}


@pytest.fixture
def rich(account: Account, graph: FakeGraph) -> Template:
    at_meta(graph, "rich", components=POSITIONAL)
    sync_account(account)
    return Template.objects.get()


@pytest.fixture
def named(account: Account, graph: FakeGraph) -> Template:
    at_meta(graph, "order_ready", components=components_of(draft()), parameter_format="NAMED")
    sync_account(account)
    return Template.objects.get()


def sent_to_meta(graph: FakeGraph, message: TemplateMessage) -> httpx.Response:
    body = {"messaging_product": "whatsapp", "to": "+27821230001", "type": "template", "template": template_of(message)}
    return httpx.post(f"{graph.url}/v24.0/106540352242922/messages", json=body)


def test_every_kind_of_value_is_asked_for_and_sent(rich: Template, graph: FakeGraph) -> None:
    assert [(slot["key"], slot["kind"]) for slot in rich.spec["slots"]] == [
        ("header", "image"),
        ("body.1", "text"),
        ("body.2", "text"),
        ("button.1", "ending"),
        ("button.2", "code"),
    ]
    message = template_message(rich, VALUES)
    assert message.text == "Hello Ada, order #5 is here."
    assert (message.footer, message.labels) == ("Amber", ("Thanks", "Track", "Copy"))
    answer = sent_to_meta(graph, message)
    assert answer.status_code == 200, answer.text
    assert graph.calls[0].payload["template"]["components"][1]["parameters"] == [
        {"type": "text", "text": "Ada"},
        {"type": "text", "text": "#5"},
    ]


def test_named_values_carry_their_names(named: Template, graph: FakeGraph) -> None:
    message = template_message(named, {"body.first_name": "Ada", "body.order_number": "#5", "body.more": "x"})
    assert [(value.name, value.text) for value in message.body] == [("first_name", "Ada"), ("order_number", "#5")]
    assert sent_to_meta(graph, message).status_code == 200


@pytest.mark.parametrize(
    ("key", "value", "words"),
    [
        ("header", "", "Choose the image on top."),
        ("header", Media("video", url="https://a.example/v.mp4"), "Choose the image on top."),
        ("body.1", "  ", "Fill this in"),
        ("body.2", "{{1}}", "without braces"),
        ("body.1", "x" * 1020, "Shorten this"),
        ("button.1", "a b", "no blanks"),
        ("button.2", "SAVE-25", "letters and digits only"),
        ("button.2", "A" * 16, "at most 15"),
    ],
)
def test_what_meta_would_refuse_is_found_first(rich: Template, key: str, value: Any, words: str) -> None:
    values = {**VALUES, key: value}
    assert words in problems_with(rich, values)[key]
    with pytest.raises(CannotUse):
        template_message(rich, values)


@pytest.mark.parametrize(
    ("break_it", "code"),
    [
        (lambda part: part["components"].pop(0), 132012),
        (lambda part: part["components"][1]["parameters"].pop(), 132000),
        (lambda part: part["components"].pop(2), 132000),
        (lambda part: part["language"].update(code="en_US"), 132001),
        (lambda part: part.update(name="another"), 132001),
    ],
)
def test_meta_itself_would_have_refused(rich: Template, graph: FakeGraph, break_it: Any, code: int) -> None:
    """The negative control: without our check the stand-in says no."""
    part = template_of(template_message(rich, VALUES))
    break_it(part)
    body = {"messaging_product": "whatsapp", "to": "+27821230001", "type": "template", "template": part}
    answer = httpx.post(f"{graph.url}/v24.0/106540352242922/messages", json=body)
    assert answer.json()["error"]["code"] == code


@pytest.mark.parametrize(("status", "code"), [("PAUSED", 132015), ("DISABLED", 132016), ("REJECTED", 132001)])
def test_a_stopped_template_is_not_used_and_meta_would_not_send_it(
    account: Account, graph: FakeGraph, status: str, code: int
) -> None:
    at_meta(graph, "plain")
    sync_account(account)
    row = Template.objects.get()
    message = template_message(row, {})
    Template.objects.update(status=status.lower(), paused_until=timezone.now() + timedelta(hours=3))
    row.refresh_from_db()
    with pytest.raises(CannotUse):
        template_message(row, {})
    key = row.provider_id
    thing = graph.shelf.things["template", key]
    thing.data["status"] = status
    assert sent_to_meta(graph, message).json()["error"]["code"] == code


@pytest.mark.parametrize("status", [status for status in Template.Status if status != "approved"])
def test_every_other_state_stops_it_with_a_sentence(rich: Template, status: str) -> None:
    rich.status = status
    with pytest.raises(CannotUse, match=r"^[A-Z].*\.$"):
        template_message(rich, VALUES)


def test_parts_nobody_can_fill_in_here_are_said() -> None:
    assert (
        spec_of([{"type": "BODY", "text": "Hi"}, {"type": "CAROUSEL", "cards": []}]).unfillable
        == "cards to swipe through"
    )
    otp = [
        {"type": "BODY", "text": "{{1}} is your code"},
        {"type": "BUTTONS", "buttons": [{"type": "OTP", "text": "Copy"}]},
    ]
    assert [slot.key for slot in spec_of(otp).slots] == ["body.1", "button.0"]


def test_languages_fall_back_in_order_and_never_to_a_strange_one() -> None:
    def rows(*codes: str) -> list[Template]:
        return [Template(name="x", language=code) for code in codes]

    assert language_order("pt_BR", "it")[:4] == ["pt_BR", "pt", "pt_*", "it"]
    for there, wanted, found in (
        (("en", "it", "it_IT"), ("it",), "it"),
        (("en_GB", "hi"), ("hi", "it"), "hi"),
        (("en_US", "pt_PT"), ("pt_BR",), "pt_PT"),
        (("en_US", "af"), ("zu", "it"), "en_US"),
    ):
        chosen = best_of(rows(*there), *wanted)
        assert chosen is not None
        assert chosen.language == found
    assert best_of(rows("hi", "af"), "it") is None
