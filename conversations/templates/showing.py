"""How states of a template are said: a word, a colour, an icon, and a sentence that tells what to do."""

from dataclasses import dataclass
from typing import Final

from babel.core import Locale, UnknownLocaleError

from conversations.templates.contents import Written
from conversations.templates.models import Template, TemplateEvent

Status = Template.Status
Quality = Template.Quality


@dataclass(frozen=True, slots=True)
class Shown:
    """A state as a person reads it. `tone` is one of the tag's colours; `words` is a whole sentence, or empty."""

    label: str
    tone: str = ""
    icon: str = ""
    words: str = ""


STATUSES: Final = {
    Status.DRAFT: Shown("Draft", "", "pencil", "Only your team sees it. Submit it when it reads well."),
    Status.SUBMITTING: Shown("Being submitted", "info", "loader", "WhatsApp is being asked right now."),
    Status.UNKNOWN: Shown(
        "Not known",
        "warn",
        "circle-question-mark",
        "WhatsApp gave no answer to the last call. Compare with WhatsApp: that shows what happened.",
    ),
    Status.PENDING: Shown(
        "In review",
        "info",
        "clock",
        "WhatsApp reviews it, mostly within minutes, sometimes a day. It shows here by itself.",
    ),
    Status.APPROVED: Shown(
        "Approved", "primary", "check", "It can be sent at any time, also when the window is closed."
    ),
    Status.REJECTED: Shown("Rejected", "error", "circle-x", "Change what WhatsApp did not like, then submit it again."),
    Status.PAUSED: Shown(
        "Paused",
        "warn",
        "circle-pause",
        "Customers blocked or reported it. It goes on by itself after the pause; better change its words, or send it to fewer.",
    ),
    Status.DISABLED: Shown(
        "Switched off",
        "error",
        "ban",
        "It was paused too often. Meta keeps it switched off; make a new one in other words.",
    ),
    Status.IN_APPEAL: Shown("In appeal", "info", "scale", "WhatsApp looks at its decision again."),
    Status.LIMIT_EXCEEDED: Shown(
        "Over the limit",
        "error",
        "circle-alert",
        "The account has more templates than it may. Delete some you do not use.",
    ),
    Status.LOCKED: Shown("Locked", "warn", "lock", "WhatsApp takes no change of it now."),
    Status.ARCHIVED: Shown("Archived", "", "archive", "WhatsApp put it away because nobody used it for long."),
    Status.DELETING: Shown("Being deleted", "info", "loader", "WhatsApp is being asked right now."),
    Status.PENDING_DELETION: Shown("To be deleted", "", "trash-2", "WhatsApp deletes it within some days."),
    Status.DELETED: Shown("Deleted", "", "trash-2", "It is kept here with its history only."),
}
QUALITIES: Final = {
    Quality.UNKNOWN: Shown("Not rated yet", "", "circle-dashed"),
    Quality.GREEN: Shown("Good quality", "primary", "thumbs-up"),
    Quality.YELLOW: Shown(
        "Middling quality",
        "warn",
        "triangle-alert",
        "Some customers blocked or reported it. Send it only to those who expect it.",
    ),
    Quality.RED: Shown(
        "Low quality",
        "error",
        "triangle-alert",
        "Many customers blocked or reported it. WhatsApp will pause it soon: stop sending it and change its words.",
    ),
}
REASONS: Final = {
    "ABUSIVE_CONTENT": "Its words are seen as threatening or insulting.",
    "CATEGORY_NOT_AVAILABLE": "This category is not open to your account.",
    "INCORRECT_CATEGORY": "It was filed under the wrong category. Choose the other one.",
    "INVALID_FORMAT": "Something in its form is wrong: look at variables, examples and addresses.",
    "PROMOTIONAL": "It reads like an advertisement. Utility templates say only what happened.",
    "SCAM": "It looks like a fraud to WhatsApp: look at its addresses and promises.",
    "TAG_CONTENT_MISMATCH": "Its words do not fit its category or language.",
}
_KINDS: Final = {
    TemplateEvent.Kind.CONTENT: "Words changed",
    TemplateEvent.Kind.PROBLEM: "Not done",
}


def language_label(code: str) -> str:
    """`pt_BR` → `Portuguese (Brazil)`; a code nobody knows stays as it is."""
    try:
        return Locale.parse(code, sep="_").get_display_name("en") or code
    except (UnknownLocaleError, ValueError):
        return code


def status_shown(template: Template) -> Shown:
    return STATUSES[Status(template.status)]


def quality_shown(template: Written) -> Shown:
    """What customers think of it; of the platform's templates WhatsApp tells shops nothing."""
    return QUALITIES[Quality(template.quality) if isinstance(template, Template) else Quality.UNKNOWN]


def reason_words(reason: str) -> str:
    """What Meta's reason means; a reason nobody knows yet is shown as it came."""
    return REASONS.get(reason, f"WhatsApp's reason: {reason.replace('_', ' ').lower()}." if reason else "")


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a template's history."""

    event: TemplateEvent
    label: str
    who: str
    words: str


def line_of(event: TemplateEvent, who: str) -> Line:
    """A line of history; `who` is the name of a person of the team, or empty."""
    said = who or event.get_source_display()
    if event.kind == TemplateEvent.Kind.STATUS:
        label = STATUSES[Status(event.after)].label if event.after in STATUSES else event.after
        return Line(event, label, said, reason_words(str(event.detail.get("reason", ""))))
    if event.kind == TemplateEvent.Kind.QUALITY:
        return Line(event, QUALITIES[Quality(event.after)].label, said, "")
    if event.kind == TemplateEvent.Kind.CATEGORY:
        return Line(event, _category(event), said, "")
    return Line(event, _KINDS[TemplateEvent.Kind(event.kind)], said, str(event.detail.get("sentence", "")))


def _category(event: TemplateEvent) -> str:
    if following := event.detail.get("next"):
        return f"Will become {str(following).lower()}"
    return f"Category: {event.after.lower()}"
