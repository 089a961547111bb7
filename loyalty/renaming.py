"""People change their number, get another id, or tell us their phone: the names move, the person stays."""

from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.db.models import Q

from loyalty import lookalikes
from loyalty.identity import Name, link, names_of
from loyalty.models import Customer, CustomerIdentity, IdentityDoubt, Merge
from shopme.lib.phone import phone_variants

Kind = CustomerIdentity.Kind
Reason = IdentityDoubt.Reason


@dataclass(frozen=True, slots=True)
class Change:
    """What WhatsApp said of somebody: the names until then, and the names from then on. Any may be missing."""

    scope: str
    at: datetime
    old_phone: str | None = None
    old_bsuid: str | None = None
    new_phone: str | None = None
    new_bsuid: str | None = None
    new_parent_bsuid: str | None = None

    @property
    def new_names(self) -> list[Name]:
        return names_of(phone=self.new_phone, bsuid=self.new_bsuid, parent_bsuid=self.new_parent_bsuid, username=None)


@transaction.atomic(savepoint=False)
def follow(change: Change) -> tuple[Customer | None, bool]:
    """The person who changed, with the new names, and whether anything changed; None when nobody has the old names.

    Names given up end with their day. A new name that is somebody else's stays theirs, and the doubt is kept. The same
    news again finds nobody under the old names and changes nothing, also when the phone is another person's by then.
    """
    person = _person_before(change)
    if person is None:
        return _person_after(change), False
    Customer.objects.select_for_update(no_key=True).get(pk=person.pk)
    ended = _end(person, change)
    taken = {(row.kind, row.value): row.customer for row in _in_use(change.scope, change.new_names)}
    mine = [name for name in change.new_names if name not in taken]
    link(person, scope=change.scope, names=mine, at=change.at)
    for name, owner in taken.items():
        if owner.pk != person.pk:
            lookalikes.keep_doubt(
                person, owner, scope=change.scope, name=name, reason=Reason.NUMBER_CHANGE, at=change.at
            )
    _move_phone(person, change, has_new=(Kind.PHONE.value, change.new_phone) in mine, ended=ended)
    return person, True


@transaction.atomic(savepoint=False)
def share_phone(customer: Customer, *, scope: str, phone: str, at: datetime) -> bool:
    """The customer told us their phone by WhatsApp's own button; whether it is theirs now.

    A phone that another customer has stays theirs, and the doubt is kept.
    """
    name = (Kind.PHONE.value, phone)
    owner = next((row.customer for row in _in_use(scope, [name])), None)
    owner = owner or Customer.objects.filter(phone=phone, merged_into=None).exclude(pk=customer.pk).first()
    if owner is not None and owner.pk != customer.pk:
        lookalikes.keep_doubt(customer, owner, scope=scope, name=name, reason=Reason.SHARED_PHONE, at=at)
        return False
    link(customer, scope=scope, names=[name], at=at)
    if customer.phone is None:
        customer.phone = phone
        Customer.objects.filter(pk=customer.pk, phone=None).update(phone=phone)
    return True


def _in_use(scope: str, names: list[Name]) -> list[CustomerIdentity]:
    said = Q(pk=None)
    for kind, value in names:
        said |= Q(kind=kind, value=value)
    rows = CustomerIdentity.objects.filter(said, scope=scope, retired_at__isnull=True)
    return list(rows.exclude(kind=Kind.USERNAME).select_related("customer"))


def _person_before(change: Change) -> Customer | None:
    """Who had the old names: the id decides. A name taken into use after the change is another person's."""
    names = names_of(phone=change.old_phone, bsuid=change.old_bsuid, parent_bsuid=None, username=None)
    rows = {row.kind: row.customer for row in _in_use(change.scope, names) if row.first_seen_at <= change.at}
    return rows.get(Kind.BSUID.value) or rows.get(Kind.PHONE.value)


def _person_after(change: Change) -> Customer | None:
    rows = {row.kind: row.customer for row in _in_use(change.scope, change.new_names)}
    return rows.get(Kind.BSUID.value) or rows.get(Kind.PHONE.value)


def _end(person: Customer, change: Change) -> set[str]:
    """End the person's names that are not among the new ones: an id lives as long as its number. The ended phones.

    Of somebody two customers became, only the names that were told: the other account's are still in use.
    """
    kinds = [Kind.PHONE, Kind.BSUID] + ([Kind.PARENT_BSUID] if change.new_parent_bsuid else [])
    rows = person.identities.filter(
        scope=change.scope, kind__in=kinds, retired_at__isnull=True, first_seen_at__lte=change.at
    )
    ending = [row for row in rows if (row.kind, row.value) not in change.new_names]
    if Merge.objects.filter(kept=person, undone_at=None).exists():
        told = names_of(phone=change.old_phone, bsuid=change.old_bsuid, parent_bsuid=None, username=None)
        ending = [row for row in ending if (row.kind, row.value) in told]
    CustomerIdentity.objects.filter(pk__in=[row.pk for row in ending]).update(retired_at=change.at)
    return {row.value for row in ending if row.kind == Kind.PHONE}


def _move_phone(person: Customer, change: Change, *, has_new: bool, ended: set[str]) -> None:
    """The phone shown and written to: the new one, or none when the one we knew was given up."""
    phone = person.phone
    if has_new:
        phone = change.new_phone
    elif phone and ended.intersection((phone, *phone_variants(phone))):
        phone = None
    if phone != person.phone:
        person.phone = phone
        Customer.objects.filter(pk=person.pk).update(phone=phone)
