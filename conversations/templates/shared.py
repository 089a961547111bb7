"""The templates of the shared number: the platform's own, made from the starters and used by every shop there.

Shops have no say over them and no copy. Their words name the shop by a value, so that one template serves all. What
WhatsApp says of them is asked for in turns, and at once after news of one (`shared_news`).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import structlog
from django.conf import settings
from django.db import transaction
from django.utils import timezone

from conversations.templates.accounts import Account, account_id, line_of
from conversations.templates.drafts import components_of
from conversations.templates.models import Template
from conversations.templates.remote import STATUSES, Remote, remote_of
from conversations.templates.spec import spec_of
from conversations.templates.starters import Starter, draft_of_starter, starters
from conversations.templates.sync import SyncFailed
from conversations.transport import outbox
from conversations.transport.models import SharedTemplate
from conversations.transport.providers.base import Outcome
from conversations.transport.providers.template_desk import DeskAnswer, Incomplete, TemplateWish, every_template
from conversations.transport.rules.names import TEMPLATE_PAUSED
from tenants.audit import note
from tenants.models import User, WhatsAppNumber

Json = dict[str, Any]
# Whose name stands in the example Meta's people read.
_EXAMPLE_SHOP: Final = "Amber Bakery"
log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Made:
    """What became of the templates that were missing: how many WhatsApp took, and its sentence for each it did not."""

    taken: int
    refused: list[str]


def shared_accounts() -> list[Account]:
    """The accounts of the platform's own active numbers."""
    found: dict[str, WhatsAppNumber] = {}
    for number in WhatsAppNumber.objects.filter(shop=None, is_active=True).order_by("id"):
        found.setdefault(account_id(number), number)
    return [Account(waba_id, number.phone, line_of(number)) for waba_id, number in found.items()]


def usable(number: WhatsAppNumber, purpose: str) -> list[SharedTemplate]:
    """The approved templates of the shared number for a purpose, in every language."""
    rows = SharedTemplate.objects.filter(waba_id=account_id(number), purpose=purpose)
    return list(rows.filter(status=Template.Status.APPROVED).order_by("id"))


def sayable(number: WhatsAppNumber) -> list[SharedTemplate]:
    """What the team of any shop may say on the shared number, by name: the starters, whose words name the shop."""
    rows = SharedTemplate.objects.filter(waba_id=account_id(number), status=Template.Status.APPROVED)
    return list(rows.exclude(purpose="").order_by("name", "language"))


def compare(account: Account) -> int:
    """Make our rows what WhatsApp's list says; how many it has. Twice is once. Not to be called inside a transaction.

    A template that was refused when it was made stays with its reason until WhatsApp has it. What waited for a pause
    that is over may leave. Refuses: `SyncFailed`.
    """
    started = timezone.now()
    try:
        remotes = [remote_of(record) for record in every_template(account.desk)]
    except Incomplete as problem:
        raise SyncFailed(problem.sentence) from problem
    known = SharedTemplate.objects.filter(waba_id=account.waba_id)
    with transaction.atomic():
        paused = set(known.filter(status=Template.Status.PAUSED).values_list("pk", flat=True))
        for remote in remotes:
            _keep(account, remote)
        known.filter(synced_at__lt=started).exclude(provider_id="").delete()
        if known.filter(pk__in=paused, status=Template.Status.APPROVED).exists():
            outbox.release_of(number_ids=_numbers_of(account), error_code=TEMPLATE_PAUSED)
    return len(remotes)


def _numbers_of(account: Account) -> list[int]:
    numbers = WhatsAppNumber.objects.filter(shop=None, is_active=True)
    return [number.pk for number in numbers if account_id(number) == account.waba_id]


def make_missing(account: Account, *, actor: User | None = None) -> Made:
    """Hand WhatsApp every starter it does not have yet, in each language customers are spoken to in.

    One after another, without a transaction around the calls; a call without an answer is settled by the next
    comparison. Kept in the audit.
    """
    have = SharedTemplate.objects.filter(waba_id=account.waba_id).exclude(provider_id="")
    known = set(have.values_list("name", "language"))
    answers = [
        (starter, language, _submit(account, starter, language))
        for starter, language in _wanted()
        if (starter.name, language) not in known
    ]
    taken = sum(answer.is_accepted for _starter, _language, answer in answers)
    if answers:
        detail = {"account": account.waba_id, "asked": len(answers), "taken": taken}
        note("shared_templates.made", shop=None, actor=actor, subject=account.label, detail=detail)
    refused = [
        f"{starter.name} ({language}): {answer.sentence}"
        for starter, language, answer in answers
        if not answer.is_accepted
    ]
    return Made(taken, refused)


def look_after_all() -> int:
    """Compare every account of ours; how many could be. What fails is tried again the next time."""
    done = 0
    for account in shared_accounts():
        try:
            compare(account)
        except SyncFailed as problem:
            log.warning("shared_templates_not_compared", account=account.waba_id, problem=str(problem))
        else:
            done += 1
    return done


def _wanted() -> Sequence[tuple[Starter, str]]:
    languages = [code for code, _name in settings.LANGUAGES]
    return [(starter, code) for starter in starters() for code in languages if code in starter.bodies]


def _submit(account: Account, starter: Starter, language: str) -> DeskAnswer:
    draft = draft_of_starter(starter, language, _EXAMPLE_SHOP)
    components = components_of(draft)
    wish = TemplateWish(
        parts=components, name=draft.name, language=language, category=draft.category, is_named=draft.is_named
    )
    answer = account.desk.create(wish)
    status = STATUSES.get(str(answer.data.get("status", "")), Template.Status.PENDING)
    kept = Remote(
        provider_id=str(answer.data.get("id", ""))[:64],
        name=draft.name,
        language=language,
        status=status if answer.is_accepted else _not_taken(answer),
        category=str(answer.data.get("category") or draft.category),
        components=components,
        reason=answer.sentence,
    )
    with transaction.atomic():
        _keep(account, kept)
    return answer


def _not_taken(answer: DeskAnswer) -> str:
    return Template.Status.UNKNOWN if answer.outcome is Outcome.UNKNOWN else Template.Status.DRAFT


def _keep(account: Account, remote: Remote) -> None:
    """One row as WhatsApp tells it; a word for its status that we do not know leaves the last one."""
    values: Json = {
        "provider_id": remote.provider_id,
        "category": remote.category,
        "reason": remote.reason[:200],
        "components": remote.components,
        "spec": spec_of(remote.components).to_json(),
        "purpose": next((each.purpose for each in starters() if each.name == remote.name), ""),
        "synced_at": timezone.now(),
    }
    status = {"status": remote.status} if remote.status else {}
    SharedTemplate.objects.update_or_create(
        waba_id=account.waba_id,
        name=remote.name,
        language=remote.language,
        defaults=values | status,
        create_defaults=values | {"status": remote.status or Template.Status.PENDING},
    )
