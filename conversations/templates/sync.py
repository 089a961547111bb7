"""The mirror compared with Meta's whole list: nightly, by a button, and after a webhook we could not place.

The list is read without any lock, then applied in one transaction. Drafts are never touched, except when Meta turns out
to have a template of that name and language: then the row is Meta's, and what was written stays as a proposal.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

import structlog
from django.db import transaction
from django.utils import timezone

from conversations.templates import mirror
from conversations.templates.accounts import Account
from conversations.templates.mirror import Teller
from conversations.templates.models import Template, TemplateEvent
from conversations.templates.remote import Remote, remote_of
from conversations.transport.providers.template_desk import Incomplete, every_template
from shopme.lib.errors import BusinessError
from tenants.audit import note
from tenants.context import current_shop
from tenants.models import User

log = structlog.get_logger(__name__)
Status = Template.Status
# A call of ours that is older than this has lost its process.
UNDER_WAY: Final = timedelta(minutes=2)
_GONE: Final = (Status.DRAFT, Status.DELETED)


class SyncFailed(BusinessError):
    """WhatsApp did not give its whole list; nothing was changed."""


@dataclass(frozen=True, slots=True)
class Synced:
    """What a comparison found: how many Meta has, and how many were new, changed or gone."""

    total: int
    new: int
    changed: int
    gone: int


def sync_account(account: Account, *, actor: User | None = None) -> Synced:
    """Make the mirror of `account` what Meta's list says; twice is once. Not to be called inside a transaction.

    Refuses: `SyncFailed`, when a page is missing: half a list would delete the other half.
    """
    started = timezone.now().replace(microsecond=0)
    try:
        remotes = [remote_of(record) for record in every_template(account.desk)]
    except Incomplete as problem:
        raise SyncFailed(problem.sentence) from problem
    teller = Teller(TemplateEvent.Source.SYNC, started, actor.pk if actor else None)
    with transaction.atomic():
        result = _apply(account.waba_id, remotes, teller)
        if actor is not None:
            note("template.synced", shop=current_shop(), actor=actor, subject=account.waba_id)
        mirror.tell_pages()
    return result


def _apply(waba_id: str, remotes: Iterable[Remote], teller: Teller) -> Synced:
    rows = list(Template.objects.select_for_update().filter(waba_id=waba_id).order_by("id"))
    by_id = {row.provider_id: row for row in rows if row.provider_id}
    by_name = {(row.name, row.language): row for row in rows}
    met: set[int] = set()
    total = new = changed = 0
    for remote in remotes:
        total += 1
        row = by_id.get(remote.provider_id) or by_name.get((remote.name, remote.language))
        if row is None:
            row = _new_row(waba_id, remote, teller)
            new += 1
        else:
            changed += _compare(row, remote, teller)
        met.add(row.pk)
    gone = sum(_miss(row, teller) for row in rows if row.pk not in met)
    Template.objects.filter(pk__in=met).update(last_synced_at=teller.at)
    return Synced(total, new, changed, gone)


def _new_row(waba_id: str, remote: Remote, teller: Teller) -> Template:
    row = Template.objects.create(
        waba_id=waba_id,
        name=remote.name,
        language=remote.language,
        status=Status.PENDING,
        status_at=teller.at,
        category=remote.category,
    )
    mirror.take_over(row, remote, teller)
    row.save()
    return row


def _compare(row: Template, remote: Remote, teller: Teller) -> bool:
    """Whether the row changed. A call that is under way right now is left alone: its own answer comes."""
    if is_under_way_now(row, teller.at):
        return False
    before = _shape(row)
    if row.status == Status.DRAFT and row.components:
        row.proposal = {"components": row.components, "category": row.category, "ttl_seconds": row.ttl_seconds}
    if (
        row.status in (*_GONE, Status.UNKNOWN, Status.SUBMITTING, Status.DELETING)
        or row.provider_id != remote.provider_id
    ):
        row.status_at = teller.at
    mirror.take_over(row, remote, teller)
    if row.proposal and row.proposal.get("components") == row.components:
        row.proposal = None
    after = _shape(row)
    if before != after:
        row.save()
    elif row.status_at == teller.at:
        Template.objects.filter(pk=row.pk).update(
            status_at=row.status_at, quality_at=row.quality_at, category_at=row.category_at
        )
    return before != after


def _shape(row: Template) -> tuple[object, ...]:
    """What a comparison may change, apart from times."""
    return (
        row.provider_id,
        row.status,
        row.reason,
        row.quality,
        row.category,
        row.next_category,
        row.components,
        row.ttl_seconds,
        row.problem,
        row.proposal,
    )


def is_under_way_now(row: Template, at: datetime) -> bool:
    """Whether a call about this row is so young that its answer must still be coming."""
    return row.status in (Status.SUBMITTING, Status.DELETING) and row.status_at > at - UNDER_WAY


def _miss(row: Template, teller: Teller) -> int:
    """A row that Meta's list does not have: gone, never arrived, or younger than the list. 1 when it is gone now."""
    is_younger = row.submitted_at is not None and row.submitted_at >= teller.at
    if row.status in _GONE or is_under_way_now(row, teller.at) or is_younger:
        return 0
    if row.is_local:
        # Submitted, and it never arrived: what was written is a draft again.
        row.status_at = teller.at
        mirror.put_status(row, Status.DRAFT, teller)
        mirror.put_problem(row, "It did not arrive at WhatsApp. Submit it again.", teller)
        row.save()
        return 0
    if not mirror.put_status(row, Status.DELETED, teller):
        return 0
    row.proposal = None
    row.save()
    return 1
