"""The points of two customers that became one: moved by entries of the ledger, and moved back while untouched."""

from typing import Any

from django.utils import timezone

from loyalty import ledger
from loyalty.models import Account, Lot, Merge, Operation, Program
from shopme.lib.errors import BusinessError

Json = dict[str, Any]


class PointsWereTouched(BusinessError):
    """What moved is not all there any more."""


def move(merge: Merge) -> Json:
    """All points and debt of the gone customer to the kept one; what to know for the way back.

    Refuses: `PointsWereTouched` while points are held for an open reward, `PointsAreBusy`.
    """
    with ledger.impatiently():
        gone, kept = _books(merge, key=f"merge:{merge.pk}")
    if gone.account.held:
        raise PointsWereTouched(f"{gone.account.held} points are held for a reward. Settle that first.")
    debt = gone.account.debt
    carried = ledger.transfer(gone, kept, lots=list(gone.lots), debt=debt, reason="merge")
    lifetime = [gone.account.lifetime_issued, gone.account.lifetime_redeemed]
    kept.account.lifetime_issued += lifetime[0]
    kept.account.lifetime_redeemed += lifetime[1]
    if latest := max(filter(None, (kept.account.last_activity_at, gone.account.last_activity_at)), default=None):
        kept.account.last_activity_at = latest
    ledger.write([gone, kept])
    Account.objects.filter(pk=gone.account.pk).update(status=Account.Status.CLOSED, closed_at=timezone.now())
    ledger.finish(gone.operation_id, {"points": sum(each.points for each in carried), "debt": debt})
    lots = [
        {"lot": each.after.pk, "points": each.points, "expired": each.before.expired, "reversed": each.before.reversed}
        for each in carried
    ]
    return {"lots": lots, "debt": debt, "lifetime": lifetime}


def move_back(merge: Merge) -> None:
    """The lots that moved return. Refuses: `PointsWereTouched` when some of them were spent, taken back or held."""
    with ledger.impatiently():
        gone, kept = _books(merge, key=f"merge:{merge.pk}:undo")
    moved: Json = merge.moved["points"]
    lots = [_untouched(kept, known) for known in moved["lots"]]
    if kept.account.debt < moved["debt"]:
        raise PointsWereTouched("Points that were owed have been paid since, so the two cannot be told apart any more.")
    carried = ledger.transfer(kept, gone, lots=[lot for lot in lots if lot], debt=moved["debt"], reason="merge_undone")
    kept.account.lifetime_issued -= moved["lifetime"][0]
    kept.account.lifetime_redeemed -= moved["lifetime"][1]
    ledger.write([kept, gone])
    Account.objects.filter(pk=gone.account.pk).update(status=Account.Status.ACTIVE, closed_at=None)
    ledger.finish(kept.operation_id, {"points": sum(each.points for each in carried), "debt": moved["debt"]})


def _books(merge: Merge, *, key: str) -> tuple[ledger.Book, ledger.Book]:
    """Both books under one operation, locked in the order of their customers and settled: gone, kept."""
    actor = ledger.Actor(Operation.Actor.STAFF, merge.actor_id, "dashboard")
    request = {"kept": merge.kept_id, "gone": merge.gone_id}
    claim = ledger.claim(key=key, kind="merge", request=request, actor=actor)
    program = Program.objects.get()
    books = {
        customer.pk: ledger.open_book(customer, program=program, operation_id=claim.operation_id, follow=False)
        for customer in sorted((merge.kept, merge.gone), key=lambda each: each.pk)
    }
    now = max(book.now for book in books.values())
    for book in books.values():
        book.now = now
        ledger.settle(book)
    return books[merge.gone_id], books[merge.kept_id]


def _untouched(kept: ledger.Book, known: Json) -> Lot | None:
    """The lot as it came, less what lapsed since; None when all of it lapsed."""
    lot = next((lot for lot in kept.lots if lot.pk == known["lot"]), None) or Lot.objects.get(pk=known["lot"])
    lapsed = lot.expired - known["expired"]
    missing = known["points"] - lapsed - lot.pending - lot.active
    if lot.reversed != known["reversed"]:
        raise PointsWereTouched("A purchase of theirs was refunded since, so the points cannot be told apart any more.")
    if missing > 0:
        raise PointsWereTouched(f"{missing} of the points that moved were spent since. They cannot be put back.")
    return lot if lot.pending or lot.active else None
