"""Changes of a template's row, each with its line of history. The row is locked by the caller and saved here."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from conversations.templates.contents import content_of
from conversations.templates.models import Template, TemplateEvent
from conversations.templates.remote import Remote
from conversations.templates.spec import spec_of
from conversations.transport.rules.template_limits import most
from tenants.live import announce

Json = dict[str, Any]
Kind = TemplateEvent.Kind
Status = Template.Status
SIGNAL: Final = "templates"
_SENT: Final = (Status.APPROVED, Status.PAUSED, Status.DISABLED)


@dataclass(frozen=True, slots=True)
class Teller:
    """Who says that something changed, and when. `key` names a webhook's event; the same one again changes nothing."""

    source: str
    at: datetime
    actor_id: int | None = None
    key: str | None = None


def has_heard(template: Template, kind: str, teller: Teller) -> bool:
    """Whether this very news is in the history already."""
    if teller.key is None:
        return False
    return TemplateEvent.objects.filter(template=template, kind=kind, event_key=teller.key).exists()


def put_status(template: Template, status: str, teller: Teller, **detail: Any) -> bool:
    """Move it to `status`, unless we know something newer; whether it was taken.

    A status that is no change is no history, but its time counts: what comes late must not undo it.
    """
    if teller.at < template.status_at:
        return False
    before = template.status
    template.status_at = teller.at
    if status == before:
        return True
    template.status = status
    if status == Status.DELETED and (before in _SENT or template.status_before in _SENT):
        template.name_rests_until = teller.at + timedelta(days=most("name_rests_days"))
    if status not in (Status.SUBMITTING, Status.DELETING, Status.UNKNOWN):
        template.status_before = ""
    if status != Status.PAUSED:
        template.paused_until = None
    _note(template, Kind.STATUS, teller, before, status, detail)
    return True


def put_quality(template: Template, quality: str, teller: Teller) -> bool:
    """Rate it, unless a newer rating is known; whether it was taken."""
    if not quality or (template.quality_at and teller.at < template.quality_at):
        return False
    before, template.quality, template.quality_at = template.quality, quality, teller.at
    if before != quality:
        _note(template, Kind.QUALITY, teller, before, quality, {})
    return True


def put_category(template: Template, category: str, next_category: str, teller: Teller) -> bool:
    """The category it has and the one Meta announced, unless something newer is known; whether it was taken."""
    if template.category_at and teller.at < template.category_at:
        return False
    before, template.category_at = (template.category, template.next_category), teller.at
    template.category, template.next_category = category, next_category
    if before != (category, next_category):
        _note(template, Kind.CATEGORY, teller, before[0], category, {"next": next_category} if next_category else {})
    return True


def put_components(template: Template, components: Sequence[Json], teller: Teller, *, edited: str = "") -> None:
    """Its content, with the spec that follows from it. `edited`: the status in which a person submitted a change."""
    is_change = bool(template.components) and template.components != list(components)
    template.components = list(components)
    derive(template)
    if is_change or edited:
        _note(template, Kind.CONTENT, teller, "", "", {"edited": edited} if edited else {})


def derive(template: Template) -> None:
    """Set what follows from the components of a row that is about to be saved."""
    template.is_named = content_of(template).is_named
    template.spec = spec_of(template.components).to_json()


def put_problem(template: Template, sentence: str, teller: Teller) -> None:
    """Why a call of ours did not succeed."""
    template.problem = sentence
    _note(template, Kind.PROBLEM, teller, "", "", {"sentence": sentence})


def take_over(template: Template, remote: Remote, teller: Teller) -> None:
    """Everything a record of Meta's says, into the row. What was asked for and is there now is no proposal any more."""
    template.provider_id = remote.provider_id
    if remote.status:
        put_status(template, remote.status, teller, **({"reason": remote.reason} if remote.reason else {}))
        if template.status == remote.status:
            template.reason = remote.reason
    put_quality(template, remote.quality, teller)
    put_category(template, remote.category, remote.next_category, teller)
    put_components(template, remote.components, teller)
    template.ttl_seconds = remote.ttl_seconds
    if template.status != Status.REJECTED:
        template.problem = ""


def tell_pages() -> None:
    """Open pages fetch the list or the template anew."""
    announce(SIGNAL)


def _note(template: Template, kind: str, teller: Teller, before: str, after: str, detail: Json) -> None:
    """One line of history. The row must have been saved once."""
    TemplateEvent.objects.create(
        template=template,
        kind=kind,
        before=before,
        after=after,
        detail=detail,
        source=teller.source,
        actor_id=teller.actor_id,
        event_key=teller.key,
        at=teller.at,
    )
