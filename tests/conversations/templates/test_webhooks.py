"""What Meta tells of templates by itself."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from conversations import tasks
from conversations.templates.accounts import Account
from conversations.templates.models import Template
from conversations.templates.sync import sync_account
from tests.conversations.templates.making import at_meta, status_news, tell
from tests.fakes.graph import FakeGraph

pytestmark = pytest.mark.django_db
STATUS = "message_template_status_update"


@pytest.fixture
def row(account: Account, graph: FakeGraph) -> Template:
    at_meta(graph, "order_paid", "en_US")
    sync_account(account)
    return Template.objects.get()


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch, django_capture_on_commit_callbacks: Any) -> list[dict[str, Any]]:
    """Comparisons that were asked for."""
    calls: list[dict[str, Any]] = []
    monkeypatch.setattr(tasks.sync_templates_of_account, "apply_async", lambda **how: calls.append(how["kwargs"]))
    return calls


@pytest.mark.parametrize(
    ("event", "status"),
    [
        ("REJECTED", "rejected"),
        ("PENDING", "pending"),
        ("PAUSED", "paused"),
        ("DISABLED", "disabled"),
        ("IN_APPEAL", "in_appeal"),
        ("LOCKED", "locked"),
        ("LIMIT_EXCEEDED", "limit_exceeded"),
        ("PENDING_DELETION", "pending_deletion"),
        ("DELETED", "deleted"),
        ("ARCHIVED", "archived"),
        ("REINSTATED", "approved"),
        ("UNARCHIVED", "approved"),
        ("APPROVED", "approved"),
        ("FLAGGED", "approved"),
        ("SOMETHING_NEW", "approved"),
    ],
)
def test_each_event_has_its_status(account: Account, row: Template, event: str, status: str) -> None:
    tell(account, STATUS, status_news(row, event))
    row.refresh_from_db()
    assert row.status == status


def test_a_rejection_says_why(account: Account, row: Template) -> None:
    why = {"reason": "It promises money.", "recommendation": "Leave the promise out."}
    tell(account, STATUS, status_news(row, "REJECTED", reason="PROMOTIONAL", rejection_info=why))
    row.refresh_from_db()
    assert (row.reason, row.reason_text) == ("PROMOTIONAL", "It promises money. Leave the promise out.")


def test_the_language_may_be_written_either_way_and_the_id_comes_first(account: Account, row: Template) -> None:
    assert row.language == "en_US"
    Template.objects.update(provider_id="")
    tell(account, STATUS, status_news(row, "PAUSED", message_template_language="en-US", message_template_id=77))
    row.refresh_from_db()
    assert (row.status, row.provider_id) == ("paused", "77")
    tell(account, STATUS, status_news(row, "APPROVED", message_template_name="another", message_template_id=77))
    row.refresh_from_db()
    assert row.status == "approved"


@pytest.mark.parametrize(("title", "hours"), [("FIRST_PAUSE", 3), ("SECOND_PAUSE", 6), ("RATE_LIMITING_PAUSE", 0)])
def test_a_pause_says_until_when(account: Account, row: Template, title: str, hours: int) -> None:
    at = datetime.now(UTC) + timedelta(seconds=5)
    tell(account, STATUS, status_news(row, "PAUSED", other_info={"title": title, "description": "Low."}), at=at)
    row.refresh_from_db()
    assert row.paused_until == (at + timedelta(hours=hours) if hours else None)
    tell(account, STATUS, status_news(row, "APPROVED", other_info={"title": "UNPAUSE"}), at=at + timedelta(minutes=1))
    row.refresh_from_db()
    assert (row.status, row.paused_until) == ("approved", None)


def test_late_news_undoes_nothing_and_starts_a_comparison(
    account: Account, row: Template, asked: list[Any], django_capture_on_commit_callbacks: Any
) -> None:
    now = datetime.now(UTC) + timedelta(seconds=10)
    tell(account, STATUS, status_news(row, "DISABLED"), at=now)
    with django_capture_on_commit_callbacks(execute=True):
        tell(account, STATUS, status_news(row, "APPROVED"), at=now - timedelta(seconds=5))
    row.refresh_from_db()
    assert row.status == "disabled"
    assert asked == [{"shop_id": asked[0]["shop_id"], "waba_id": row.waba_id}]


def test_the_same_event_again_adds_nothing(account: Account, row: Template) -> None:
    at = datetime.now(UTC) + timedelta(seconds=5)
    for _ in range(2):
        tell(account, STATUS, status_news(row, "PAUSED"), at=at, event_id=900)
        tell(
            account,
            "message_template_quality_update",
            {**status_news(row, ""), "new_quality_score": "RED"},
            at=at,
            event_id=901,
        )
    assert row.events.filter(kind="status", after="paused").count() == 1
    assert row.events.filter(kind="quality", after="RED").count() == 1


def test_quality_and_category_are_kept_with_their_history(account: Account, row: Template) -> None:
    about = status_news(row, "")
    tell(account, "message_template_quality_update", {**about, "new_quality_score": "YELLOW"})
    tell(account, "template_category_update", {**about, "correct_category": "MARKETING", "new_category": "UTILITY"})
    row.refresh_from_db()
    assert (row.quality, row.category, row.next_category) == ("YELLOW", "UTILITY", "MARKETING")
    tell(account, "template_category_update", {**about, "previous_category": "UTILITY", "new_category": "MARKETING"})
    row.refresh_from_db()
    assert (row.category, row.next_category) == ("MARKETING", "")
    assert list(row.events.filter(kind="category", source="webhook").order_by("id").values_list("before", "after")) == [
        ("UTILITY", "UTILITY"),
        ("UTILITY", "MARKETING"),
    ]


def test_new_words_are_shown_at_once_and_the_rest_is_asked_for(
    account: Account, row: Template, asked: list[Any], django_capture_on_commit_callbacks: Any
) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        tell(
            account,
            "message_template_components_update",
            {**status_news(row, ""), "message_template_element": "Hello {{1}}, new words."},
        )
    row.refresh_from_db()
    assert row.components == [{"type": "BODY", "text": "Hello {{1}}, new words."}]
    assert row.spec["slots"][0]["key"] == "body.1"
    assert len(asked) == 1


def test_a_template_we_do_not_have_is_looked_for(
    account: Account, row: Template, asked: list[Any], django_capture_on_commit_callbacks: Any
) -> None:
    stranger = Template(provider_id="123", name="stranger", language="it")
    with django_capture_on_commit_callbacks(execute=True):
        tell(account, STATUS, status_news(stranger, "APPROVED"))
    assert len(asked) == 1
    assert Template.objects.count() == 1
