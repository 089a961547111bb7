"""News of Meta's about a number or its account as people read them; what it does is decided elsewhere."""

from collections.abc import Iterator
from typing import Any, Final

Json = dict[str, Any]
_TITLES: Final = {
    "account_update": "Account",
    "account_alerts": "Notice of Meta's",
    "account_review_update": "Review of the account",
    "business_capability_update": "Limits of the account",
    "message_template_components_update": "Template changed",
    "message_template_quality_update": "Quality of a template",
    "message_template_status_update": "Status of a template",
    "phone_number_name_update": "Name customers see",
    "phone_number_quality_update": "Quality and limits",
    "security": "Security",
    "template_category_update": "Category of a template",
}
# Where a word that says what happened may stand; the object's name, or none, and the key.
_WORDS: Final = (
    ("", "event"),
    ("", "decision"),
    ("", "message_template_name"),
    ("", "requested_verified_name"),
    ("", "new_quality_score"),
    ("", "new_category"),
    ("", "current_limit"),
    ("", "max_daily_conversations_per_business"),
    ("", "max_daily_conversation_per_phone"),
    ("alert_info", "alert_type"),
    ("ban_info", "waba_ban_state"),
    ("disconnection_info", "reason"),
    ("violation_info", "violation_type"),
)
# Names that people gave stand as they are; Meta's own become words.
_NAMES: Final = frozenset({"message_template_name", "requested_verified_name"})


def in_words(field: str, value: Json) -> tuple[str, str]:
    """What the news is about, and what it says; the second may be empty."""
    return _TITLES.get(field, _plain(field).capitalize()), " · ".join(dict.fromkeys(_said(value)))


def _said(value: Json) -> Iterator[str]:
    for place, key in _WORDS:
        room = value.get(place) if place else value
        word = room.get(key) if isinstance(room, dict) else None
        if isinstance(word, str | int) and not isinstance(word, bool) and str(word):
            yield str(word)[:120] if key in _NAMES else _plain(str(word)[:120])


def _plain(name: str) -> str:
    return name.replace("_", " ").lower()
