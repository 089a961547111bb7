"""`account_update`: bans, restrictions, violations, lost and regained connections, and the price tier.

A number that was taken away stops at once, with the reason and what to do; the opposite news let it go on. News may come
in any order: each line of facts takes only what was said last.
"""

from typing import Any, Final

from django.utils import timezone

from conversations.transport.health import facts, pace
from conversations.transport.health import number_alerts as alerts
from conversations.transport.models import NumberAlert
from conversations.transport.numbers.accounts import News, on_field
from conversations.transport.numbers.news_reading import mapping, mappings, moment, plain, text
from tenants.models import WhatsAppNumber

Json = dict[str, Any]
WARNING, DANGER = NumberAlert.Severity.WARNING, NumberAlert.Severity.DANGER
OFF: Final = frozenset({"ACCOUNT_OFFBOARDED", "ACCOUNT_DELETED"})
CUT_OFF: Final = frozenset({"PARTNER_REMOVED", "PARTNER_APP_UNINSTALLED"})
LET_IN: Final = frozenset({"PARTNER_ADDED", "PARTNER_APP_INSTALLED"})
LOST, BANNED, RESTRICTED, CUT = "disconnected", "banned", "restricted", "app_removed"
WHY_LOST: Final = {
    "PRIMARY_INACTIVITY": "The WhatsApp Business app on the phone was not opened for about two weeks.",
    "COMPANION_INACTIVITY": "The connection was not used for about a month.",
    "CHANGE_NUMBER": "The number was changed in the WhatsApp Business app.",
    "USER_RE_REGISTERED": "The number was registered on another phone.",
    "BUSINESS_DOWNGRADE": "The number was moved to the private WhatsApp app.",
    "ACCOUNT_DISCONNECTED": "Somebody disconnected the number in the WhatsApp Business app.",
}
RECONNECT: Final = (
    "Connect it again in Meta's WhatsApp Manager or in the WhatsApp Business app, then run its checks here."
)
GIVEN_BACK: Final = "Give ShopMe's app access again in Meta's business settings, then run the checks of this number."
# Meta's names of what an account may not do that stop answers to customers too.
STOPS_ALL: Final = frozenset({"RESTRICTED_CUSTOMER_INITIATED_MESSAGING"})


@on_field("account_update")
def hear_update(news: News) -> None:
    """Every part of the news that is there, for each number it concerns."""
    event = text(news.value, "event")
    for number in news.numbers:
        _connection(number, news, event)
        if ban := mapping(news.value, "ban_info"):
            _ban(number, news, ban)
        if "restriction_info" in news.value:
            _restrictions(number, news)
        if kind := text(mapping(news.value, "violation_info"), "violation_type"):
            _violation(number, news, kind)
        if tier := mapping(news.value, "volume_tier_info"):
            facts.learn(number_id=number.pk, at=news.at, volume_tier=_small(tier))


def _connection(number: WhatsAppNumber, news: News, event: str) -> None:
    """Is the number still connected, and may our app still use its account?"""
    lost = mapping(news.value, "disconnection_info")
    if lost or event in OFF:
        why = WHY_LOST.get(text(lost, "reason"), "WhatsApp says that it is no longer connected to ShopMe.")
        if facts.learn(number_id=number.pk, at=news.at, status="DISCONNECTED"):
            _stop(number, news, kind=LOST, sentence=f"This number is disconnected. {why}", advice=RECONNECT)
    elif event == "ACCOUNT_RECONNECTED" and facts.learn(number_id=number.pk, at=news.at, status="CONNECTED"):
        _go_on(number, news, LOST)
    elif event in CUT_OFF and facts.learn(number_id=number.pk, at=news.at, is_subscribed=False):
        _stop(number, news, kind=CUT, sentence="ShopMe's app lost its access to this number.", advice=GIVEN_BACK)
    elif event in LET_IN and facts.learn(number_id=number.pk, at=news.at, is_subscribed=True):
        _go_on(number, news, CUT)


def _ban(number: WhatsAppNumber, news: News, ban: Json) -> None:
    state, on = text(ban, "waba_ban_state"), text(ban, "waba_ban_date")
    advice = "Look at the reason in Meta's Business Support Home and ask for a review there."
    if not facts.learn(number_id=number.pk, at=news.at, ban_state=state):
        return
    if state == "DISABLE":
        _stop(number, news, kind=BANNED, sentence="Meta has switched this WhatsApp account off.", advice=advice)
    elif state == "SCHEDULE_FOR_DISABLE":
        when = f" on {on}" if on else " soon"
        sentence = f"Meta will switch this WhatsApp account off{when}."
        alerts.raise_alert(number=number, kind=BANNED, severity=DANGER, sentence=sentence, advice=advice, at=news.at)
    elif state == "REINSTATE":
        _go_on(number, news, BANNED)


def _restrictions(number: WhatsAppNumber, news: News) -> None:
    """What the account may not do, until when; an empty list lifts everything."""
    found = list(_restrictions_in(news.value))
    if not facts.learn(number_id=number.pk, at=news.at, restrictions=found):
        return
    if not found:
        _go_on(number, news, RESTRICTED)
        return
    ends = [item["until"][:10] for item in found if item["until"]]
    until = f" until {max(ends)}" if ends else ""
    sentence = f"Meta restricts this account{until}: {', '.join(plain(item['type']) for item in found)}."
    advice = next(
        (item["remedy"] for item in found if item["remedy"]), "Look at the reason in Meta's Business Support Home."
    )
    if any(item["type"] in STOPS_ALL for item in found):
        _stop(number, news, kind=RESTRICTED, sentence=sentence, advice=advice)
    else:
        alerts.raise_alert(
            number=number, kind=RESTRICTED, severity=WARNING, sentence=sentence, advice=advice, at=news.at
        )


def _restrictions_in(value: Json) -> list[dict[str, str]]:
    found = []
    for item in mappings(value, "restriction_info"):
        until = moment(item.get("expiration"))
        ends = until.isoformat() if until else ""
        if name := text(item, "restriction_type"):
            found.append({"type": name, "until": ends, "remedy": text(item, "remediation", limit=300)})
    return found


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


def _small(value: Json) -> Json:
    """The plain words and numbers of an object."""
    return {name: item for name, item in value.items() if isinstance(item, str | int)}
