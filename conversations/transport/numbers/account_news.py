"""News about numbers, understood: facts are kept, what is wrong becomes an alert. What stops a number: `account_updates`."""

from datetime import datetime
from typing import Any, Final

from conversations.transport.health import facts
from conversations.transport.health import number_alerts as alerts
from conversations.transport.models import NumberAlert
from conversations.transport.numbers.accounts import News, on_field
from conversations.transport.numbers.news_reading import mapping, plain, text
from tenants.models import WhatsAppNumber

INFO, WARNING, DANGER = NumberAlert.Severity.INFO, NumberAlert.Severity.WARNING, NumberAlert.Severity.DANGER
HIGH_PER_SECOND: Final = 1000
# People a day by the provider's name of the limit; -1: as many as one likes.
LIMIT_OF_TIER: Final = {
    "TIER_50": 50,
    "TIER_250": 250,
    "TIER_2K": 2_000,
    "TIER_10K": 10_000,
    "TIER_100K": 100_000,
    "TIER_UNLIMITED": -1,
}


def limit_of(written: Any) -> tuple[str, int | None]:
    """A messaging limit as a name or as a number, in whichever of Meta's two shapes: its name and the people a day."""
    if isinstance(written, int) and not isinstance(written, bool):
        names = {limit: name for name, limit in LIMIT_OF_TIER.items()}
        return names.get(written, ""), written
    name = str(written or "").upper()
    if name.lstrip("-").isdigit() and len(name) <= 9:
        return limit_of(int(name))
    return name[:30], LIMIT_OF_TIER.get(name)


def _learn_limit(number: WhatsAppNumber, news: News, written: Any) -> None:
    """A new limit for people written to first; a lower one is told."""
    tier, limit = limit_of(written)
    if not tier and limit is None:
        return
    before = facts.facts_of([number.pk])[number.pk].daily_limit
    if "tier" not in facts.learn(number_id=number.pk, at=news.at, tier=tier, daily_limit=limit) or limit is None:
        return
    if before is not None and _as_height(limit) < _as_height(before):
        alerts.raise_alert(
            number=number,
            kind="limit",
            severity=WARNING,
            at=news.at,
            sentence=f"WhatsApp lowered the limit to {limit} people a day who may be written to first.",
            advice="Answers to customers are not affected. Send fewer campaigns, and only to people who asked for them.",
        )
    elif before is not None:
        alerts.resolve(number_id=number.pk, kinds="limit", at=news.at)


def _as_height(limit: int) -> float:
    return float("inf") if limit < 0 else limit


@on_field("phone_number_quality_update")
def hear_quality(news: News) -> None:
    """Onboarding, throughput, and in older shapes a flag or a changed limit."""
    event = text(news.value, "event")
    limit = news.value.get("max_daily_conversations_per_business") or news.value.get("current_limit")
    for number in news.numbers:
        _learn_limit(number, news, limit)
        if event == "THROUGHPUT_UPGRADE" and facts.learn(number_id=number.pk, at=news.at, throughput="HIGH"):
            facts.set_pace(number_id=number.pk, per_second=HIGH_PER_SECOND)
        elif event in ("FLAGGED", "DOWNGRADE"):
            if facts.learn(number_id=number.pk, at=news.at, quality="RED"):
                low_quality(number, at=news.at)
        elif event in ("UNFLAGGED", "UPGRADE") and facts.learn(number_id=number.pk, at=news.at, quality="GREEN"):
            alerts.resolve(number_id=number.pk, kinds="quality", at=news.at)


def low_quality(number: WhatsAppNumber, *, at: datetime | None = None) -> None:
    """The alert of a number many people blocked or reported."""
    alerts.raise_alert(
        number=number,
        kind="quality",
        severity=WARNING,
        at=at,
        sentence="The quality of this number is low: many people blocked or reported it.",
        advice="Stop campaigns for a week and write only to people who wrote to you. The quality recovers by itself.",
    )


@on_field("business_capability_update")
def hear_capability(news: News) -> None:
    """The limit of the whole portfolio, under its name of today or of before."""
    value = news.value
    limit = value.get("max_daily_conversations_per_business", value.get("max_daily_conversation_per_phone"))
    for number in news.numbers:
        _learn_limit(number, news, limit)


@on_field("phone_number_name_update")
def hear_name(news: News) -> None:
    """What Meta decided about the name customers see."""
    decision, wanted = text(news.value, "decision"), text(news.value, "requested_verified_name", limit=200)
    for number in news.numbers:
        if not facts.learn(number_id=number.pk, at=news.at, name_status=decision):
            continue
        if decision == "APPROVED":
            facts.learn(number_id=number.pk, at=news.at, verified_name=wanted)
            alerts.resolve(number_id=number.pk, kinds="name", at=news.at)
        elif decision == "REJECTED":
            reason = plain(text(news.value, "rejection_reason")) or "no reason given"
            alerts.raise_alert(
                number=number,
                kind="name",
                severity=WARNING,
                at=news.at,
                sentence=f"Meta refused the name “{wanted}”: {reason}.",
                advice="Choose another name in Meta's WhatsApp Manager. The old one stays until then.",
            )


@on_field("account_review_update")
def hear_review(news: News) -> None:
    """Whether Meta lets the account in."""
    decision = text(news.value, "decision")
    for number in news.numbers:
        if not facts.learn(number_id=number.pk, at=news.at, account_review=decision):
            continue
        if decision == "REJECTED":
            alerts.raise_alert(
                number=number,
                kind="review",
                severity=DANGER,
                at=news.at,
                sentence="Meta rejected the WhatsApp account of this number.",
                advice="Look at the reason in Meta's Business Support Home and ask for another review there.",
            )
        elif decision == "APPROVED":
            alerts.resolve(number_id=number.pk, kinds="review", at=news.at)


@on_field("account_alerts")
def hear_alert(news: News) -> None:
    """Meta's own notices, by their type; most are over once read."""
    info = mapping(news.value, "alert_info") or news.value
    kind, status = text(info, "alert_type") or "notice", text(info, "alert_status")
    severity = {"CRITICAL": DANGER, "WARNING": WARNING}.get(text(info, "alert_severity"), INFO)
    words = text(info, "alert_description", limit=300) or f"{plain(kind).capitalize()}."
    for number in news.numbers:
        if status in ("RESOLVED", "DISMISSED"):
            alerts.resolve(number_id=number.pk, kinds=f"meta:{kind}", at=news.at)
            continue
        alerts.raise_alert(
            number=number, kind=f"meta:{kind}", severity=severity, sentence=words, at=news.at, is_lasting=False
        )


SECURITY: Final = {
    "PIN_CHANGED": (WARNING, "The two-step PIN of this number was changed."),
    "PIN_RESET_REQUEST": (DANGER, "Somebody asked to switch off the two-step PIN of this number."),
    "PIN_REQUEST_SUCCESS": (DANGER, "The two-step PIN of this number was switched off."),
}


@on_field("security")
def hear_security(news: News) -> None:
    """The two-step PIN: whoever has it can take the number away."""
    known = SECURITY.get(text(news.value, "event"))
    severity, sentence = known or (WARNING, "Something about the security of this number was changed.")
    for number in news.numbers:
        alerts.raise_alert(
            number=number,
            kind=f"security:{text(news.value, 'event')}",
            severity=severity,
            sentence=sentence,
            at=news.at,
            advice="If that was nobody of yours, change the passwords of your Meta accounts and set a new PIN.",
            is_lasting=False,
        )


@on_field("template_correct_category_detection")
def hear_category(news: News) -> None:
    """Its shape is not known for sure: it is kept with the other news, and that is all."""
