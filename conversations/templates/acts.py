"""What people do with templates. Each act: look and note what is asked in one transaction, call WhatsApp without any lock,
note the answer in another. Whatever happens in between, the row says what is going on."""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from functools import partial
from typing import Any, Final

from django.db import transaction
from django.utils import timezone

from conversations.templates import mirror
from conversations.templates.accounts import Account, account_with
from conversations.templates.calls import begin, end, found, subject_of, teller_of
from conversations.templates.drafts import Draft, components_of
from conversations.templates.errors import (
    CannotDelete,
    CannotEdit,
    CannotSubmit,
    CannotUnpause,
    NameRests,
    NameTaken,
)
from conversations.templates.mirror import Teller
from conversations.templates.models import Template, TemplateEvent
from conversations.templates.remote import STATUSES
from conversations.templates.samples import with_sample
from conversations.transport.providers.template_desk import DeskAnswer, TemplateWish
from conversations.transport.rules.template_limits import most, table
from tenants.audit import note
from tenants.context import current_shop
from tenants.models import User

Status = Template.Status
_NOT_SUBMITTED: Final = (Status.DRAFT, Status.DELETED)


@transaction.atomic
def save_draft(
    *, waba_id: str, draft: Draft, actor: User, samples: Mapping[str, Any] | None = None, purpose: str = ""
) -> Template:
    """Keep a new template, or other words for a draft, without asking WhatsApp. Locks the row.

    Refuses: `NoAccount`, `NameTaken`, `NameRests`.
    """
    account_with(current_shop(), waba_id)
    rows = Template.objects.select_for_update()
    row = rows.filter(waba_id=waba_id, name=draft.name, language=draft.language).first()
    if row is not None and row.status not in _NOT_SUBMITTED:
        raise NameTaken("A template with this name exists in this language. Open that one, or choose another name.")
    if row is not None and row.name_rests_until and row.name_rests_until > timezone.now():
        raise NameRests(
            f"A template with this name was deleted; Meta blocks the name until {row.name_rests_until:%-d %B %Y}."
        )
    row = row or Template(waba_id=waba_id, name=draft.name, language=draft.language)
    teller = teller_of(actor)
    if row.pk and row.status == Status.DELETED:
        _begin_again(row, teller)
    row.category, row.ttl_seconds = draft.category, draft.ttl_seconds
    row.components, row.samples = components_of(draft), dict(samples or row.samples)
    row.purpose, row.problem = purpose or row.purpose, ""
    mirror.derive(row)
    row.save()
    mirror.tell_pages()
    return row


def submit(*, template_id: int, actor: User) -> Template:
    """Hand a draft to WhatsApp for review. Not to be called inside a transaction.

    Refuses: `NoSuchTemplate`, `CannotSubmit`, `NoAccount`, `RefusedByWhatsApp` (the draft stays, with the sentence).
    """
    row, account = begin(template_id, actor, Status.SUBMITTING, _may_submit, "template.submitted")
    answer = _ask(account, row, wish_of(row), account.desk.create)
    return end([row.pk], answer, actor, _submitted)[0]


def edit(*, template_id: int, draft: Draft, actor: User, samples: Mapping[str, Any] | None = None) -> Template:
    """Submit other words for a template that WhatsApp has. Not to be called inside a transaction.

    Refuses: `NoSuchTemplate`, `CannotEdit`, `NoAccount`, `RefusedByWhatsApp` (the old words stay, the new are kept).
    """
    components = components_of(draft)
    proposal = {"components": components, "category": draft.category, "ttl_seconds": draft.ttl_seconds}

    def check(row: Template) -> None:
        _may_edit(row, draft)
        row.proposal, row.samples = proposal, dict(samples or row.samples)

    row, account = begin(template_id, actor, Status.SUBMITTING, check, "template.edited")
    wish = TemplateWish(
        parts=components,
        category=draft.category if draft.category != row.category else "",
        ttl_seconds=draft.ttl_seconds,
    )
    answer = _ask(account, row, wish, partial(account.desk.edit, row.provider_id))
    return end([row.pk], answer, actor, _edited)[0]


def delete(*, template_id: int, actor: User, all_languages: bool = False) -> list[Template]:
    """Delete one language, or every language of its name; a draft is simply forgotten.

    Not to be called inside a transaction. Refuses: `NoSuchTemplate`, `CannotDelete`, `NoAccount`, `RefusedByWhatsApp`.
    """
    first = found(template_id)
    rows = Template.objects.filter(waba_id=first.waba_id, name=first.name).exclude(status=Status.DELETED)
    wanted = list(rows) if all_languages else [first]
    kept = [row for row in wanted if not _forgotten(row, actor)]
    if not kept:
        return []
    with transaction.atomic():  # all of them, or none
        begun = [begin(row.pk, actor, Status.DELETING, _may_delete, "template.deleted") for row in kept]
    row, account = begun[0]
    is_whole_name = all_languages and len(kept) > 1
    answer = account.desk.delete(name=row.name, provider_id="" if is_whole_name else row.provider_id)
    return end([row.pk for row in kept], answer, actor, _deleted)


def unpause(*, template_id: int, actor: User) -> Template:
    """End a pause for low quality. Refuses: `NoSuchTemplate`, `CannotUnpause`, `NoAccount`, `RefusedByWhatsApp`."""
    row = found(template_id)
    if row.status != Status.PAUSED:
        raise CannotUnpause("The template is not paused.")
    account = account_with(current_shop(), row.waba_id)
    with transaction.atomic():
        note("template.unpaused", shop=current_shop(), actor=actor, subject=subject_of(row))
    answer = account.desk.unpause(row.provider_id)
    return end([row.pk], answer, actor, _unpaused)[0]


def _ask(account: Account, row: Template, wish: TemplateWish, ask: Callable[[TemplateWish], DeskAnswer]) -> DeskAnswer:
    """Upload the header's sample, then ask; what stops the upload is the answer."""
    ready = with_sample(account, row.samples, wish)
    return ready if isinstance(ready, DeskAnswer) else ask(ready)


def wish_of(row: Template) -> TemplateWish:
    """What is asked of WhatsApp for a new template."""
    return TemplateWish(
        parts=row.components,
        name=row.name,
        language=row.language,
        category=row.category,
        is_named=row.is_named,
        ttl_seconds=row.ttl_seconds,
    )


def edits_left(row: Template, at: datetime) -> tuple[int, int]:
    """How often an approved template may still be edited today and in these thirty days."""
    since = at - timedelta(days=most("month_days"))
    times = list(_edits_of(row).filter(at__gt=since).values_list("at", flat=True))
    today = sum(1 for moment in times if moment > at - timedelta(days=1))
    return max(0, most("edits_per_day") - today), max(0, most("edits_per_month") - len(times))


def _edits_of(row: Template) -> Any:
    return row.events.filter(kind=TemplateEvent.Kind.CONTENT, detail__edited=Status.APPROVED.value)


def _submitted(row: Template, answer: DeskAnswer, teller: Teller) -> None:
    row.provider_id = str(answer.data["id"])[:64]
    # The webhook of the review may have been faster than this answer.
    if row.status == Status.SUBMITTING:
        status = STATUSES.get(str(answer.data.get("status", "")), Status.PENDING)
        mirror.put_status(row, status, teller)
    category = str(answer.data.get("category") or row.category)
    mirror.put_category(row, category if category in Template.Category.values else row.category, "", teller)


def _edited(row: Template, answer: DeskAnswer, teller: Teller) -> None:
    proposal = row.proposal or {}
    before = row.status_before
    if row.status == Status.SUBMITTING:
        mirror.put_status(row, Status.PENDING, teller)
    mirror.put_components(row, proposal.get("components", row.components), teller, edited=before)
    row.category, row.ttl_seconds = proposal.get("category", row.category), proposal.get("ttl_seconds")
    row.reason, row.reason_text, row.proposal = "", "", None


def _deleted(row: Template, answer: DeskAnswer, teller: Teller) -> None:
    mirror.put_status(row, Status.DELETED, teller)
    row.proposal = None


def _unpaused(row: Template, answer: DeskAnswer, teller: Teller) -> None:
    if answer.data.get("success") is not False:
        mirror.put_status(row, Status.APPROVED, teller)


def _may_submit(row: Template) -> None:
    if row.status != Status.DRAFT:
        raise CannotSubmit("WhatsApp has this template already. Change it to submit it again.")


def _may_edit(row: Template, draft: Draft) -> None:
    """Refuses: `CannotEdit`."""
    if row.status not in table()["editable"]:
        raise CannotEdit("WhatsApp takes changes only of approved, rejected and paused templates.")
    if row.status != Status.APPROVED:
        return
    if draft.category != row.category:
        raise CannotEdit("The category of an approved template stays as it is. Make a new template for the other one.")
    today, month = edits_left(row, timezone.now())
    if not today or not month:
        words = "once in 24 hours" if not today else f"{most('edits_per_month')} times in {most('month_days')} days"
        raise CannotEdit(f"An approved template may be changed {words}. Try again later.")


def _may_delete(row: Template) -> None:
    if row.status == Status.DISABLED:
        raise CannotDelete("Meta keeps a template it has switched off; it cannot be deleted.")


def _forgotten(row: Template, actor: User) -> bool:
    """Forget a draft that WhatsApp never saw; whether it was one."""
    with transaction.atomic():
        if not Template.objects.filter(pk=row.pk, provider_id="", status=Status.DRAFT).delete()[0]:
            return False
        note("template.draft_deleted", shop=current_shop(), actor=actor, subject=subject_of(row))
        mirror.tell_pages()
    return True


def _begin_again(row: Template, teller: Teller) -> None:
    """A deleted template of which a new one is made: its row and its history stay."""
    mirror.put_status(row, Status.DRAFT, teller)
    row.provider_id, row.quality, row.proposal, row.name_rests_until = "", Template.Quality.UNKNOWN, None, None
    row.reason, row.reason_text, row.quality_at, row.category_at = "", "", None, None
