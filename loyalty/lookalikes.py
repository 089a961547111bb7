"""People who are perhaps the same: other forms of a phone, names given up, and doubts kept for a person to decide."""

from collections.abc import Iterable
from datetime import datetime

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from loyalty.models import Customer, CustomerIdentity, IdentityDoubt, PhoneAlias
from shopme.lib import hot
from shopme.lib.errors import BusinessError

Kind = CustomerIdentity.Kind
State = IdentityDoubt.State


class AlreadyDecided(BusinessError):
    """Somebody has answered that question meanwhile."""


def is_somebody_else(owner: Customer, *, scope: str, bsuid: str | None) -> bool:
    """Whether `owner` is known by another business-scoped id than the one that came: an id means one person."""
    if bsuid is None:
        return False
    ids = owner.identities.filter(scope=scope, kind=Kind.BSUID, retired_at__isnull=True)
    theirs = set(ids.values_list("value", flat=True))
    return bool(theirs) and bsuid not in theirs


_TRACES = """
SELECT EXISTS (SELECT FROM loyalty_customeridentity WHERE value = ANY(%(values)s::text[]))
    OR EXISTS (SELECT FROM loyalty_customer WHERE phone = ANY(%(values)s::text[]))
    OR EXISTS (SELECT FROM loyalty_phonealias WHERE wa_id = ANY(%(values)s::text[]))
"""


def has_traces(names: Iterable[tuple[str, str]]) -> bool:
    """Whether this shop ever saw one of these names, in use or given up, anywhere. Most strangers left none."""
    values = [value for kind, value in names if kind != Kind.USERNAME]
    ((found,),) = hot.rows(_TRACES, {"values": values})
    return bool(found)


def by_alias(*, scope: str, phone: str) -> Customer | None:
    """Whom we wrote to under another form of the number, when WhatsApp answered that this is their account."""
    written_to = PhoneAlias.objects.filter(scope=scope, wa_id=phone).values("phone")
    rows = CustomerIdentity.objects.filter(
        scope=scope, kind=Kind.PHONE, value__in=written_to, retired_at__isnull=True
    ).select_related("customer")
    if row := rows.order_by("id").first():
        return row.customer
    return Customer.objects.filter(phone__in=written_to, merged_into=None).order_by("id").first()


def keep_alias(*, scope: str, phone: str, wa_id: str) -> None:
    """Keep that WhatsApp knows the account we wrote to as `phone` by `wa_id`. Stored numbers stay as they are."""
    if PhoneAlias.objects.filter(scope=scope, phone=phone, wa_id=wa_id).exists():
        return
    row = PhoneAlias(scope=scope, phone=phone, wa_id=wa_id, at=timezone.now())
    PhoneAlias.objects.bulk_create(
        [row], update_conflicts=True, unique_fields=["scope", "phone"], update_fields=["wa_id", "at"]
    )


def of_the_past(*, scope: str, names: Iterable[tuple[str, str]], at: datetime) -> Customer | None:
    """Who had one of these names when the message was written, though they gave it up since: it only came late.

    An id is never given to another person; a phone is, so it counts only for what was written before that day.
    """
    said = Q()
    for kind, value in names:
        if kind in (Kind.BSUID, Kind.PARENT_BSUID):
            said |= Q(kind=kind, value=value)
        elif kind == Kind.PHONE:
            said |= Q(kind=kind, value=value, retired_at__gt=at)
    rows = CustomerIdentity.objects.filter(said, scope=scope, retired_at__isnull=False).select_related("customer")
    row = rows.order_by("kind", "-retired_at").first()
    return row.customer if row else None


def elsewhere(*, scope: str, phone: str, bsuid: str | None) -> Customer | None:
    """Somebody this shop knows by that very phone, from another number of ours or because the team wrote it down.

    Nobody, if more than one customer has it, or if whoever has it once gave it up or has another id here.
    """
    by_phone = CustomerIdentity.objects.filter(kind=Kind.PHONE, value=phone)
    uses = by_phone.filter(retired_at__isnull=True).exclude(scope=scope).values("customer")
    gave_up = by_phone.filter(retired_at__isnull=False).values("customer")
    # Two questions, each by an index of its own; asked as one, Postgres would read every customer.
    people = Customer.objects.filter(merged_into=None).exclude(pk__in=gave_up).order_by("id")
    found = list(people.filter(phone=phone).union(people.filter(pk__in=uses)).order_by("id")[:2])
    if len(found) != 1 or is_somebody_else(found[0], scope=scope, bsuid=bsuid):
        return None
    return found[0]


def keep_doubt(
    customer: Customer, other: Customer, *, scope: str, name: tuple[str, str], reason: str, at: datetime
) -> None:
    """Write once that both go by one name; what was decided before stays decided."""
    kind, value = name
    row = IdentityDoubt(
        customer=customer, other=other, reason=reason, scope=scope, kind=kind, value=value[:160], seen_at=at
    )
    IdentityDoubt.objects.bulk_create([row], ignore_conflicts=True)


def open_doubts(customer: Customer) -> list[IdentityDoubt]:
    """Who else this customer perhaps is, and who perhaps is this customer; oldest first, one a pair of people."""
    rows = IdentityDoubt.objects.filter(Q(customer=customer) | Q(other=customer), state=State.OPEN)
    pairs: dict[frozenset[int], IdentityDoubt] = {}
    for row in rows.select_related("customer", "other").order_by("id"):
        pairs.setdefault(frozenset((row.customer_id, row.other_id)), row)
    return list(pairs.values())


@transaction.atomic
def are_different(*, doubt_id: int, actor_id: int) -> IdentityDoubt:
    """Two people: the name both went by is of the one who writes with it now; the other one gave it up.

    Answers every open doubt between the two. Refuses: `AlreadyDecided`.
    """
    asked = IdentityDoubt.objects.select_related("customer", "other").get(pk=doubt_id)
    pair = {asked.customer_id, asked.other_id}
    list(Customer.objects.select_for_update(no_key=True).filter(pk__in=pair).order_by("pk"))
    now = timezone.now()
    rows = IdentityDoubt.objects.select_for_update().filter(customer__in=pair, other__in=pair, state=State.OPEN)
    doubts = list(rows.select_related(None).order_by("id"))
    if asked.pk not in {doubt.pk for doubt in doubts}:
        raise AlreadyDecided("Somebody has answered this already.")
    for doubt in doubts:
        _hand_over(doubt, now)
    decided = {"state": State.DIFFERENT, "decided_at": now, "decided_by_id": actor_id}
    IdentityDoubt.objects.filter(pk__in=[doubt.pk for doubt in doubts]).update(**decided)
    return asked


def _hand_over(doubt: IdentityDoubt, at: datetime) -> None:
    """The name leaves `other`, with its day, and is `customer`'s from now on."""
    name = {"scope": doubt.scope, "kind": doubt.kind, "value": doubt.value}
    used = CustomerIdentity.objects.filter(customer_id=doubt.other_id, retired_at__isnull=True, **name)
    if used.update(retired_at=at) or not CustomerIdentity.objects.filter(retired_at__isnull=True, **name).exists():
        CustomerIdentity.objects.get_or_create(
            customer_id=doubt.customer_id,
            retired_at=None,
            **name,
            defaults={"first_seen_at": doubt.seen_at, "last_seen_at": at},
        )
    if doubt.kind == Kind.PHONE:
        Customer.objects.filter(pk=doubt.other_id, phone=doubt.value).update(phone=None)
        Customer.objects.filter(pk=doubt.customer_id, phone=None).update(phone=doubt.value)
