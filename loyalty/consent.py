"""The ledger of yes and no: who may get offers, in whose words, since when. Rows are only added.

The newest entry of a purpose counts, by the time it was said and not by the time it reached us; at the same instant the
no counts. `Customer.marketing_opt_in` is that answer, kept where a send can read it.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from django.db import transaction

from loyalty.models import ConsentEntry, Customer
from shopme.lib.text import clean_text

Kind = ConsentEntry.Kind
Source = ConsentEntry.Source
Purpose = ConsentEntry.Purpose
# What a customer says in the chat reaches us in its order, though WhatsApp tells time in whole seconds.
_SAID_IN_ORDER: Final = (Source.WORDS, Source.BUTTON)


@dataclass(frozen=True, slots=True)
class Said:
    """One yes or no as it came. `key` makes it once: the message's id, the notice, the form."""

    kind: str
    source: str
    at: datetime
    key: str
    words: str = ""
    wamid: str = ""
    reason: str = ""
    actor_id: int | None = None
    purpose: str = Purpose.MARKETING


@transaction.atomic
def record(*, customer: Customer, said: Said) -> ConsentEntry | None:
    """Add one entry and let the newest one count. None when this very one was written before; nothing changes then.

    The customer is locked first, so of two that come at once the later said one counts, whichever is written last.
    A customer who became part of another one speaks for that one.
    """
    locked = Customer.objects.select_for_update(no_key=True, of=("self",))
    person = locked.get(pk=customer.pk)
    while person.merged_into_id is not None:
        person = locked.get(pk=person.merged_into_id)
    if ConsentEntry.objects.filter(key=said.key).exists():
        return None
    newest = newest_of(person, said.purpose)
    entry = ConsentEntry.objects.create(
        customer=person,
        purpose=said.purpose,
        kind=said.kind,
        source=said.source,
        words=clean_text(said.words)[:400],
        wamid=said.wamid[:200],
        reason=clean_text(said.reason)[:200],
        actor_id=said.actor_id,
        key=said.key[:240],
        at=_in_order(said, newest),
    )
    if said.purpose == Purpose.MARKETING:
        _let_count(person)
        customer.marketing_opt_in = person.marketing_opt_in
    return entry


def newest_of(customer: Customer, purpose: str = Purpose.MARKETING) -> ConsentEntry | None:
    """The entry that counts."""
    rows = ConsentEntry.objects.filter(customer=customer, purpose=purpose)
    return rows.order_by("-at", "-kind", "-id").first()


def history_of(customer: Customer, *, limit: int = 20) -> list[ConsentEntry]:
    """Everything this customer said, newest first; with what they said while they were two customers."""
    people, level = [customer.pk], [customer.pk]
    while level:  # somebody who became part of this one may have been two before
        level = list(Customer.objects.filter(merged_into__in=level).values_list("pk", flat=True))
        people += level
    rows = ConsentEntry.objects.filter(customer__in=people).select_related("customer")
    return list(rows.order_by("-at", "-kind", "-id")[:limit])


def _in_order(said: Said, newest: ConsentEntry | None) -> datetime:
    """Two words within one second of WhatsApp's clock: the second one is a moment later."""
    if newest is None or said.source not in _SAID_IN_ORDER or newest.source not in _SAID_IN_ORDER:
        return said.at
    is_same_second = newest.at.replace(microsecond=0) == said.at.replace(microsecond=0)
    return max(said.at, newest.at + timedelta(microseconds=1)) if is_same_second else said.at


def _let_count(person: Customer) -> None:
    newest = newest_of(person)
    answer = newest.is_yes if newest else None
    if person.marketing_opt_in is not answer:
        person.marketing_opt_in = answer
        person.save(update_fields=["marketing_opt_in"])
