"""What is wrong, or worth knowing: a sentence, what to do, when it was read and when it was over.

An alert of a shop's number calls the shop's Managers. One of the shared number, or of no number, calls the people of the
platform, who have no shop; in this module they are `None` where a shop may stand.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

import structlog
from django.db import transaction
from django.db.models import Count, Q, QuerySet
from django.utils import timezone

from conversations.transport.models import NumberAlert
from shopme.lib.errors import BusinessError
from tenants.audit import note
from tenants.live import announce
from tenants.models import Shop, User, WhatsAppNumber

Severity = NumberAlert.Severity
# Kinds that more than one room names. The number's token is refused; it sends nothing for another reason.
SIGN_IN: Final = "token"
SIGN_IN_ENDS: Final = "token_ends"
SENDING_STOPPED: Final = "sending_stopped"
ODD_ANSWER: Final = "odd_answer"
QUARANTINED: Final = "quarantined"
PLATFORM_KEY: Final = "platform"
# What may come with every message is told once in so long, read or not.
A_DAY: Final = timedelta(days=1)
MOST_SHOWN: Final = 50
_RANK: Final = {Severity.DANGER: 0, Severity.WARNING: 1, Severity.INFO: 2}
log = structlog.get_logger(__name__)


class NoSuchAlert(BusinessError):
    """This alert is not theirs, or it is over."""


@dataclass(frozen=True, slots=True)
class _About:
    """Whom an alert calls, and what it is about."""

    shop_id: int | None
    number_id: int | None
    key: str


def key_of(number_id: int) -> str:
    """What alerts of one number have in common."""
    return f"number:{number_id}"


def _about(number: WhatsAppNumber) -> _About:
    return _About(number.shop_id, number.pk, key_of(number.pk))


def raise_alert(  # noqa: PLR0913  (one act, one contract)
    *,
    number: WhatsAppNumber,
    kind: str,
    severity: str,
    sentence: str,
    advice: str = "",
    at: datetime | None = None,
    is_lasting: bool = True,
) -> bool:
    """Open an alert, or bring an open one of this kind up to date. True when it is new or says something new.

    `kind` names what is wrong, e.g. `disconnected`; a number has one open alert of a kind. A changed sentence must be
    read again. It calls the number's shop, or the platform for the shared number.
    """
    if number.removed_at is not None:
        return False  # nobody is told about it again
    words = {"severity": severity, "sentence": sentence[:300], "advice": advice[:400], "is_lasting": is_lasting}
    return _open(_about(number), kind=kind[:80], at=at, words=words)


def tell_daily(*, number: WhatsAppNumber, kind: str, sentence: str) -> bool:
    """What WhatsApp may say with every message: a warning once a day at most, over when read. True when it is told."""
    if number.removed_at is not None:
        return False
    return _tell(_about(number), kind=kind[:80], sentence=sentence, advice="")


def tell_platform(*, kind: str, sentence: str, advice: str = "", number_id: int | None = None) -> bool:
    """The same to the people of the platform, whoever's number it was first seen at."""
    return _tell(_About(None, number_id, PLATFORM_KEY), kind=kind[:80], sentence=sentence, advice=advice)


def _tell(about: _About, *, kind: str, sentence: str, advice: str) -> bool:
    lately = Q(resolved_at=None) | Q(since__gt=timezone.now() - A_DAY)
    if NumberAlert.objects.filter(lately, key=about.key, kind=kind).exists():
        return False
    words = {"severity": Severity.WARNING, "sentence": sentence[:300], "advice": advice[:400], "is_lasting": False}
    return _open(about, kind=kind, at=None, words=words)


@transaction.atomic
def _open(about: _About, *, kind: str, at: datetime | None, words: dict[str, Any]) -> bool:
    first = {"shop_id": about.shop_id, "number_id": about.number_id, "since": at or timezone.now(), **words}
    alert, is_new = NumberAlert.objects.get_or_create(key=about.key, kind=kind, resolved_at=None, defaults=first)
    if not is_new and any(getattr(alert, name) != value for name, value in words.items()):
        is_new = alert.sentence != words["sentence"]
        again = {"acknowledged_at": None, "acknowledged_by": None} if is_new else {}
        NumberAlert.objects.filter(pk=alert.pk).update(**words, **again)
    if is_new:
        log.warning("number_alert", number_id=about.number_id, kind=kind, severity=words["severity"])
        _show(about.shop_id)
    return is_new


def _show(shop_id: int | None) -> None:
    """Open pages of the shop look again."""
    if shop_id is not None:
        announce("problems", shop=Shop(pk=shop_id))


def resolve(*, number_id: int, kinds: str | tuple[str, ...], at: datetime | None = None) -> int:
    """Close open alerts of these kinds; how many there were."""
    names = (kinds,) if isinstance(kinds, str) else kinds
    open_ones = NumberAlert.objects.filter(key=key_of(number_id), kind__in=names, resolved_at=None)
    return open_ones.update(resolved_at=at or timezone.now())


def resolve_all(*, number_id: int) -> int:
    """Close every open alert of a number that is no more; how many there were."""
    return NumberAlert.objects.filter(key=key_of(number_id), resolved_at=None).update(resolved_at=timezone.now())


def resolve_platform(*, kind: str) -> int:
    """What the people of the platform were told is over."""
    mine = NumberAlert.objects.filter(key=PLATFORM_KEY, kind=kind, resolved_at=None)
    return mine.update(resolved_at=timezone.now())


def is_open(*, number_id: int, kinds: tuple[str, ...], severity: str) -> bool:
    """Whether one of these is wrong with the number now, as badly as that."""
    mine = NumberAlert.objects.filter(key=key_of(number_id), kind__in=kinds, severity=severity, resolved_at=None)
    return mine.exists()


@transaction.atomic
def acknowledge(*, shop: Shop | None, alert_id: int, actor: User) -> NumberAlert:
    """Somebody has read it: it no longer calls. What was no lasting state is over with that. Refuses: `NoSuchAlert`."""
    alert = _open_of(shop).select_for_update().filter(pk=alert_id).first()
    if alert is None:
        raise NoSuchAlert("This notice is over already.")
    if alert.acknowledged_at is None:
        alert.acknowledged_at, alert.acknowledged_by = timezone.now(), actor.pk
        alert.resolved_at = None if alert.is_lasting else alert.acknowledged_at
        alert.save()
        note("alert.read", shop=shop, actor=actor, subject=alert.kind, detail={"number": alert.number_id})
        _show(alert.shop_id)
    return alert


def _open_of(shop: Shop | None) -> QuerySet[NumberAlert]:
    return NumberAlert.objects.filter(shop_id=shop.pk if shop else None, resolved_at=None)


def open_alerts(shop: Shop | None) -> list[NumberAlert]:
    """What is wrong now, the worst first."""
    found = _open_of(shop).order_by("-since", "-id")
    return sorted(found, key=lambda alert: _RANK[Severity(alert.severity)])


def unread_alerts(shop: Shop | None) -> list[NumberAlert]:
    """What is wrong and nobody has read, the worst first."""
    return [alert for alert in open_alerts(shop) if alert.acknowledged_at is None][:MOST_SHOWN]


def unread_count(shop: Shop | None) -> int:
    """Alerts nobody has read: what the dot in the frame counts. One small index."""
    return _open_of(shop).filter(acknowledged_at=None).count()


def history_of(*, shop: Shop, number_id: int, most: int = 30) -> list[NumberAlert]:
    """All alerts of a number, the newest first."""
    return list(NumberAlert.objects.filter(shop_id=shop.pk, number_id=number_id).order_by("-since", "-id")[:most])


def counts_of(shop: Shop) -> Mapping[int, int]:
    """Open warnings and worse by number."""
    rows = _open_of(shop).exclude(severity=Severity.INFO).values("number_id").annotate(count=Count("id"))
    return {row["number_id"]: row["count"] for row in rows if row["number_id"]}
