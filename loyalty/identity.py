"""Who is writing? One person has many names; a name belongs to one person. Nobody is ever merged by guess."""

from collections.abc import Iterable
from datetime import datetime, timedelta

import orjson
from django.db import transaction
from django.db.models import Q, QuerySet

from loyalty import lookalikes
from loyalty.models import Customer, CustomerIdentity, IdentityDoubt
from shopme.lib import hot
from shopme.lib.phone import phone_variants
from shopme.lib.prepared import Prepared
from shopme.lib.text import clean_text

Kind = CustomerIdentity.Kind
Name = tuple[str, str]  # kind, value

# How often "seen" is written on the names, and on the customer: a talk is many messages a minute.
NAME_SEEN_EVERY = timedelta(days=1)
SEEN_EVERY = timedelta(minutes=1)


@transaction.atomic(savepoint=False)
def recognise(  # noqa: PLR0913  (a person has that many names)
    *,
    scope: str,
    phone: str | None,
    bsuid: str | None,
    parent_bsuid: str | None,
    username: str | None,
    profile_name: str,
    at: datetime,
) -> tuple[Customer, bool]:
    """The customer behind a message, and whether they are new. One statement for a known person, two once a minute.

    Order: business-scoped id, parent id, phone, the phone as WhatsApp once told it, another form of the phone (Brazil,
    Mexico, Argentina). New names that come along are linked. A name that is somebody else's stays theirs, and the
    doubt is kept for a person to decide (`IdentityDoubt`).
    Two first messages at once make one customer: the names are unique, and who comes second takes the first one's.
    """
    names = names_of(phone=phone, bsuid=bsuid, parent_bsuid=parent_bsuid, username=username)
    if not any(kind != Kind.USERNAME for kind, _ in names):
        raise ValueError("a person needs a phone or a business-scoped id")
    profile = clean_text(profile_name)[:120]
    known = _known(scope=scope, names=names, phone=phone)
    customer, is_past = _found(known, names=names, phone=phone, bsuid=bsuid, scope=scope, at=at)
    if customer and is_past:
        return customer, False
    if customer is None:
        if created := _create(scope=scope, names=names, known=known, phone=phone, profile=profile, at=at):
            _doubt(created, known=known, names=names, scope=scope, at=at)
            return created, True
        known = _known(scope=scope, names=names, phone=phone)
        customer = _match(known, names=names, phone=phone, scope=scope)
        if customer is None:
            raise RuntimeError("the names were taken and are nobody's")
    _remember(customer, known=known, scope=scope, names=names, at=at)
    _greet(customer, profile=profile, phone=phone, known=known, at=at)
    _doubt(customer, known=known, names=names, scope=scope, at=at)
    return customer, False


def _found(
    known: list[CustomerIdentity], *, names: list[Name], phone: str | None, bsuid: str | None, scope: str, at: datetime
) -> tuple[Customer | None, bool]:
    """Whoever is known by these names, and whether they have given them up since `at`; then nothing is written."""
    if not (known or lookalikes.has_traces(names)):
        return None, False
    if customer := _match(known, names=names, phone=phone, scope=scope):
        return customer, False
    if past := lookalikes.of_the_past(scope=scope, names=names, at=at):
        return past, True
    return lookalikes.elsewhere(scope=scope, phone=phone, bsuid=bsuid) if phone else None, False


def is_known(
    *, scope: str, phone: str | None, bsuid: str | None, parent_bsuid: str | None, username: str | None
) -> bool:
    """Whether anybody goes by one of these names; usernames say nothing."""
    names = names_of(phone=phone, bsuid=bsuid, parent_bsuid=parent_bsuid, username=username)
    known = _known(scope=scope, names=names, phone=phone)
    return _match(known, names=names, phone=phone, scope=scope) is not None


def names_of(*, phone: str | None, bsuid: str | None, parent_bsuid: str | None, username: str | None) -> list[Name]:
    """Best first; the order of matching and of writing."""
    pairs = ((Kind.BSUID, bsuid), (Kind.PARENT_BSUID, parent_bsuid), (Kind.PHONE, phone), (Kind.USERNAME, username))
    return [(kind.value, value) for kind, value in pairs if value]


def _known(*, scope: str, names: Iterable[Name], phone: str | None) -> list[CustomerIdentity]:
    """Every identity row these names or another form of the phone touch, with its customer."""
    wanted = list(names) + [(Kind.PHONE.value, variant) for variant in (phone_variants(phone) if phone else [])]
    return _IDENTITIES.rows(scope, *(word for name in wanted for word in name))


def _identities(scope: str, *words: str) -> QuerySet[CustomerIdentity]:
    """Names in use, with their customers; `words` are kind, value, kind, value, …"""
    by_name = Q()
    for kind, value in zip(words[::2], words[1::2], strict=True):
        by_name |= Q(kind=kind, value=value)
    rows = CustomerIdentity.objects.filter(by_name, scope=scope, retired_at__isnull=True)
    return rows.select_related("customer").order_by("id")


_IDENTITIES: Prepared[CustomerIdentity] = Prepared(_identities)


def _match(known: list[CustomerIdentity], *, names: list[Name], phone: str | None, scope: str) -> Customer | None:
    """Whose names these are. A phone that came with an id is nobody's who has another id: numbers are given away."""
    owners = {(row.kind, row.value): row.customer for row in known}
    bsuid = dict(names).get(Kind.BSUID.value)
    for name in names:
        if name[0] == Kind.USERNAME or name not in owners:
            continue
        if name[0] != Kind.PHONE or not lookalikes.is_somebody_else(owners[name], scope=scope, bsuid=bsuid):
            return owners[name]
        return None
    if phone is None:
        return None
    variants = (owners.get((Kind.PHONE.value, variant)) for variant in phone_variants(phone))
    for owner in (lookalikes.by_alias(scope=scope, phone=phone), *variants):
        if owner is not None and not lookalikes.is_somebody_else(owner, scope=scope, bsuid=bsuid):
            return owner
    return None


def _create(
    *, scope: str, names: list[Name], known: list[CustomerIdentity], phone: str | None, profile: str, at: datetime
) -> Customer | None:
    """A new customer with all names that are nobody's, or None when somebody else wrote one of them first."""
    free = _free(names, known)
    own_phone = phone if (Kind.PHONE.value, phone) in free else None
    customer = Customer.objects.create(phone=own_phone, profile_name=profile, created_at=at, last_seen_at=at)
    linked = set(link(customer, scope=scope, names=free, at=at))
    if linked >= {name for name in free if name[0] != Kind.USERNAME}:
        return customer
    customer.delete()
    return None


def _free(names: Iterable[Name], known: Iterable[CustomerIdentity]) -> list[Name]:
    taken = {(row.kind, row.value) for row in known if row.kind != Kind.USERNAME}
    return [name for name in names if name not in taken]


_LINK = """
INSERT INTO loyalty_customeridentity (customer_id, scope, kind, value, first_seen_at, last_seen_at)
SELECT %(customer)s, %(scope)s, kind, value, %(at)s, %(at)s
FROM jsonb_to_recordset(%(names)s::jsonb) AS given (kind text, value text)
ON CONFLICT DO NOTHING
RETURNING kind, value
"""


def link(customer: Customer, *, scope: str, names: Iterable[Name], at: datetime) -> list[Name]:
    """Names that are nobody's become this customer's, and are returned; one that is somebody's stays theirs."""
    given = orjson.dumps([{"kind": kind, "value": value[:160]} for kind, value in names]).decode()
    return [*hot.rows(_LINK, {"customer": customer.pk, "scope": scope, "at": at, "names": given})]


def _remember(
    customer: Customer, *, known: list[CustomerIdentity], scope: str, names: list[Name], at: datetime
) -> None:
    """Link the names that are nobody's yet; note once a day that the others are still in use."""
    taken = {(row.kind, row.value) for row in known if row.kind != Kind.USERNAME or row.customer_id == customer.pk}
    if missing := [name for name in names if name not in taken]:
        link(customer, scope=scope, names=missing, at=at)
    stale = [
        row.pk
        for row in known
        if row.customer_id == customer.pk and (row.kind, row.value) in names and at - row.last_seen_at > NAME_SEEN_EVERY
    ]
    if stale:
        CustomerIdentity.objects.filter(pk__in=stale).update(last_seen_at=at)


def _greet(customer: Customer, *, profile: str, phone: str | None, known: list[CustomerIdentity], at: datetime) -> None:
    """Write what changed on the customer: last seen, the profile's name, a phone that was unknown."""
    changes: dict[str, object] = {}
    if at - customer.last_seen_at >= SEEN_EVERY:
        changes["last_seen_at"] = at
    if profile and profile != customer.profile_name:
        changes["profile_name"] = profile
    owner = {row.value: row.customer_id for row in known if row.kind == Kind.PHONE}.get(phone or "", customer.pk)
    if phone and customer.phone is None and owner == customer.pk:
        changes["phone"] = phone
    if not changes:
        return
    for field, value in changes.items():
        setattr(customer, field, value)
    Customer.objects.filter(pk=customer.pk).update(**changes)


def _doubt(customer: Customer, *, known: list[CustomerIdentity], names: list[Name], scope: str, at: datetime) -> None:
    """Keep, once, that a message of this customer came with a name of another."""
    for row in known:
        if row.kind != Kind.USERNAME and (row.kind, row.value) in names and row.customer_id != customer.pk:
            lookalikes.keep_doubt(customer, row.customer, scope=scope, name=(row.kind, row.value), reason=_NAMES, at=at)


_NAMES = IdentityDoubt.Reason.NAMES
