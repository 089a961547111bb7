"""What the platform itself keeps of people on its shared number does not stay for ever."""

from datetime import datetime, timedelta
from typing import Any, Final

from django.conf import settings
from django.db.models import QuerySet

from tenants.models import DirectoryMessage, DirectoryPhoto, Shopper, ShopperName

_ROWS: Final = 1_000
# Parked words are nobody's after half an hour; they lie in the row no longer than that and a day.
_PARKED: Final = timedelta(days=1)


def forget_old_talk(*, now: datetime) -> int:
    """Forget talk with the platform, looks at pictures and given-up names after `DIRECTORY_KEPT_DAYS`, and parked words
    nobody came back for. Where people have been and what they keep stays. Returns how many rows; in small bites.
    """
    before = now - timedelta(days=settings.DIRECTORY_KEPT_DAYS)
    gone = _forget(DirectoryMessage.objects.filter(created_at__lt=before))
    gone += _forget(DirectoryPhoto.objects.filter(created_at__lt=before))
    gone += _forget(ShopperName.objects.filter(retired_at__lt=before))
    stale = Shopper.objects.filter(parked_since__lt=now - _PARKED)
    return gone + stale.update(parked=[], parked_since=None)


def _forget(rows: QuerySet[Any]) -> int:
    gone = 0
    while ids := list(rows.values_list("pk", flat=True)[:_ROWS]):
        gone += rows.filter(pk__in=ids).delete()[0]
    return gone
