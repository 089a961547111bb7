"""Once a day every number is asked for: is its token alive and till when, is it connected, do its webhooks still come?

What is wrong is told once, what is right again ends that. A provider that is away proves nothing. Calls hold no lock.
"""

from datetime import timedelta
from typing import Final

import structlog
from django.db.models import QuerySet
from django.utils import timezone

from conversations.transport.health import advice, facts
from conversations.transport.health import number_alerts as alerts
from conversations.transport.models import NumberAlert, NumberNews, NumberSetup
from conversations.transport.numbers import account_news, account_updates, number_checks
from conversations.transport.numbers.number_keys import desk_of
from conversations.transport.providers.number_desk import NumberDesk
from conversations.transport.providers.registry import account_reader
from tenants.models import Shop, WhatsAppNumber
from tenants.queries import numbers_of_shop, shared_numbers

log = structlog.get_logger(__name__)
ENDS_SOON: Final = timedelta(days=7)
KEEP_NEWS: Final = timedelta(days=90)
WARNING, DANGER = NumberAlert.Severity.WARNING, NumberAlert.Severity.DANGER


def look_at_numbers(shop: Shop) -> int:
    """Look at every number of the shop that is switched on; how many. One that fails leaves the others alone."""
    return _look_at(numbers_of_shop(shop))


def look_at_shared_numbers() -> int:
    """The same for the platform's own numbers; what is wrong is told to the platform."""
    return _look_at(shared_numbers())


def _look_at(known: QuerySet[WhatsAppNumber]) -> int:
    numbers = list(known.filter(is_active=True))
    for number in numbers:
        desk = desk_of(number)
        _token(number, desk)
        _fields(number, desk)
        _subscription(number, desk)
        _account(number, desk)
        facts.note_checked(number_id=number.pk, at=timezone.now())
    return len(numbers)


def forget_old_news() -> int:
    """News is kept for a while only, and restrictions end by their own date."""
    account_updates.forget_ended_restrictions()
    return NumberNews.objects.filter(at__lt=timezone.now() - KEEP_NEWS).delete()[0]


def _token(number: WhatsAppNumber, desk: NumberDesk) -> None:
    now, token = timezone.now(), desk.token()
    if not token.is_known:
        return
    problem = "" if token.is_valid else token.sentence or "The token is not valid any more."
    facts.learn(
        number_id=number.pk,
        at=now,
        token_expires_at=token.expires_at,
        token_scopes=list(token.scopes),
        token_problem=problem,
    )
    if problem and alerts.is_open(number_id=number.pk, kinds=(alerts.SIGN_IN,), severity=DANGER):
        return
    if problem:
        alerts.raise_alert(
            number=number,
            kind=alerts.SIGN_IN,
            severity=DANGER,
            sentence=f"WhatsApp refuses the token of this number: {problem}",
            advice=advice.NEW_TOKEN.about(number),
        )
        return
    alerts.resolve(number_id=number.pk, kinds=alerts.SIGN_IN, at=now)
    if token.expires_at is None or token.expires_at - now > ENDS_SOON:
        alerts.resolve(number_id=number.pk, kinds=alerts.SIGN_IN_ENDS, at=now)
        return
    alerts.raise_alert(
        number=number,
        kind=alerts.SIGN_IN_ENDS,
        severity=WARNING,
        sentence=f"The token of this number ends on {token.expires_at:%d %B}.",
        advice=advice.LASTING_TOKEN.about(number),
    )


def _fields(number: WhatsAppNumber, desk: NumberDesk) -> None:
    told = desk.number()
    now = timezone.now()
    if not told.is_fine:
        if told.is_refused:
            _wrong(number, "gone", f"WhatsApp does not answer for this number: {told.sentence}")
        else:
            log.info("number_not_looked_at", number_id=number.pk)
        return
    alerts.resolve(number_id=number.pk, kinds="gone", at=now)
    known = {name: value for name, value in told.data.items() if name != "phone"}
    if "tier" in known:
        limit = account_reader().limit(known["tier"])
        known["tier"], known["daily_limit"] = limit.name, limit.people
    facts.learn(number_id=number.pk, at=now, **known)
    if known.get("quality") == "RED":
        account_news.low_quality(number, at=now)
    elif "quality" in known:
        alerts.resolve(number_id=number.pk, kinds="quality", at=now)
    if known.get("status", "CONNECTED") != "CONNECTED":
        _wrong(number, "status", f"WhatsApp says that this number is {known['status'].lower()}.")
    else:
        alerts.resolve(number_id=number.pk, kinds="status", at=now)


def _subscription(number: WhatsAppNumber, desk: NumberDesk) -> None:
    """Read only: a subscription somebody took away, or led elsewhere, is told, not put back behind their back.

    Only the list itself shows that; a call that was refused with a code says nothing of it.
    """
    app_id = NumberSetup.objects.filter(number_id=number.pk).values_list("app_id", flat=True).first() or ""
    told = number_checks.where_it_leads(desk, desk.subscribed(app_id=app_id))
    number_checks.heed_subscription(number, told)
    if told.is_fine and (host := told.data["elsewhere"]):
        _wrong(number, "subscription", f"WhatsApp sends the messages of this number to another address: {host}")
    elif told.is_fine:
        alerts.resolve(number_id=number.pk, kinds="subscription")
    elif told.is_refused and told.code is None:
        _wrong(number, "subscription", "WhatsApp sends us nothing for this number: our app is not subscribed.")


def _account(number: WhatsAppNumber, desk: NumberDesk) -> None:
    """Whose the account is, where it is not known for sure and the provider can say so."""
    if number.provider != WhatsAppNumber.Provider.DIALOG360 and number.waba_id:
        number_checks.heed_account(number, desk.belongs())


def _wrong(number: WhatsAppNumber, kind: str, sentence: str) -> None:
    todo = advice.CHECKS.about(number)
    alerts.raise_alert(number=number, kind=kind, severity=DANGER, sentence=sentence, advice=todo)
