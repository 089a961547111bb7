"""The two halves of every call about a template: what is noted before it, and what is noted after. No lock in between."""

from collections.abc import Callable, Sequence

from django.db import transaction
from django.utils import timezone

from conversations.templates import mirror
from conversations.templates.accounts import Account, account_with
from conversations.templates.errors import CannotSubmit, NoSuchTemplate, RefusedByWhatsApp
from conversations.templates.mirror import Teller
from conversations.templates.models import Template, TemplateEvent
from conversations.transport.providers.base import Outcome
from conversations.transport.providers.template_desk import DeskAnswer
from tenants.audit import note
from tenants.context import current_shop
from tenants.models import User

Status = Template.Status
Accept = Callable[[Template, DeskAnswer, Teller], None]


@transaction.atomic
def begin(
    template_id: int, actor: User, status: str, check: Callable[[Template], None], action: str
) -> tuple[Template, Account]:
    """Lock the row, ask `check`, note that a call begins. Refuses: `NoSuchTemplate`, `CannotSubmit`, what `check` refuses."""
    row = found(template_id, lock=True)
    if row.is_under_way:
        raise CannotSubmit("The last call about this template is not over. Compare with WhatsApp, then try again.")
    check(row)
    account = account_with(current_shop(), row.waba_id)
    row.status_before, teller = row.status, teller_of(actor)
    row.status_at = min(row.status_at, teller.at)
    mirror.put_status(row, status, teller)
    row.submitted_by_id, row.problem = actor.pk, ""
    if status == Status.SUBMITTING:
        row.submitted_at = teller.at
    row.save()
    note(action, shop=current_shop(), actor=actor, subject=subject_of(row))
    mirror.tell_pages()
    return row, account


def end(template_ids: Sequence[int], answer: DeskAnswer, actor: User, accept: Accept) -> list[Template]:
    """Note the answer on every row it is about. Refuses: `RefusedByWhatsApp`, after the rows say so."""
    with transaction.atomic():
        rows = [_ended(template_id, answer, actor, accept) for template_id in template_ids]
        mirror.tell_pages()
    if answer.outcome is Outcome.REFUSED:
        raise RefusedByWhatsApp(answer.sentence)
    return rows


def _ended(template_id: int, answer: DeskAnswer, actor: User, accept: Accept) -> Template:
    row, teller = found(template_id, lock=True), teller_of(actor)
    row.status_at = min(row.status_at, teller.at)
    if answer.is_accepted:
        accept(row, answer, teller)
    else:
        if row.is_under_way:
            is_unknown = answer.outcome is Outcome.UNKNOWN
            mirror.put_status(row, Status.UNKNOWN if is_unknown else row.status_before or Status.DRAFT, teller)
        mirror.put_problem(row, answer.sentence, teller)
    row.save()
    return row


def found(template_id: int, *, lock: bool = False) -> Template:
    """The template with this id. Refuses: `NoSuchTemplate`."""
    rows = Template.objects.select_for_update() if lock else Template.objects.all()
    row = rows.filter(pk=template_id).first()
    if row is None:
        raise NoSuchTemplate("There is no such template.")
    return row


def teller_of(actor: User) -> Teller:
    """A person, now, in whole seconds as Meta tells time: ours must not look newer than news of the same second."""
    return Teller(TemplateEvent.Source.OPERATOR, timezone.now().replace(microsecond=0), actor.pk)


def subject_of(row: Template) -> str:
    """How the audit names a template."""
    return f"{row.name} {row.language}"
