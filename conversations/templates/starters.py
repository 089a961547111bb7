"""Templates a shop can have with one tap: what is said of orders and by staff when the window is closed.

Their words are data (`starters.json`), in each language the chat speaks; `purpose` names which of our own messages they
stand in for.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from django.db import transaction

from conversations.templates import acts
from conversations.templates.drafts import Draft
from conversations.templates.models import Template
from conversations.transport.providers.template_parts import Button
from shopme.lib.errors import BusinessError
from tenants.models import User


@dataclass(frozen=True, slots=True)
class Starter:
    """One ready template: `values` are its variables in order, `bodies` its words by language."""

    purpose: str
    title: str
    when: str
    name: str
    values: tuple[str, ...]
    bodies: dict[str, str]
    quick_replies: dict[str, str]


@cache
def _table() -> dict[str, object]:
    found: dict[str, object] = json.loads(Path(__file__).with_name("starters.json").read_text())
    return found


@cache
def starters() -> tuple[Starter, ...]:
    """All of them, in the order of an order's life."""
    rows = _table()["starters"]
    assert isinstance(rows, list)  # noqa: S101  (our own file)
    return tuple(Starter(**{**row, "values": tuple(row["values"])}) for row in rows)


def examples_in(language: str) -> dict[str, str]:
    """A believable value for each variable."""
    table = _table()["examples"]
    assert isinstance(table, dict)  # noqa: S101  (our own file)
    return {**table["en"], **table.get(language, {})}


def neutral_name(language: str) -> str:
    """How a customer without a name is called, so that the sentence still reads well."""
    table = _table()["neutral"]
    assert isinstance(table, dict)  # noqa: S101  (our own file)
    return str(table.get(language.partition("_")[0], table["en"]))


def draft_of_starter(starter: Starter, language: str, shop_name: str) -> Draft:
    """The starter as the editor would write it."""
    examples = {**examples_in(language), "shop": shop_name}
    reply = starter.quick_replies.get(language, "")
    return Draft(
        name=starter.name,
        language=language,
        category=Template.Category.UTILITY,
        body=starter.bodies[language],
        buttons=(Button("QUICK_REPLY", reply),) if reply else (),
        examples={f"body.{name}": examples[name] for name in starter.values},
    )


@transaction.atomic
def create_starters(
    *, waba_id: str, purposes: Sequence[str], languages: Sequence[str], shop_name: str, actor: User
) -> list[Template]:
    """Drafts of the chosen starters in each language they have; what exists already is left as it is.

    Refuses: `NoAccount`. They are submitted afterwards, by `submit_all`.
    """
    made = []
    for starter in starters():
        if starter.purpose not in purposes:
            continue
        for language in languages:
            if language not in starter.bodies or _is_there(waba_id, starter.name, language):
                continue
            draft = draft_of_starter(starter, language, shop_name)
            made.append(acts.save_draft(waba_id=waba_id, draft=draft, actor=actor, purpose=starter.purpose))
    return made


def _is_there(waba_id: str, name: str, language: str) -> bool:
    rows = Template.objects.filter(waba_id=waba_id, name=name, language=language)
    return rows.exclude(status=Template.Status.DELETED).exists()


def submit_all(*, template_ids: Sequence[int], actor: User) -> int:
    """Submit drafts one after another; how many WhatsApp took. One that is refused stays a draft with its sentence."""
    taken = 0
    for template_id in template_ids:
        try:
            acts.submit(template_id=template_id, actor=actor)
        except BusinessError:
            continue
        taken += 1
    return taken
