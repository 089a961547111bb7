"""Submitting, editing, deleting: what the row says at every moment."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import DatabaseError, transaction
from django.utils import timezone

from conversations.templates import acts
from conversations.templates.accounts import Account
from conversations.templates.errors import (
    CannotDelete,
    CannotEdit,
    CannotSubmit,
    CannotUnpause,
    NameRests,
    NameTaken,
    RefusedByWhatsApp,
)
from conversations.templates.models import Template, TemplateEvent
from conversations.templates.sync import sync_account
from tenants.models import AuditEntry, User
from tests.conversations.templates.making import WABA, at_meta, change_at_meta, draft
from tests.fakes.graph import FakeGraph

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _no_review(graph: FakeGraph) -> None:
    graph.recorder.review_seconds = 600


@pytest.fixture
def drafted(account: Account, manager: User) -> Template:
    return acts.save_draft(waba_id=WABA, draft=draft(), actor=manager, purpose="order_ready")


@pytest.fixture
def approved(account: Account, graph: FakeGraph) -> Template:
    at_meta(graph)
    sync_account(account)
    return Template.objects.get()


def history(row: Template) -> list[tuple[Any, ...]]:
    return list(row.events.order_by("id").values_list("kind", "before", "after", "source"))


def test_a_draft_is_submitted_and_waits_for_its_review(drafted: Template, graph: FakeGraph, manager: User) -> None:
    row = acts.submit(template_id=drafted.pk, actor=manager)
    (thing,) = (each for (kind, _key), each in graph.shelf.things.items() if kind == "template")
    assert (row.status, row.provider_id, row.problem) == ("pending", thing.key, "")
    assert thing.data["parameter_format"] == "NAMED"
    assert thing.data["components"] == [
        {
            "type": "BODY",
            "text": draft().body,
            "example": {
                "body_text_named_params": [
                    {"param_name": "first_name", "example": "Thandi"},
                    {"param_name": "order_number", "example": "#1042"},
                ]
            },
        }
    ]
    assert history(row) == [
        ("status", "draft", "submitting", "operator"),
        ("status", "submitting", "pending", "operator"),
    ]
    entry = AuditEntry.objects.get(action="template.submitted")
    assert (entry.actor, entry.subject) == (manager, "order_ready en")


def test_a_refusal_leaves_the_draft_with_whatsapps_sentence(drafted: Template, graph: FakeGraph, manager: User) -> None:
    at_meta(graph)
    with pytest.raises(RefusedByWhatsApp, match="exists in this language already"):
        acts.submit(template_id=drafted.pk, actor=manager)
    drafted.refresh_from_db()
    assert (drafted.status, drafted.provider_id) == ("draft", "")
    assert drafted.problem.startswith("A template with this name exists in this language already.")
    assert history(drafted)[-1] == ("problem", "", "", "operator")


def test_whatsapp_out_of_reach_is_no_submission(drafted: Template, manager: User, settings: Any) -> None:
    settings.WHATSAPP_GRAPH_URL = "http://127.0.0.1:9"
    with pytest.raises(RefusedByWhatsApp, match="could not be reached"):
        acts.submit(template_id=drafted.pk, actor=manager)
    drafted.refresh_from_db()
    assert drafted.status == "draft"


def test_one_call_at_a_time(drafted: Template, manager: User) -> None:
    acts.submit(template_id=drafted.pk, actor=manager)
    with pytest.raises(CannotSubmit, match="has this template already"):
        acts.submit(template_id=drafted.pk, actor=manager)
    Template.objects.update(status="unknown")
    with pytest.raises(CannotSubmit, match="not over"):
        acts.submit(template_id=drafted.pk, actor=manager)


def test_a_name_is_taken_once_a_language(drafted: Template, manager: User) -> None:
    acts.submit(template_id=drafted.pk, actor=manager)
    with pytest.raises(NameTaken, match="choose another name"):
        acts.save_draft(waba_id=WABA, draft=draft(), actor=manager)
    other = acts.save_draft(waba_id=WABA, draft=draft(language="it"), actor=manager)
    assert other.pk != drafted.pk


def test_an_approved_one_is_edited_once_a_day_and_ten_times_a_month(
    approved: Template, graph: FakeGraph, manager: User
) -> None:
    row = acts.edit(
        template_id=approved.pk, draft=draft(body="Hello {{first_name}}, come and fetch it please."), actor=manager
    )
    assert (row.status, row.proposal) == ("pending", None)
    assert row.components[0]["text"] == "Hello {{first_name}}, come and fetch it please."
    change_at_meta(graph, row.provider_id, status="APPROVED")
    Template.objects.update(status="approved")
    with pytest.raises(CannotEdit, match="once in 24 hours"):
        acts.edit(template_id=row.pk, draft=draft(), actor=manager)
    assert acts.edits_left(row, timezone.now()) == (0, 9)
    assert acts.edits_left(row, timezone.now() + timedelta(days=2)) == (1, 9)
    for days in range(2, 11):
        at = timezone.now() - timedelta(days=days)
        TemplateEvent.objects.create(
            template=row, kind="content", source="operator", at=at, detail={"edited": "approved"}
        )
    assert acts.edits_left(row, timezone.now() + timedelta(days=2)) == (1, 0)


def test_the_category_of_an_approved_one_is_fixed_and_only_some_states_take_changes(
    approved: Template, manager: User
) -> None:
    with pytest.raises(CannotEdit, match="category of an approved template stays"):
        acts.edit(template_id=approved.pk, draft=draft(category="MARKETING"), actor=manager)
    for status in ("pending", "disabled", "in_appeal", "archived", "pending_deletion", "deleted", "locked"):
        Template.objects.update(status=status)
        with pytest.raises(CannotEdit, match="approved, rejected and paused"):
            acts.edit(template_id=approved.pk, draft=draft(), actor=manager)
    assert not approved.events.filter(kind="content").exists()


def test_a_refused_edit_keeps_the_old_words_and_the_new_ones_as_a_proposal(
    approved: Template, graph: FakeGraph, manager: User
) -> None:
    graph.fail_next("code", number=WABA, code=2388293)
    with pytest.raises(RefusedByWhatsApp, match="too many variables"):
        acts.edit(template_id=approved.pk, draft=draft(), actor=manager)
    approved.refresh_from_db()
    assert (approved.status, approved.components[0]["text"]) == ("approved", "Hello, this is order_ready in en.")
    assert approved.proposal["components"][0]["text"] == draft().body  # type: ignore[index]


def test_one_language_or_all_of_them(account: Account, graph: FakeGraph, manager: User) -> None:
    keys = [at_meta(graph, "greeting", language) for language in ("en", "it", "hi")]
    sync_account(account)
    rows = {row.language: row for row in Template.objects.all()}
    acts.delete(template_id=rows["it"].pk, actor=manager)
    assert ("template", keys[1]) not in graph.shelf.things
    assert ("template", keys[0]) in graph.shelf.things
    acts.delete(template_id=rows["en"].pk, actor=manager, all_languages=True)
    assert [key for key in graph.shelf.things if key[0] == "template"] == []
    assert set(Template.objects.values_list("status", flat=True)) == {"deleted"}
    row = Template.objects.get(language="en")
    with pytest.raises(NameRests, match="Meta blocks the name until"):
        acts.save_draft(waba_id=WABA, draft=draft(name="greeting"), actor=manager)
    Template.objects.update(name_rests_until=timezone.now() - timedelta(seconds=1))
    again = acts.save_draft(waba_id=WABA, draft=draft(name="greeting"), actor=manager)
    assert (again.pk, again.status, again.provider_id) == (row.pk, "draft", "")


def test_a_switched_off_one_stays_and_takes_no_other_language_with_it(
    account: Account, graph: FakeGraph, manager: User
) -> None:
    at_meta(graph, "greeting", "en")
    at_meta(graph, "greeting", "it", status="DISABLED")
    sync_account(account)
    with pytest.raises(CannotDelete, match="switched off"):
        acts.delete(template_id=Template.objects.get(language="en").pk, actor=manager, all_languages=True)
    assert sorted(Template.objects.values_list("language", "status")) == [("en", "approved"), ("it", "disabled")]
    assert not AuditEntry.objects.filter(action="template.deleted").exists()


def test_a_draft_is_simply_forgotten(drafted: Template, manager: User) -> None:
    assert acts.delete(template_id=drafted.pk, actor=manager) == []
    assert not Template.objects.exists()
    assert AuditEntry.objects.filter(action="template.draft_deleted").count() == 1


def test_a_pause_is_ended_once(approved: Template, graph: FakeGraph, manager: User) -> None:
    with pytest.raises(CannotUnpause):
        acts.unpause(template_id=approved.pk, actor=manager)
    change_at_meta(graph, approved.provider_id, status="PAUSED")
    Template.objects.update(status="paused", paused_until=timezone.now() + timedelta(hours=3))
    row = acts.unpause(template_id=approved.pk, actor=manager)
    assert (row.status, row.paused_until) == ("approved", None)
    assert graph.recorder.told[-1][2]["other_info"]["title"] == "UNPAUSE"


def test_history_is_appended_and_never_edited(approved: Template) -> None:
    event = approved.events.latest("id")
    with pytest.raises(DatabaseError, match="never edited"), transaction.atomic():
        TemplateEvent.objects.filter(pk=event.pk).update(after="rejected")
    assert approved.events.latest("id").after == event.after
