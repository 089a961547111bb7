"""What is wrong with a number, by its kind: a sentence, what to do, and when it was over. `alerts` tells of sending."""

from collections.abc import Mapping
from datetime import datetime

import structlog
from django.db import transaction
from django.db.models import Count
from django.utils import timezone

from conversations.transport.models import NumberAlert
from shopme.lib.errors import BusinessError
from tenants.audit import note
from tenants.models import Shop, User, WhatsAppNumber

Severity = NumberAlert.Severity
log = structlog.get_logger(__name__)


class NoSuchAlert(BusinessError):
    """This alert is not the shop's, or it is over."""


@transaction.atomic
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
    read again. A number without a shop has nobody to tell: nothing is kept.
    """
    if number.shop_id is None:
        return False
    words = {"severity": severity, "sentence": sentence[:300], "advice": advice[:400], "is_lasting": is_lasting}
    named = {"number_id": number.pk, "kind": kind[:80], "resolved_at": None}
    first = {"shop_id": number.shop_id, "since": at or timezone.now(), **words}
    alert, is_new = NumberAlert.objects.get_or_create(**named, defaults=first)
    if not is_new:
        is_new = alert.sentence != words["sentence"]
        again = {"acknowledged_at": None, "acknowledged_by": None} if is_new else {}
        NumberAlert.objects.filter(pk=alert.pk).update(**words, **again)
    if is_new:
        log.warning("number_alert", number_id=number.pk, kind=kind[:80], severity=severity)
    return is_new


def resolve(*, number_id: int, kinds: str | tuple[str, ...], at: datetime | None = None) -> int:
    """Close open alerts of these kinds; how many there were."""
    names = (kinds,) if isinstance(kinds, str) else kinds
    open_ones = NumberAlert.objects.filter(number_id=number_id, kind__in=names, resolved_at=None)
    return open_ones.update(resolved_at=at or timezone.now())


def is_open(*, number_id: int, kinds: tuple[str, ...], severity: str) -> bool:
    """Whether one of these is wrong with the number now, as badly as that."""
    return NumberAlert.objects.filter(number_id=number_id, kind__in=kinds, severity=severity, resolved_at=None).exists()


@transaction.atomic
def acknowledge(*, shop: Shop, alert_id: int, actor: User) -> NumberAlert:
    """Somebody has read it: it no longer calls. What was no lasting state is over with that. Refuses: `NoSuchAlert`."""
    alert = NumberAlert.objects.select_for_update().filter(pk=alert_id, shop_id=shop.pk, resolved_at=None).first()
    if alert is None:
        raise NoSuchAlert("This notice is over already.")
    if alert.acknowledged_at is None:
        alert.acknowledged_at, alert.acknowledged_by = timezone.now(), actor.pk
        alert.resolved_at = None if alert.is_lasting else alert.acknowledged_at
        alert.save()
        note("number.alert_read", shop=shop, actor=actor, subject=alert.kind, detail={"number": alert.number_id})
    return alert


def open_alerts(shop: Shop) -> list[NumberAlert]:
    """What is wrong now, the worst first."""
    rank = {Severity.DANGER: 0, Severity.WARNING: 1, Severity.INFO: 2}
    found = NumberAlert.objects.filter(shop_id=shop.pk, resolved_at=None).order_by("-since", "-id")
    return sorted(found, key=lambda alert: rank[Severity(alert.severity)])


def unread_count(shop: Shop) -> int:
    """Alerts nobody has read: what the dot in the frame counts. One small index."""
    return NumberAlert.objects.filter(shop_id=shop.pk, resolved_at=None, acknowledged_at=None).count()


def history_of(*, shop: Shop, number_id: int, most: int = 30) -> list[NumberAlert]:
    """All alerts of a number, the newest first."""
    return list(NumberAlert.objects.filter(shop_id=shop.pk, number_id=number_id).order_by("-since", "-id")[:most])


def counts_of(shop: Shop) -> Mapping[int, int]:
    """Open warnings and worse by number."""
    rows = (
        NumberAlert.objects.filter(shop_id=shop.pk, resolved_at=None)
        .exclude(severity=Severity.INFO)
        .values("number_id")
        .annotate(count=Count("id"))
    )
    return {row["number_id"]: row["count"] for row in rows}
