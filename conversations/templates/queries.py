"""What the pages of templates read."""

import json
from collections.abc import Sequence
from typing import Final

from django.db.models import BooleanField, Count, F, Func, Q, QuerySet, Value

from conversations.templates.models import Template
from conversations.templates.showing import Line, line_of
from tenants.models import User

Status = Template.Status
# The tabs of the list, and the states each holds.
GROUPS: Final[dict[str, tuple[str, ...]]] = {
    "approved": (Status.APPROVED,),
    "review": (Status.PENDING, Status.SUBMITTING, Status.UNKNOWN, Status.IN_APPEAL),
    "drafts": (Status.DRAFT,),
    "trouble": (Status.REJECTED, Status.PAUSED, Status.DISABLED, Status.LIMIT_EXCEEDED, Status.LOCKED),
    "gone": (Status.DELETED, Status.DELETING, Status.PENDING_DELETION, Status.ARCHIVED),
}


def templates_for_dashboard(
    *, group: str = "", category: str = "", language: str = "", search: str = ""
) -> QuerySet[Template]:
    """By name and language. Without a group, everything but what is gone; `search` looks in names and words."""
    rows = Template.objects.order_by("name", "language", "id")
    rows = rows.filter(status__in=GROUPS[group]) if group in GROUPS else rows.exclude(status__in=GROUPS["gone"])
    if category:
        rows = rows.filter(category=category)
    if language:
        rows = rows.filter(language=language)
    if search:
        rows = rows.filter(Q(name__icontains=search.replace(" ", "_")) | Q(_say(search)))
    return rows


def _say(words: str) -> Func:
    """Whether one of the texts has these words, as they are; the names and signs of JSON around them are none."""
    path = f'$.**.text ? (@ like_regex {json.dumps(words, ensure_ascii=False)} flag "iq")'
    is_there = "jsonb_path_exists(%(expressions)s::jsonpath)"
    return Func(F("components"), Value(path), template=is_there, output_field=BooleanField())


def counts_by_group() -> dict[str, int]:
    """How many templates each group holds, and `all` but those that are gone. One statement."""
    counts = {group: Count("id", filter=Q(status__in=states)) for group, states in GROUPS.items()}
    found: dict[str, int] = Template.objects.aggregate(**counts)
    return found | {"": sum(count for group, count in found.items() if group != "gone")}


def languages_there() -> list[str]:
    """The languages the shop has templates in."""
    return list(Template.objects.order_by("language").values_list("language", flat=True).distinct())


def siblings_of(template: Template) -> Sequence[Template]:
    """The same name in other languages."""
    rows = Template.objects.filter(waba_id=template.waba_id, name=template.name).exclude(pk=template.pk)
    return list(rows.exclude(status=Status.DELETED).order_by("language"))


def history_of(template: Template, *, limit: int = 50) -> list[Line]:
    """What happened to it, newest first, with the names of the people."""
    events = list(template.events.order_by("-at", "-id")[:limit])
    people = User.objects.in_bulk({event.actor_id for event in events if event.actor_id})
    return [line_of(event, _name(people.get(event.actor_id or 0))) for event in events]


def _name(person: User | None) -> str:
    return person.get_short_name() if person else ""
