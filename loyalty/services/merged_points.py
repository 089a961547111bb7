"""The points of two customers that became one: moved by entries of the ledger, and moved back while untouched."""

from collections.abc import Sequence
from typing import Any

from django.utils import timezone

from loyalty import ledger
from loyalty.errors import AccountFrozen
from loyalty.models import Account, Entry, Lot, Merge, Operation, Program, Purchase
from shopme.lib.errors import BusinessError

Json = dict[str, Any]


class PointsWereTouched(BusinessError):
    """What moved is not all there any more."""


def move(merge: Merge) -> Json:
    """All points and debt of the gone customer to the kept one; what to know for the way back.

    What one owes is paid by what the other has, and that is noted too. Refuses: `PointsWereTouched` while points are
    held for an open reward, `AccountFrozen` while the points of either are frozen, `PointsAreBusy`.
    """
    with ledger.impatiently():
        gone, kept = _books(merge, key=f"merge:{merge.pk}")
    _must_not_be_frozen(gone, kept)
    if gone.account.held:
        raise PointsWereTouched(f"{gone.account.held} points are held for a reward. Settle that first.")
    debt, settled = gone.account.debt, len(kept.movements)
    carried = ledger.transfer(gone, kept, lots=list(gone.lots), debt=debt, reason="merge")
    repaid = [each for each in kept.movements[settled:] if each.entry.kind == Entry.Kind.OFFSET]
    lifetime = [gone.account.lifetime_issued, gone.account.lifetime_redeemed]
    kept.account.lifetime_issued += lifetime[0]
    kept.account.lifetime_redeemed += lifetime[1]
    if latest := max(filter(None, (kept.account.last_activity_at, gone.account.last_activity_at)), default=None):
        kept.account.last_activity_at = latest
    status = gone.account.status
    ledger.write([gone, kept])
    Account.objects.filter(pk=gone.account.pk).update(status=Account.Status.CLOSED, closed_at=timezone.now())
    ledger.finish(gone.operation_id, {"points": sum(each.points for each in carried), "debt": debt})
    lots = [
        {"lot": each.after.pk, "points": each.points, "expired": each.before.expired, "reversed": each.before.reversed}
        for each in carried
    ]
    paid = [{"lot": each.lot.pk, "points": -each.d_active} for each in repaid]
    return {"lots": lots, "debt": debt, "lifetime": lifetime, "repaid": paid, "status": status}


def move_back(merge: Merge) -> list[int]:
    """The lots that moved return, and those of orders that go back and were paid since; the purchases behind these.

    What one paid of the other's debt is owed again. Refuses: `PointsWereTouched` when some of the points were spent,
    taken back or held, `AccountFrozen`, `PointsAreBusy`.
    """
    with ledger.impatiently():
        gone, kept = _books(merge, key=f"merge:{merge.pk}:undo")
    _must_not_be_frozen(kept)
    moved: Json = merge.moved["points"]
    _owe_again(kept, moved.get("repaid", []))
    paid_since = list(_paid_since(merge))
    new = Lot.objects.filter(purchase__in=paid_since, account=kept.account).order_by("pk")
    known = [*moved["lots"], *({"lot": lot.pk, "points": lot.original, "expired": 0, "reversed": 0} for lot in new)]
    lots = [_untouched(kept, each) for each in known]
    if kept.account.debt < moved["debt"]:
        raise PointsWereTouched("Points that were owed have been paid since, so the two cannot be told apart any more.")
    carried = ledger.transfer(kept, gone, lots=[lot for lot in lots if lot], debt=moved["debt"], reason="merge_undone")
    ledger.repay_debt(kept, at=kept.now)
    issued = sum(purchase.points_awarded for purchase in paid_since)
    kept.account.lifetime_issued -= moved["lifetime"][0] + issued
    kept.account.lifetime_redeemed -= moved["lifetime"][1]
    gone.account.lifetime_issued += issued
    ledger.write([kept, gone])
    status = moved.get("status", Account.Status.ACTIVE)
    Account.objects.filter(pk=gone.account.pk).update(status=status, closed_at=None)
    ledger.finish(kept.operation_id, {"points": sum(each.points for each in carried), "debt": moved["debt"]})
    return [purchase.pk for purchase in paid_since]


def _must_not_be_frozen(*books: ledger.Book) -> None:
    if any(book.account.status == Account.Status.FROZEN for book in books):
        raise AccountFrozen("The points of one of the two are frozen, and stay where they are until that is over.")


def _paid_since(merge: Merge) -> Sequence[Purchase]:
    """Purchases of orders that came with the gone customer and were paid after the merge: who ordered gets the points."""
    orders = merge.moved.get("orders", [])
    rows = Purchase.objects.filter(customer=merge.kept_id, order_id__in=orders)
    return list(rows.exclude(pk__in=merge.moved.get("purchases", [])).order_by("pk"))


def _owe_again(kept: ledger.Book, repaid: Sequence[Json]) -> None:
    """What the one's points paid of the other's debt when they were joined; points past their day lapse at once."""
    moves = [ledger.Move(_lot(kept, each["lot"]), active=each["points"]) for each in repaid]
    if moves:
        owed = sum(move.active for move in moves)
        kept.enter(Entry.Kind.OFFSET, moves, effective_at=kept.now, debt=owed, reason="merge_undone")
        ledger.settle(kept)


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
    lot = _lot(kept, known["lot"])
    lapsed = lot.expired - known["expired"]
    missing = known["points"] - lapsed - lot.pending - lot.active
    if lot.reversed != known["reversed"]:
        raise PointsWereTouched("A purchase of theirs was refunded since, so the points cannot be told apart any more.")
    if missing > 0:
        raise PointsWereTouched(f"{missing} of the points that moved were spent since. They cannot be put back.")
    return lot if lot.pending or lot.active else None


def _lot(book: ledger.Book, lot_id: int) -> Lot:
    return next((lot for lot in book.lots if lot.pk == lot_id), None) or Lot.objects.get(pk=lot_id)
