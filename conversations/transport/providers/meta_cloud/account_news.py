"""Meta's account-level fields, read into our facts: numbers, accounts, the address book of the phone app."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any, Final

from conversations.transport.providers.account_reader import (
    AccountUpdate,
    Ban,
    BanNews,
    Concerned,
    KnownContact,
    Limit,
    NameNews,
    Notice,
    QualityNews,
    Restriction,
    SecurityNews,
    Severity,
    TemplateNews,
    plain,
)
from conversations.transport.providers.meta_cloud.reading import items, mapping, text
from conversations.transport.providers.meta_cloud.template_news import read_template
from conversations.transport.rules.names import PEOPLE_A_DAY

Json = dict[str, Any]
_LIMIT: Final = "max_daily_conversations_per_business"
_QUALITY: Final = {"FLAGGED": "RED", "UNFLAGGED": "GREEN"}
_SEVERITY: Final = {"CRITICAL": Severity.DANGER, "WARNING": Severity.WARNING}
_OFF: Final = ("ACCOUNT_OFFBOARDED", "ACCOUNT_DELETED")
_OURS: Final = {
    "PARTNER_REMOVED": False,
    "PARTNER_APP_UNINSTALLED": False,
    "PARTNER_ADDED": True,
    "PARTNER_APP_INSTALLED": True,
}
_LOST: Final = "WhatsApp says that it is no longer connected to ShopMe."
_WHY_LOST: Final = {
    "PRIMARY_INACTIVITY": "The WhatsApp Business app on the phone was not opened for about two weeks.",
    "COMPANION_INACTIVITY": "The connection was not used for about a month.",
    "CHANGE_NUMBER": "The number was changed in the WhatsApp Business app.",
    "USER_RE_REGISTERED": "The number was registered on another phone.",
    "BUSINESS_DOWNGRADE": "The number was moved to the private WhatsApp app.",
    "ACCOUNT_DISCONNECTED": "Somebody disconnected the number in the WhatsApp Business app.",
}
_BANS: Final = {"DISABLE": Ban.SWITCHED_OFF, "SCHEDULE_FOR_DISABLE": Ban.ANNOUNCED, "REINSTATE": Ban.TAKEN_BACK}
# What an account may not do that stops answers to customers too.
_STOPS_ALL: Final = ("RESTRICTED_CUSTOMER_INITIATED_MESSAGING",)
_SECURITY: Final = {
    "PIN_CHANGED": (Severity.WARNING, "The two-step PIN of this number was changed."),
    "PIN_RESET_REQUEST": (Severity.DANGER, "Somebody asked to switch off the two-step PIN of this number."),
    "PIN_REQUEST_SUCCESS": (Severity.DANGER, "The two-step PIN of this number was switched off."),
}
_OTHER_SECURITY: Final = (Severity.WARNING, "Something about the security of this number was changed.")


class MetaAccountReader:
    """Stateless."""

    def concerned(self, value: Json) -> Concerned:
        """News carry no phone number id; `PARTNER_*` stand under a portfolio and name the account inside."""
        is_number = text(value, "entity_type", limit=40) == "PHONE_NUMBER"
        return Concerned(
            waba_id=text(mapping(value.get("waba_info")), "waba_id", limit=64),
            digits="".join(sign for sign in text(value, "display_phone_number", limit=40) if "0" <= sign <= "9"),
            phone_number_id=text(value, "entity_id", limit=64) if is_number else "",
        )

    def quality(self, value: Json) -> QualityNews:
        """Onboarding, throughput, and in older shapes a flag. `UPGRADE` and `DOWNGRADE` are about the limit alone."""
        event = _word(value, "event")
        limit = self.limit(value.get(_LIMIT) or value.get("current_limit"))
        return QualityNews(_QUALITY.get(event, ""), event == "THROUGHPUT_UPGRADE", limit)

    def capability(self, value: Json) -> Limit:
        """The limit of the whole portfolio, under its name of today or of before."""
        return self.limit(value.get(_LIMIT, value.get("max_daily_conversation_per_phone")))

    def limit(self, written: object) -> Limit:
        """As a name or as a number, in whichever of Meta's two shapes."""
        if isinstance(written, int) and not isinstance(written, bool):
            names = {people: name for name, people in PEOPLE_A_DAY.items()}
            return Limit(names.get(written, ""), written)
        name = str(written or "").upper()
        if name.lstrip("-").isdecimal() and name.isascii() and len(name) <= 9:
            return self.limit(int(name))
        return Limit(name[:30], PEOPLE_A_DAY.get(name))

    def name(self, value: Json) -> NameNews:
        wanted = text(value, "requested_verified_name", limit=200)
        return NameNews(_word(value, "decision"), wanted, plain(_word(value, "rejection_reason")))

    def review(self, value: Json) -> str:
        return _word(value, "decision")

    def notice(self, value: Json) -> Notice:
        """Meta's own notices, by their type; an older shape has no object around them."""
        info = mapping(value.get("alert_info")) or value
        kind = _word(info, "alert_type") or "notice"
        words = text(info, "alert_description", limit=300) or f"{plain(kind).capitalize()}."
        severity = _SEVERITY.get(_word(info, "alert_severity"), Severity.INFO)
        return Notice(kind, severity, words)

    def security(self, value: Json) -> SecurityNews:
        event = _word(value, "event")
        return SecurityNews(event, *_SECURITY.get(event, _OTHER_SECURITY))

    def update(self, value: Json) -> AccountUpdate:
        event, lost = _word(value, "event"), mapping(value.get("disconnection_info"))
        is_lost = bool(lost) or event in _OFF
        return AccountUpdate(
            lost=_WHY_LOST.get(_word(lost, "reason"), _LOST) if is_lost else "",
            is_connected=False if is_lost else True if event == "ACCOUNT_RECONNECTED" else None,
            is_ours=None if is_lost else _OURS.get(event),
            ban=_ban(mapping(value.get("ban_info"))),
            restrictions=tuple(_restrictions(value)) if "restriction_info" in value else None,
            violation=_word(mapping(value.get("violation_info")), "violation_type"),
            volume_tier=_small(mapping(value.get("volume_tier_info"))),
        )

    def template(self, value: Json) -> TemplateNews:
        return read_template(value)

    def contacts(self, value: Json) -> Iterator[KnownContact]:
        """Those who were added or changed; whoever was removed has no name to learn."""
        for entry in map(mapping, items(value.get("state_sync"))):
            contact = mapping(entry.get("contact"))
            if contact and entry.get("action") != "remove":
                name = text(contact, "full_name", limit=200) or text(contact, "first_name", limit=200)
                yield KnownContact(text(contact, "phone_number", limit=32).removeprefix("+"), name)


def _word(value: Json, key: str) -> str:
    """One of Meta's words; a number is none."""
    return text(value, key, limit=80) if isinstance(value.get(key), str) else ""


def _ban(given: Json) -> BanNews | None:
    word = _word(given, "waba_ban_state")
    return BanNews(_BANS.get(word, Ban.OTHER), word, _word(given, "waba_ban_date")) if word else None


def _restrictions(value: Json) -> Iterator[Restriction]:
    for item in map(mapping, items(value.get("restriction_info"))):
        if kind := _word(item, "restriction_type"):
            remedy = text(item, "remediation", limit=300)
            yield Restriction(kind, _moment(item.get("expiration")), remedy, stops_all=kind in _STOPS_ALL)


def _moment(written: Any) -> str:
    """Unix seconds, as a number or a string; empty for anything else. It may lie far ahead."""
    words = str(written or "")
    is_time = words.isascii() and words.isdigit() and len(words) <= 11
    return datetime.fromtimestamp(int(words), UTC).isoformat() if is_time else ""


def _small(value: Json) -> dict[str, str | int] | None:
    """The plain words and numbers of an object."""
    return {name: item for name, item in value.items() if isinstance(item, str | int)} or None
