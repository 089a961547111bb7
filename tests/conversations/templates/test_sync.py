"""The mirror compared with Meta's list."""

from datetime import timedelta

import pytest
from django.utils import timezone

from conversations.templates import acts
from conversations.templates.accounts import Account
from conversations.templates.models import Template, TemplateEvent
from conversations.templates.sync import SyncFailed, sync_account
from tenants.models import User
from tests.conversations.templates.making import WABA, at_meta, change_at_meta, draft
from tests.fakes.graph import FakeGraph

pytestmark = pytest.mark.django_db


def test_all_of_260_templates_come_over_three_pages_and_again_change_nothing(
    account: Account, graph: FakeGraph
) -> None:
    for place in range(260):
        at_meta(graph, f"template_{place:03d}", ("en", "it")[place % 2])
    first = sync_account(account)
    assert (first.total, first.new, first.changed, first.gone) == (260, 260, 0, 0)
    assert Template.objects.count() == 260
    events = TemplateEvent.objects.count()
    again = sync_account(account)
    assert (again.total, again.new, again.changed, again.gone) == (260, 0, 0, 0)
    assert Template.objects.count() == 260
    assert TemplateEvent.objects.count() == events
    assert not Template.objects.filter(last_synced_at=None).exists()


def test_what_meta_no_longer_has_is_marked_and_its_name_rests(account: Account, graph: FakeGraph) -> None:
    key, other = at_meta(graph, "old"), at_meta(graph, "stays")
    sync_account(account)
    del graph.shelf.things["template", key]
    assert sync_account(account).gone == 1
    gone = Template.objects.get(provider_id=key)
    assert (gone.status, Template.objects.get(provider_id=other).status) == ("deleted", "approved")
    assert gone.name_rests_until is not None
    assert gone.name_rests_until > timezone.now() + timedelta(days=29)
    assert sync_account(account).gone == 0


def test_a_draft_is_never_touched(account: Account, graph: FakeGraph, manager: User) -> None:
    row = acts.save_draft(waba_id=WABA, draft=draft(), actor=manager)
    at_meta(graph, "something_else")
    sync_account(account)
    row.refresh_from_db()
    assert (row.status, row.provider_id, row.components[0]["text"]) == ("draft", "", draft().body)


def test_a_draft_whose_name_meta_turns_out_to_have_keeps_its_words_as_a_proposal(
    account: Account, graph: FakeGraph, manager: User
) -> None:
    row = acts.save_draft(waba_id=WABA, draft=draft(), actor=manager)
    key = at_meta(graph, "order_ready", "en")
    sync_account(account)
    row.refresh_from_db()
    assert (row.provider_id, row.status) == (key, "approved")
    assert row.components[0]["text"] == "Hello, this is order_ready in en."
    assert row.proposal["components"][0]["text"] == draft().body  # type: ignore[index]


def test_a_broken_listing_changes_nothing(account: Account, graph: FakeGraph) -> None:
    for place in range(120):
        at_meta(graph, f"template_{place:03d}")
    sync_account(account)
    for key in list(graph.shelf.things):
        graph.shelf.things.pop(key)
    graph.recorder.admitted = {"error": {"code": 190, "message": "Session has expired"}}
    with pytest.raises(SyncFailed, match="token has expired"):
        sync_account(account)
    assert set(Template.objects.values_list("status", flat=True)) == {"approved"}


def test_a_changed_status_quality_and_text_are_taken_over_with_history(account: Account, graph: FakeGraph) -> None:
    key = at_meta(graph)
    sync_account(account)
    components = [{"type": "BODY", "text": "Hello {{1}}, all is new now.", "example": {"body_text": [["Ada"]]}}]
    change_at_meta(graph, key, status="PAUSED", quality_score={"score": "RED"}, components=components)
    assert sync_account(account).changed == 1
    row = Template.objects.get()
    assert (row.status, row.quality, row.spec["slots"][0]["key"]) == ("paused", "RED", "body.1")
    history = list(row.events.order_by("id").values_list("kind", "before", "after", "source"))
    assert history == [
        ("status", "pending", "approved", "sync"),
        ("quality", "UNKNOWN", "GREEN", "sync"),
        ("status", "approved", "paused", "sync"),
        ("quality", "GREEN", "RED", "sync"),
        ("content", "", "", "sync"),
    ]


@pytest.mark.parametrize("arrived", [True, False])
def test_a_submission_nobody_answered_is_settled_by_the_next_comparison(
    account: Account, graph: FakeGraph, manager: User, *, arrived: bool
) -> None:
    row = acts.save_draft(waba_id=WABA, draft=draft(), actor=manager)
    graph.recorder.review_seconds = 60
    graph.fail_next("accept_then_hang" if arrived else "reset", number=WABA, seconds=0.1)
    answer = acts.submit(template_id=row.pk, actor=manager)
    assert answer.status == "unknown"
    assert answer.problem == "WhatsApp did not answer. Whether it took the wish will be seen at the next comparison."
    Template.objects.update(submitted_at=timezone.now() - timedelta(minutes=5))
    sync_account(account)
    row.refresh_from_db()
    if arrived:
        assert (row.status, bool(row.provider_id), row.problem) == ("pending", True, "")
    else:
        assert (row.status, row.provider_id) == ("draft", "")
        assert row.problem == "It did not arrive at WhatsApp. Submit it again."


def test_a_call_that_lost_its_process_is_settled_too(account: Account, graph: FakeGraph, manager: User) -> None:
    row = acts.save_draft(waba_id=WABA, draft=draft(), actor=manager)
    old = timezone.now() - timedelta(minutes=3)
    Template.objects.filter(pk=row.pk).update(status="submitting", status_at=old, submitted_at=old)
    sync_account(account)
    row.refresh_from_db()
    assert row.status == "draft"
    young = timezone.now()
    Template.objects.filter(pk=row.pk).update(status="submitting", status_at=young, submitted_at=young)
    sync_account(account)
    row.refresh_from_db()
    assert row.status == "submitting"


def test_one_account_is_not_the_other(account: Account, graph: FakeGraph, shop: object) -> None:
    stranger = Template.objects.create(waba_id="another", provider_id="9", name="x", language="en", status="approved")
    sync_account(account)
    stranger.refresh_from_db()
    assert stranger.status == "approved"
