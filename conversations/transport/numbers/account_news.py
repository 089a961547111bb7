"""News about numbers, understood: facts are kept, what is wrong becomes an alert. What stops a number: `account_updates`."""

from datetime import datetime
from typing import Final

from conversations.transport.health import facts, pace
from conversations.transport.health import number_alerts as alerts
from conversations.transport.models import NumberAlert
from conversations.transport.numbers.accounts import News, on_field
from conversations.transport.providers.account_reader import Limit, Severity
from conversations.transport.providers.registry import account_reader
from tenants.models import WhatsAppNumber

INFO, WARNING, DANGER = NumberAlert.Severity.INFO, NumberAlert.Severity.WARNING, NumberAlert.Severity.DANGER
_SEVERITIES: Final = {Severity.INFO: INFO, Severity.WARNING: WARNING, Severity.DANGER: DANGER}


def _learn_limit(number: WhatsAppNumber, news: News, told: Limit) -> None:
    """A new limit for people written to first; a lower one is told."""
    tier, limit = told.name, told.people
    if not told:
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
    told = account_reader().quality(news.value)
    for number in news.numbers:
        _learn_limit(number, news, told.limit)
        if told.is_fast and facts.learn(number_id=number.pk, at=news.at, throughput="HIGH"):
            facts.set_pace(number_id=number.pk, per_second=pace.UPGRADED_PER_SECOND)
        elif told.quality and facts.learn(number_id=number.pk, at=news.at, quality=told.quality):
            if told.quality == "RED":
                low_quality(number, at=news.at)
            else:
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
    limit = account_reader().capability(news.value)
    for number in news.numbers:
        _learn_limit(number, news, limit)


@on_field("phone_number_name_update")
def hear_name(news: News) -> None:
    """What Meta decided about the name customers see."""
    told = account_reader().name(news.value)
    decision, wanted = told.decision, told.name
    for number in news.numbers:
        if not facts.learn(number_id=number.pk, at=news.at, name_status=decision):
            continue
        if decision == "APPROVED":
            facts.learn(number_id=number.pk, at=news.at, verified_name=wanted)
            alerts.resolve(number_id=number.pk, kinds="name", at=news.at)
        elif decision == "REJECTED":
            reason = told.reason or "no reason given"
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
    decision = account_reader().review(news.value)
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
    """Meta's own notices, by their type; they are over once read."""
    told = account_reader().notice(news.value)
    for number in news.numbers:
        alerts.raise_alert(
            number=number,
            kind=f"meta:{told.kind}",
            severity=_SEVERITIES[told.severity],
            sentence=told.words,
            at=news.at,
            is_lasting=False,
        )


@on_field("security")
def hear_security(news: News) -> None:
    """The two-step PIN: whoever has it can take the number away."""
    told = account_reader().security(news.value)
    for number in news.numbers:
        alerts.raise_alert(
            number=number,
            kind=f"security:{told.kind}",
            severity=_SEVERITIES[told.severity],
            sentence=told.sentence,
            at=news.at,
            advice="If that was nobody of yours, change the passwords of your Meta accounts and set a new PIN.",
            is_lasting=False,
        )


@on_field("template_correct_category_detection")
def hear_category(news: News) -> None:
    """Its shape is not known for sure: it is kept with the other news, and that is all."""
