"""What is known of a number: the newest word on each fact stands, whatever order the words arrive in."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Final

from django.db import transaction
from django.utils import timezone

from conversations.transport.models import NumberFacts
from tenants.models import WhatsAppNumber

ROOM: Final = {
    field.name: field.max_length
    for field in NumberFacts._meta.concrete_fields  # noqa: SLF001
    if getattr(field, "max_length", None)
}


@transaction.atomic
def learn(*, number_id: int, at: datetime, **facts: Any) -> frozenset[str]:
    """Keep what was said at `at`; returns the names of the facts on which nothing newer was known. Locks the row."""
    NumberFacts.objects.get_or_create(number_id=number_id)
    row = NumberFacts.objects.select_for_update().get(pk=number_id)
    said = at.astimezone(UTC).isoformat(timespec="microseconds")
    news = {name: value for name, value in facts.items() if row.told_at.get(name, "") <= said}
    for name, value in news.items():
        setattr(row, name, _fitting(name, value))
        row.told_at[name] = said
    if news:
        row.save(update_fields=[*news, "told_at"])
    return frozenset(news)


def note_checked(*, number_id: int, at: datetime) -> None:
    """The provider was asked; what it said was learnt."""
    NumberFacts.objects.update_or_create(number_id=number_id, defaults={"checked_at": at})


def note_mended(*, number_id: int) -> None:
    """Somebody changed what kept the number from sending (its token, PIN, a check passed): what failed may go again."""
    NumberFacts.objects.update_or_create(number_id=number_id, defaults={"mended_at": timezone.now()})


def facts_of(number_ids: list[int]) -> Mapping[int, NumberFacts]:
    """Facts by number; a number nothing is known of has empty ones."""
    known = NumberFacts.objects.in_bulk(number_ids)
    return {number_id: known.get(number_id) or NumberFacts(number_id=number_id) for number_id in number_ids}


def restricted() -> list[NumberFacts]:
    """Numbers that may not do something."""
    return list(NumberFacts.objects.exclude(restrictions=[]))


def set_pace(*, number_id: int, per_second: int) -> None:
    """How many messages a second the provider takes from this number."""
    WhatsAppNumber.objects.filter(pk=number_id).update(throughput_per_second=per_second)


def _fitting(name: str, value: Any) -> Any:
    """Words cut to what their column holds."""
    return value[: ROOM[name]] if isinstance(value, str) and name in ROOM else value
