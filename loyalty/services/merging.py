"""Two customers are one person: everything goes to one of them, and can be put back for thirty days.

A person of the shop says so; nothing here guesses. `Merge.moved` holds the keys of all that moved. Rooms above move
their own rows when they hear `customers_merged`, in the same transaction.
"""

from collections.abc import Callable
from datetime import datetime
from functools import wraps
from typing import Any, Final, ParamSpec, TypeVar

from django.db import OperationalError, connection, transaction
from django.db.models import Q
from django.utils import timezone

from loyalty import consent, moving
from loyalty.consent import Said
from loyalty.models import Address, ConsentEntry, Customer, CustomerIdentity, IdentityDoubt, Merge, Purchase
from loyalty.services import merged_points
from loyalty.signals import customers_merged, customers_merging, customers_parted
from shopme.lib.errors import BusinessError
from tenants.audit import note
from tenants.context import current_shop
from tenants.models import User

_KEPT_FIELDS: Final = ("name", "profile_name", "phone", "language", "tags", "notes", "is_blocked")


class CannotMerge(BusinessError):
    """These two cannot become one, and the sentence says why."""


class CannotUndo(BusinessError):
    """The merge cannot be taken apart any more, and the sentence says why."""


class CustomersAreBusy(BusinessError):
    """Somebody else was in the way twice. Nothing was changed."""


# Deadlock, failed serialization, a lock that did not come in time: somebody else was in the way, and all is rolled back.
_IN_THE_WAY: Final = frozenset({"40P01", "40001", "55P03"})
_PATIENCE: Final = "3s"
_Wishes = ParamSpec("_Wishes")
_Done = TypeVar("_Done")


def _tried_twice(act: Callable[_Wishes, _Done]) -> Callable[_Wishes, _Done]:
    """`act` in a transaction, and once more should it run into a turn that holds a thread and wants its customer.

    Nobody's lock is waited for longer than three seconds. Refuses: `CustomersAreBusy`.
    """

    @wraps(act)
    def tried(*args: _Wishes.args, **wishes: _Wishes.kwargs) -> _Done:
        for _attempt in range(2):
            try:
                with transaction.atomic():
                    with connection.cursor() as cursor:
                        cursor.execute("SELECT set_config('lock_timeout', %s, true)", [_PATIENCE])
                    return act(*args, **wishes)
            except OperationalError as problem:
                if getattr(problem.__cause__, "sqlstate", "") not in _IN_THE_WAY:
                    raise
        raise CustomersAreBusy("Somebody is writing with one of the two right now. Try again in a moment.")

    return tried


@_tried_twice
def merge_customers(*, kept: Customer, gone: Customer, actor: User) -> Merge:
    """Everything of `gone` becomes `kept`'s: names, chats, baskets, orders, points, addresses, notes; the stricter no.

    Locks both customers in the order of their keys, lets turns under way finish (`customers_merging`), then both
    points accounts. Refuses: `CannotMerge`, also when somebody has merged one of them meanwhile, `AccountFrozen`,
    `PointsAreBusy`, `CustomersAreBusy`.
    """
    kept, gone = _locked(kept.pk, gone.pk)
    if kept.pk == gone.pk:
        raise CannotMerge("That is the same customer already.")
    if kept.merged_into_id or gone.merged_into_id:
        raise CannotMerge("One of the two is part of another customer by now.")
    merge = Merge.objects.create(kept=kept, gone=gone, actor_id=actor.pk)
    customers_merging.send(Merge, merge=merge)
    _move_names(merge)
    moving.hand_over(merge, "addresses", Address.objects.all())
    moving.hand_over(merge, "purchases", Purchase.objects.all())
    merge.moved["points"] = merged_points.move(merge)
    _keep_particulars(merge, kept, gone)
    _keep_the_no(merge, kept, gone)
    _decide_doubts(merge)
    Customer.objects.filter(pk=gone.pk).update(merged_into=kept)
    customers_merged.send(Merge, merge=merge)
    merge.save(update_fields=["moved"])
    note("customer.merged", shop=current_shop(), actor=actor, subject=f"customer {kept.pk}", detail={"gone": gone.pk})
    return merge


@_tried_twice
def undo_merge(*, merge: Merge, actor: User, reason: str, now: datetime | None = None) -> Merge:
    """Put back everything nobody has touched since; what came after the merge stays with the kept customer.

    Refuses: `CannotUndo`, when thirty days are over or points were spent since; `AccountFrozen`, `PointsAreBusy`,
    `CustomersAreBusy`. Then nothing changes.
    """
    at = now or timezone.now()
    if not reason.strip():
        raise CannotUndo("Please say why.")
    kept, gone = _locked(merge.kept_id, merge.gone_id)
    merge = Merge.objects.select_for_update().get(pk=merge.pk)
    if merge.undone_at is not None:
        raise CannotUndo("This was undone before.")
    if not merge.is_undoable(at):
        raise CannotUndo("A merge can be undone for thirty days; those are over.")
    if kept.merged_into_id is not None:
        raise CannotUndo("The customer was merged again since. Undo that first.")
    customers_merging.send(Merge, merge=merge)
    try:
        paid_since = merged_points.move_back(merge)
    except merged_points.PointsWereTouched as problem:
        raise CannotUndo(str(problem)) from problem
    moving.give_back(merge, "names", CustomerIdentity.objects.all())
    moving.give_back(merge, "addresses", Address.objects.all())
    moving.give_back(merge, "purchases", Purchase.objects.all())
    Purchase.objects.filter(pk__in=paid_since).update(customer=gone)
    _restore_particulars(merge, kept)
    _restore_the_yes(merge, kept, at)
    _ask_again(merge)
    Customer.objects.filter(pk=gone.pk).update(merged_into=None)
    _share_the_no(merge, gone, at)
    _doubt_the_yes(merge, kept, at)
    customers_parted.send(Merge, merge=merge)
    merge.undone_at, merge.undone_by_id, merge.undo_reason = at, actor.pk, reason.strip()[:200]
    merge.save(update_fields=["undone_at", "undone_by_id", "undo_reason"])
    detail = {"gone": gone.pk, "reason": merge.undo_reason}
    note("customer.merge_undone", shop=current_shop(), actor=actor, subject=f"customer {kept.pk}", detail=detail)
    return merge


def _locked(first: int, second: int) -> tuple[Customer, Customer]:
    """Both customers, locked in the order of their keys; foreign keys to them stay free."""
    rows = Customer.objects.select_for_update(no_key=True, of=("self",)).filter(pk__in={first, second}).order_by("pk")
    people = {row.pk: row for row in rows}
    return people[first], people[second]


def _move_names(merge: Merge) -> None:
    """Names in use and names of the past; a username both have had stays where it is."""
    shared = CustomerIdentity.objects.filter(customer=merge.kept_id, kind="username").values("value")
    moving.hand_over(merge, "names", CustomerIdentity.objects.exclude(Q(kind="username", value__in=shared)))


def _keep_particulars(merge: Merge, kept: Customer, gone: Customer) -> None:
    """What the team wrote about either; where both have something, the kept customer's stands. Known since the first day."""
    before = {field: getattr(kept, field) for field in _KEPT_FIELDS}
    for field in ("name", "profile_name", "phone", "language"):
        setattr(kept, field, getattr(kept, field) or getattr(gone, field))
    kept.tags = list(dict.fromkeys([*kept.tags, *gone.tags]))
    kept.notes = "\n\n".join(text for text in (kept.notes, gone.notes) if text)
    kept.is_blocked = kept.is_blocked or gone.is_blocked
    kept.save(update_fields=list(_KEPT_FIELDS))
    after = {field: getattr(kept, field) for field in _KEPT_FIELDS}
    merge.moved["particulars"] = {"before": before, "after": after}
    merge.moved["since"] = kept.created_at.isoformat()
    Customer.objects.filter(pk=kept.pk).update(created_at=min(kept.created_at, gone.created_at))


def _restore_particulars(merge: Merge, kept: Customer) -> None:
    """What nobody has changed since is as it was."""
    known: dict[str, Any] = merge.moved["particulars"]
    for field in _KEPT_FIELDS:
        if getattr(kept, field) == known["after"][field]:
            setattr(kept, field, known["before"][field])
    kept.save(update_fields=list(_KEPT_FIELDS))
    if since := merge.moved.get("since"):
        Customer.objects.filter(pk=kept.pk).update(created_at=datetime.fromisoformat(since))


def _keep_the_no(merge: Merge, kept: Customer, gone: Customer) -> None:
    """A no of either counts for both; a yes of the gone customer is not taken over."""
    merge.moved["was_yes"] = kept.marketing_opt_in is True
    if gone.marketing_opt_in is False and kept.marketing_opt_in is not False:
        kind, source = ConsentEntry.Kind.OPT_OUT, ConsentEntry.Source.MERGE
        words = f"Customer {gone.pk} had said no"
        said = Said(kind=kind, source=source, at=timezone.now(), key=f"merge:{merge.pk}", words=words)
        consent.record(customer=kept, said=said)


def _restore_the_yes(merge: Merge, kept: Customer, at: datetime) -> None:
    """The kept customer's own yes, if nobody has said anything since."""
    newest = consent.newest_of(kept)
    if newest is not None and newest.key == f"merge:{merge.pk}" and merge.moved["was_yes"]:
        kind, source = ConsentEntry.Kind.OPT_IN, ConsentEntry.Source.MERGE
        said = Said(kind=kind, source=source, at=at, key=f"merge:{merge.pk}:undone", words="The merge was undone")
        consent.record(customer=kept, said=said)


def _share_the_no(merge: Merge, gone: Customer, at: datetime) -> None:
    """A no that was said while both were one is a no of both: which of them said it, nobody can tell for sure."""
    since = ConsentEntry.objects.filter(customer=merge.kept_id, purpose=consent.Purpose.MARKETING, at__gte=merge.at)
    no = since.filter(kind=ConsentEntry.Kind.OPT_OUT).exclude(key=f"merge:{merge.pk}").order_by("-at", "-id").first()
    if no is not None:
        key, source = f"merge:{merge.pk}:no", ConsentEntry.Source.MERGE
        consent.record(customer=gone, said=Said(kind=no.kind, source=source, at=at, key=key, words=no.words))


def _doubt_the_yes(merge: Merge, kept: Customer, at: datetime) -> None:
    """A yes that was said while both were one may be the other's: who had not said yes before gets no offers by it."""
    newest = consent.newest_of(kept)
    if newest is not None and newest.is_yes and newest.at >= merge.at and not merge.moved["was_yes"]:
        kind, source, key = ConsentEntry.Kind.OPT_OUT, ConsentEntry.Source.MERGE, f"merge:{merge.pk}:unsure"
        words = "The merge was undone: the yes may be the other customer's"
        consent.record(customer=kept, said=Said(kind=kind, source=source, at=at, key=key, words=words))


def _decide_doubts(merge: Merge) -> None:
    pair = (merge.kept_id, merge.gone_id)
    rows = IdentityDoubt.objects.filter(customer__in=pair, other__in=pair, state=IdentityDoubt.State.OPEN)
    rows.update(state=IdentityDoubt.State.MERGED, decided_at=timezone.now(), decided_by_id=merge.actor_id)


def _ask_again(merge: Merge) -> None:
    """The question that the merge had answered is open again: whether they are one person is not known any more."""
    pair = (merge.kept_id, merge.gone_id)
    rows = IdentityDoubt.objects.filter(customer__in=pair, other__in=pair, state=IdentityDoubt.State.MERGED)
    rows.update(state=IdentityDoubt.State.OPEN, decided_at=None, decided_by_id=None)
