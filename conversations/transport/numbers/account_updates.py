"""`account_update`: bans, restrictions, violations, lost and regained connections, and the price tier.

A number that was taken away stops at once, with the reason and what to do; the opposite news let it go on. News may come
in any order: each line of facts takes only what was said last.
"""

from collections.abc import Sequence

from django.utils import timezone

from conversations.transport.health import facts, pace
from conversations.transport.health import number_alerts as alerts
from conversations.transport.health.advice import GIVE_BACK, RECONNECT
from conversations.transport.models import NumberAlert
from conversations.transport.numbers.accounts import News, on_field
from conversations.transport.providers.account_reader import AccountUpdate, Ban, BanNews, Restriction, plain
from conversations.transport.providers.registry import account_reader
from tenants.models import WhatsAppNumber

WARNING, DANGER = NumberAlert.Severity.WARNING, NumberAlert.Severity.DANGER
LOST, BANNED, RESTRICTED, CUT = "disconnected", "banned", "restricted", "app_removed"


@on_field("account_update")
def hear_update(news: News) -> None:
    """Every part of the news that is there, for each number it concerns."""
    told = account_reader().update(news.value)
    for number in news.numbers:
        _connection(number, news, told)
        if told.ban:
            _ban(number, news, told.ban)
        if told.restrictions is not None:
            _restrictions(number, news, told.restrictions)
        if told.violation:
            _violation(number, news, told.violation)
        if told.volume_tier:
            facts.learn(number_id=number.pk, at=news.at, volume_tier=dict(told.volume_tier))


def _connection(number: WhatsAppNumber, news: News, told: AccountUpdate) -> None:
    """Is the number still connected, and may our app still use its account?"""
    if told.is_connected is False:
        if facts.learn(number_id=number.pk, at=news.at, status="DISCONNECTED"):
            todo = RECONNECT.about(number)
            _stop(number, news, kind=LOST, sentence=f"This number is disconnected. {told.lost}", advice=todo)
    elif told.is_connected and facts.learn(number_id=number.pk, at=news.at, status="CONNECTED"):
        _go_on(number, news, LOST)
    elif told.is_ours is False and facts.learn(number_id=number.pk, at=news.at, is_subscribed=False):
        todo = GIVE_BACK.about(number)
        _stop(number, news, kind=CUT, sentence="ShopMe's app lost its access to this number.", advice=todo)
    elif told.is_ours and facts.learn(number_id=number.pk, at=news.at, is_subscribed=True):
        _go_on(number, news, CUT)


def _ban(number: WhatsAppNumber, news: News, told: BanNews) -> None:
    advice = "Look at the reason in Meta's Business Support Home and ask for a review there."
    if not facts.learn(number_id=number.pk, at=news.at, ban_state=told.word):
        return
    if told.state is Ban.SWITCHED_OFF:
        _stop(number, news, kind=BANNED, sentence="Meta has switched this WhatsApp account off.", advice=advice)
    elif told.state is Ban.ANNOUNCED:
        when = f" on {told.day}" if told.day else " soon"
        sentence = f"Meta will switch this WhatsApp account off{when}."
        alerts.raise_alert(number=number, kind=BANNED, severity=DANGER, sentence=sentence, advice=advice, at=news.at)
    elif told.state is Ban.TAKEN_BACK:
        _go_on(number, news, BANNED)


def _restrictions(number: WhatsAppNumber, news: News, told: Sequence[Restriction]) -> None:
    """What the account may not do, until when; an empty list lifts everything."""
    found = [{"type": one.kind, "until": one.until, "remedy": one.remedy} for one in told]
    if not facts.learn(number_id=number.pk, at=news.at, restrictions=found):
        return
    if not told:
        _go_on(number, news, RESTRICTED)
        return
    ends = [one.until[:10] for one in told if one.until]
    until = f" until {max(ends)}" if ends else ""
    sentence = f"Meta restricts this account{until}: {', '.join(plain(one.kind) for one in told)}."
    advice = next((one.remedy for one in told if one.remedy), "Look at the reason in Meta's Business Support Home.")
    if any(one.stops_all for one in told):
        _stop(number, news, kind=RESTRICTED, sentence=sentence, advice=advice)
    else:
        alerts.raise_alert(
            number=number, kind=RESTRICTED, severity=WARNING, sentence=sentence, advice=advice, at=news.at
        )


def _violation(number: WhatsAppNumber, news: News, kind: str) -> None:
    alerts.raise_alert(
        number=number,
        kind=f"violation:{kind}",
        severity=WARNING,
        sentence=f"Meta found a violation of its rules: {plain(kind)}.",
        advice="Read the notice in Meta's Business Support Home; more of them lead to restrictions.",
        at=news.at,
        is_lasting=False,
    )


def _stop(number: WhatsAppNumber, news: News, *, kind: str, sentence: str, advice: str) -> None:
    """Nothing goes out from this number until the opposite is heard or somebody acts."""
    pace.stop(number_id=number.pk, reason=sentence)
    alerts.raise_alert(number=number, kind=kind, severity=DANGER, sentence=sentence, advice=advice, at=news.at)


def _go_on(number: WhatsAppNumber, news: News, kind: str) -> None:
    """What stopped the number is over: it sends at once, unless something else holds it."""
    alerts.resolve(number_id=number.pk, kinds=kind, at=news.at)
    if not alerts.is_open(number_id=number.pk, kinds=(LOST, BANNED, RESTRICTED, CUT), severity=DANGER):
        pace.close_breaker(number_id=number.pk)


def forget_ended_restrictions() -> int:
    """Lift what has ended by its own date; how many numbers. Meta sends no news about that."""
    ended = 0
    for known in facts.restricted():
        left = [item for item in known.restrictions if not item["until"] or item["until"] > timezone.now().isoformat()]
        if len(left) < len(known.restrictions):
            facts.learn(number_id=known.number_id, at=timezone.now(), restrictions=left)
            if not left:
                alerts.resolve(number_id=known.number_id, kinds=RESTRICTED)
            ended += 1
    return ended
