"""Settings, Templates: as a manager uses it, and as an agent sees it."""

from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from PIL import Image

from conversations import tasks
from conversations.templates.accounts import Account
from conversations.templates.models import Template
from conversations.templates.sync import sync_account
from tenants.models import AuditEntry, Role, Shop
from tests.conversations.templates.making import WABA, at_meta, status_news, tell
from tests.fakes.graph import FakeGraph

pytestmark = pytest.mark.django_db
HTMX = {"HX-Request": "true"}
LIST = "/settings/templates/"
FORM = {
    "name": "order_ready",
    "language": "en",
    "category": "UTILITY",
    "header_kind": "",
    "body": "Hello {{first_name}}, your order {{order_number}} is ready for you.",
    "sample.body.first_name": "Thandi",
    "sample.body.order_number": "#1042",
    "buttons-TOTAL_FORMS": "0",
    "buttons-INITIAL_FORMS": "0",
    "act": "submit",
}


@pytest.fixture
def browser(client_of: Callable[..., Client], shop: Shop, account: Account) -> Client:
    return client_of(shop, Role.MANAGER)


@pytest.fixture(autouse=True)
def _no_review(graph: FakeGraph, tmp_path: Path, settings: Any) -> None:
    graph.recorder.review_seconds = 600
    settings.MEDIA_ROOT = tmp_path


def page(answer: Any) -> str:
    return str(answer.content.decode())


def buttons(*rows: tuple[str, str, str, str]) -> dict[str, str]:
    form = {"buttons-TOTAL_FORMS": str(len(rows)), "buttons-INITIAL_FORMS": "0"}
    for place, row in enumerate(rows):
        form |= {
            f"buttons-{place}-{name}": value
            for name, value in zip(("kind", "text", "value", "example"), row, strict=True)
        }
    return form


def test_a_template_is_written_and_submitted(browser: Client, graph: FakeGraph) -> None:
    rows = buttons(
        ("QUICK_REPLY", "I am coming", "", ""),
        ("URL", "See it", "https://amber.example/o/{{1}}", "https://amber.example/o/1042"),
        ("PHONE_NUMBER", "Call us", "+27 21 555 0100", ""),
    )
    answer = browser.post(f"{LIST}new/", {**FORM, **rows, "footer": "Amber Bakery", "ttl_seconds": "3600"})
    row = Template.objects.get()
    assert (answer.status_code, answer["Location"]) == (302, f"{LIST}{row.pk}/")
    assert (row.status, row.name, row.ttl_seconds) == ("pending", "order_ready", 3600)
    (thing,) = (each for (kind, _key), each in graph.shelf.things.items() if kind == "template")
    assert thing.data["components"][2] == {
        "type": "BUTTONS",
        "buttons": [
            {"type": "QUICK_REPLY", "text": "I am coming"},
            {
                "type": "URL",
                "text": "See it",
                "url": "https://amber.example/o/{{1}}",
                "example": ["https://amber.example/o/1042"],
            },
            {"type": "PHONE_NUMBER", "text": "Call us", "phone_number": "+27 21 555 0100"},
        ],
    }
    shown = page(browser.get(answer["Location"]))
    for words in ("In review", "Hello Thandi, your order #1042", "Amber Bakery", "Amber Manager"):
        assert words in shown


def test_every_problem_comes_back_under_its_field_and_nothing_is_lost(browser: Client) -> None:
    bad = {**FORM, "name": "Order Ready", "body": "{{first_name}} and {{order_number}}", "sample.body.first_name": ""}
    answer = browser.post(f"{LIST}new/", {**bad, **buttons(("URL", "Look", "amber.example", ""))})
    shown = page(answer)
    assert answer.status_code == 422
    for words in (
        "Use small letters a to z",
        "Put a word before the first",
        "Write more words around the 2 variables",
        "Give an example: Meta&#x27;s reviewers",
        "Give the whole address, beginning with https://",
        'value="Order Ready"',
        'value="#1042"',
        'value="amber.example"',
    ):
        assert words in shown, words
    assert not Template.objects.exists()


def test_a_draft_may_be_unfinished_but_needs_a_name_and_words(browser: Client, graph: FakeGraph) -> None:
    answer = browser.post(f"{LIST}new/", {**FORM, "act": "draft", "body": "Hello {{x}}"})
    row = Template.objects.get()
    assert (answer.status_code, row.status, row.provider_id) == (302, "draft", "")
    assert [key for key in graph.shelf.things if key[0] == "template"] == []
    refused = browser.post(f"{LIST}new/", {**FORM, "act": "draft", "body": "", "name": "x y"})
    assert refused.status_code == 422
    assert "Write the text of the message" in page(refused)
    assert Template.objects.count() == 1


def test_whatsapps_refusal_keeps_the_words_and_says_why(browser: Client, graph: FakeGraph) -> None:
    graph.fail_next("code", number=WABA, code=2388019)
    answer = browser.post(f"{LIST}new/", FORM, follow=True)
    shown = page(answer)
    assert "as many templates as Meta allows" in shown
    assert "Hello {{first_name}}, your order" in shown
    assert Template.objects.get().status == "draft"


def test_a_picture_on_top_is_uploaded_for_the_reviewers_and_kept_for_the_preview(
    browser: Client, graph: FakeGraph
) -> None:
    out = BytesIO()
    Image.new("RGB", (60, 40), "red").save(out, "PNG")
    without = browser.post(f"{LIST}new/", {**FORM, "header_kind": "IMAGE"})
    assert "Upload a sample" in page(without)
    upload = SimpleUploadedFile("top.png", out.getvalue(), "image/png")
    browser.post(f"{LIST}new/", {**FORM, "header_kind": "IMAGE", "header_file": upload})
    row = Template.objects.get()
    (thing,) = (each for (kind, _key), each in graph.shelf.things.items() if kind == "template")
    assert row.status == "pending"
    assert thing.data["components"][0]["example"]["header_handle"][0].startswith("4::")
    assert row.samples["key"] in page(browser.get(f"{LIST}{row.pk}/"))
    wrong = SimpleUploadedFile("top.pdf", b"not a pdf", "application/pdf")
    form = {**FORM, "name": "another", "header_kind": "DOCUMENT", "header_file": wrong}
    assert "Choose a PDF document" in page(browser.post(f"{LIST}new/", form))


def test_the_preview_follows_and_asks_for_examples_only_when_the_variables_change(browser: Client) -> None:
    first = page(browser.post(f"{LIST}preview/", {**FORM, "variables": ""}, headers=HTMX))
    assert "Hello Thandi, your order #1042 is ready" in first
    assert 'name="sample.body.first_name"' in first
    same = page(
        browser.post(f"{LIST}preview/", {**FORM, "variables": "body.first_name body.order_number"}, headers=HTMX)
    )
    assert "Hello Thandi" in same
    assert 'name="sample.body.first_name"' not in same
    nasty = page(
        browser.post(f"{LIST}preview/", {**FORM, "body": "<script>x</script> {{first_name}} you"}, headers=HTMX)
    )
    assert "<script>x" not in nasty


def test_it_works_without_scripts(browser: Client) -> None:
    more = browser.post(f"{LIST}new/", {**FORM, "act": "more"})
    assert (more.status_code, 'name="buttons-0-kind"' in page(more)) == (200, True)
    seen = browser.post(f"{LIST}new/", {**FORM, "act": "preview"})
    assert 'name="sample.body.order_number"' in page(seen)
    assert not Template.objects.exists()


def test_another_language_begins_with_the_words_of_the_first(
    browser: Client, graph: FakeGraph, account: Account
) -> None:
    at_meta(graph, "greeting", "en")
    sync_account(account)
    first = Template.objects.get()
    shown = page(browser.get(f"{LIST}new/?like={first.pk}"))
    assert "Hello, this is greeting in en." in shown
    assert 'value="greeting"' in shown
    browser.post(f"{LIST}new/?like={first.pk}", {**FORM, "name": "greeting", "language": "it"})
    assert sorted(Template.objects.values_list("language", "status")) == [("en", "approved"), ("it", "pending")]
    assert "Italian" in page(browser.get(f"{LIST}{first.pk}/"))


def test_an_approved_one_is_changed_and_keeps_its_name(browser: Client, graph: FakeGraph, account: Account) -> None:
    key = at_meta(graph)
    sync_account(account)
    row = Template.objects.get()
    answer = browser.post(
        f"{LIST}{row.pk}/edit/", {**FORM, "name": "hacked", "category": "MARKETING", "language": "it"}
    )
    row.refresh_from_db()
    assert answer.status_code == 302
    assert (row.name, row.language, row.category, row.status) == ("order_ready", "en", "UTILITY", "pending")
    assert graph.shelf.things["template", key].data["components"][0]["text"] == FORM["body"]


def test_the_list_filters_and_shows_what_needs_attention(browser: Client, graph: FakeGraph, account: Account) -> None:
    at_meta(graph, "fine", "en")
    at_meta(graph, "offer", "it", category="MARKETING", status="REJECTED", rejected_reason="PROMOTIONAL")
    at_meta(graph, "tired", "hi", quality_score={"score": "RED"})
    sync_account(account)
    everything = page(browser.get(LIST))
    for words in ("fine", "offer", "tired", "Low quality", "reads like an advertisement", "Need attention"):
        assert words in everything
    for query, there, gone in (
        ("status=trouble", "offer", "fine"),
        ("category=MARKETING", "offer", "tired"),
        ("language=hi", "tired", "offer"),
        ("q=FINE", "fine", "offer"),
        ("status=nonsense&category=x&language=zz&page=99", "fine", "zzz"),
    ):
        part = page(browser.get(f"{LIST}?{query}", headers=HTMX))
        assert (f">{there}</a>" in part, f">{gone}</a>" in part) == (True, False), query
    assert "No template fits" in page(browser.get(f"{LIST}?q=zeppelin"))


def test_the_button_compares_and_a_failure_is_said(browser: Client, graph: FakeGraph) -> None:
    at_meta(graph)
    assert "1 at WhatsApp: 1 new, 0 changed, 0 gone." in page(browser.post(f"{LIST}compare/", follow=True))
    graph.recorder.admitted = {"error": {"code": 190, "message": "expired"}}
    assert "token has expired" in page(browser.post(f"{LIST}compare/", follow=True))
    assert AuditEntry.objects.filter(action="template.synced").count() == 1


def test_pausing_and_deleting_have_buttons_with_a_question(browser: Client, graph: FakeGraph, account: Account) -> None:
    at_meta(graph, "greeting", "en", status="PAUSED")
    at_meta(graph, "greeting", "it")
    sync_account(account)
    row = Template.objects.get(language="en")
    shown = page(browser.get(f"{LIST}{row.pk}/"))
    assert "End the pause" in shown
    assert shown.count("data-confirm=") == 3
    browser.post(f"{LIST}{row.pk}/unpause/")
    row.refresh_from_db()
    assert row.status == "approved"
    browser.post(f"{LIST}{row.pk}/delete/", {"all": "1"})
    assert set(Template.objects.values_list("status", flat=True)) == {"deleted"}
    assert "No templates yet" in page(browser.get(LIST))
    assert "greeting" in page(browser.get(f"{LIST}?status=gone"))


def test_a_page_that_is_open_follows_a_webhook(browser: Client, graph: FakeGraph, account: Account) -> None:
    at_meta(graph)
    sync_account(account)
    row = Template.objects.get()
    tell(account, "message_template_status_update", status_news(row, "DISABLED"))
    part = page(browser.get(f"{LIST}{row.pk}/", headers=HTMX))
    assert 'hx-trigger="live:templates from:body' in part
    assert "Switched off" in part
    assert "<html" not in part


def test_agents_look_and_managers_act(
    client_of: Callable[..., Client], shop: Shop, graph: FakeGraph, account: Account
) -> None:
    at_meta(graph)
    sync_account(account)
    row = Template.objects.get()
    agent = client_of(shop, Role.AGENT)
    for path in (LIST, f"{LIST}{row.pk}/"):
        shown = page(agent.get(path))
        assert "order_ready" in shown
        assert "New template" not in shown
        assert "/delete/" not in shown
    for path in ("new/", "ready/", f"{row.pk}/edit/"):
        assert agent.get(f"{LIST}{path}").status_code == 403
    for path in ("compare/", "preview/", f"{row.pk}/submit/", f"{row.pk}/delete/", f"{row.pk}/unpause/"):
        assert agent.post(f"{LIST}{path}").status_code == 403
    row.refresh_from_db()
    assert row.status == "approved"


def test_ready_ones_are_taken_with_one_tap_and_submitted(
    browser: Client,
    graph: FakeGraph,
    shop: Shop,
    monkeypatch: pytest.MonkeyPatch,
    django_capture_on_commit_callbacks: Any,
) -> None:
    asked: list[dict[str, Any]] = []
    monkeypatch.setattr(tasks.submit_templates, "apply_async", lambda **how: asked.append(how["kwargs"]))
    shown = page(browser.get(f"{LIST}ready/"))
    assert shown.count('name="purposes"') == 7
    with django_capture_on_commit_callbacks(execute=True):
        browser.post(f"{LIST}ready/", {"purposes": ["order_ready", "staff_follow_up"], "languages": ["en", "zu"]})
    assert Template.objects.filter(status="draft").count() == 4
    (wish,) = asked
    assert tasks.submit_templates(**wish) == 4
    assert set(Template.objects.values_list("status", flat=True)) == {"pending"}
    assert len([key for key in graph.shelf.things if key[0] == "template"]) == 4
    again = browser.post(f"{LIST}ready/", {"purposes": ["order_ready"], "languages": ["en"]}, follow=True)
    assert "Nothing to add" in page(again)


def test_every_ready_template_fits_every_limit_in_every_language(account: Account, graph: FakeGraph) -> None:
    from conversations.templates import starters
    from conversations.templates.checks import problems_of

    seen = 0
    for starter in starters.starters():
        assert set(starter.bodies) == {"en", "it", "hi", "af", "zu"}
        for language in starter.bodies:
            draft = starters.draft_of_starter(starter, language, "A bakery with a rather long name, Cape Town")
            assert problems_of(draft) == [], (starter.name, language)
            assert [name for _where, name in draft.variables] == list(
                dict.fromkeys(name for _w, name in draft.variables)
            )
            assert {name for _where, name in draft.variables} == set(starter.values), (starter.name, language)
            seen += 1
    assert seen == 35
