"""Meta's own record of a template, read into our words. Pure; an odd record is no record."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from conversations.templates.models import Template
from conversations.transport.rules.template_limits import normal_language

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


def remote_of(record: Mapping[str, Any]) -> Remote | None:
    """A record of Meta's list; None when it has no id, name or language."""
    provider_id, name = str(record.get("id") or ""), str(record.get("name") or "")
    language = normal_language(str(record.get("language") or ""))
    parts = record.get("components")
    if not (provider_id and name and language) or not isinstance(parts, list):
        return None
    category = str(record.get("category") or "")
    ttl, score = record.get("message_send_ttl_seconds"), record.get("quality_score")
    correct = str(record.get("correct_category") or "")
    return Remote(
        provider_id=provider_id[:64],
        name=name[:512],
        language=language[:15],
        status=STATUSES.get(str(record.get("status") or ""), ""),
        category=category if category in Template.Category.values else Template.Category.UTILITY,
        components=[part for part in parts if isinstance(part, dict)],
        next_category=correct if correct in Template.Category.values and correct != category else "",
        quality=quality_of(score.get("score") if isinstance(score, dict) else ""),
        reason=reason_of(record.get("rejected_reason")),
        ttl_seconds=ttl if type(ttl) is int else None,
    )


def quality_of(score: object) -> str:
    """A known quality; empty for anything else."""
    return str(score) if score in Template.Quality.values else ""


def reason_of(reason: object) -> str:
    """Meta's reason; empty for `NONE` and for nothing."""
    return str(reason)[:60] if isinstance(reason, str) and reason != "NONE" else ""
