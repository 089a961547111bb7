"""WhatsApp's words about a template, in ours. Pure."""

from dataclasses import dataclass
from typing import Any, Final

from conversations.templates.models import Template
from conversations.transport.providers.template_desk import TemplateRecord

Json = dict[str, Any]
Status = Template.Status
# Meta's status or event, and ours. What is not here (FLAGGED, say) says nothing about whether it may be sent.
STATUSES: Final = {
    "APPROVED": Status.APPROVED,
    "REINSTATED": Status.APPROVED,
    "UNARCHIVED": Status.APPROVED,
    "REJECTED": Status.REJECTED,
    "PENDING": Status.PENDING,
    "PAUSED": Status.PAUSED,
    "DISABLED": Status.DISABLED,
    "IN_APPEAL": Status.IN_APPEAL,
    "LOCKED": Status.LOCKED,
    "LIMIT_EXCEEDED": Status.LIMIT_EXCEEDED,
    "PENDING_DELETION": Status.PENDING_DELETION,
    "DELETED": Status.DELETED,
    "ARCHIVED": Status.ARCHIVED,
}


@dataclass(frozen=True, slots=True)
class Remote:
    """One template at Meta. `status` is empty where Meta used a word we do not know."""

    provider_id: str
    name: str
    language: str
    status: str
    category: str
    components: list[Json]
    next_category: str = ""
    quality: str = ""
    reason: str = ""
    ttl_seconds: int | None = None


def remote_of(record: TemplateRecord) -> Remote:
    """A record of WhatsApp's list in our words; a category nobody knows counts as utility."""
    category, correct = record.category, record.correct_category
    return Remote(
        provider_id=record.provider_id,
        name=record.name,
        language=record.language,
        status=STATUSES.get(record.status, ""),
        category=category if category in Template.Category.values else Template.Category.UTILITY,
        components=record.parts,
        next_category=correct if correct in Template.Category.values and correct != category else "",
        quality=quality_of(record.quality),
        reason=reason_of(record.reason),
        ttl_seconds=record.ttl_seconds,
    )


def quality_of(score: str) -> str:
    """A known quality; empty for anything else."""
    return score if score in Template.Quality.values else ""


def reason_of(reason: str) -> str:
    """Meta's reason; empty for `NONE` and for nothing."""
    return "" if reason == "NONE" else reason[:60]
