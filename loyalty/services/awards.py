"""Points for a purchase, and their return when it is refunded."""

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.db import transaction

from loyalty import ledger
from loyalty.earning import EarnRules, PurchaseFacts, Quote, evaluate, refund_points
from loyalty.errors import NoPurchaseToReverse
from loyalty.expiry import ripe_at
from loyalty.models import Account, Customer, Lot, Program, Purchase, PurchaseLine
from loyalty.signals import points_earned
from loyalty.types import Award, PurchaseLineFacts, Reversal


@transaction.atomic
def award_purchase(  # noqa: PLR0913  (the facts of one purchase)
    *,
    customer: Customer,
    order_id: int,
    reference: str,
    lines: Sequence[PurchaseLineFacts],
    total_cents: int,
    currency: str,
    occurred_at: datetime,
    channel: str,
    now: datetime | None = None,
) -> Award:
    """Give the points of a paid order, inside the caller's transaction; the same order again gives nothing more.

    `total_cents` is what was paid: less than the lines come to is a discount shared by all lines, more is delivery and
    earns nothing. A paused program, a blocked customer or a small purchase give no points and say so in `reason`.
    Refuses: `IdempotencyConflict` (the same order with other facts), `PointsAreBusy`.
    """
    request = request_of(customer_id=customer.pk, lines=lines, total_cents=total_cents, currency=currency)
    actor = ledger.Actor(channel=channel)
    with ledger.impatiently():
        claim = ledger.claim(key=f"earn:order:{order_id}", kind="award", request=request, actor=actor)
        if claim.result is not None:
            return Award(replayed=True, **claim.result)
        program = Program.objects.get()
        book = ledger.open_book(customer, program=program, operation_id=claim.operation_id, now=now)
    if book.account.customer_id != customer.pk:  # they became part of another customer meanwhile
        customer = book.account.customer
    purchase = Purchase(
        customer=customer,
        order_id=order_id,
        reference=reference,
        channel=channel,
        currency=currency,
        occurred_at=occurred_at,
    )
    award = _award(book, purchase, program, lines, total_cents)
    ledger.finish(claim.operation_id, _result(award))
    if award.points:
        points_earned.send(Customer, customer=customer, points=award.points, balance=award.balance, reference=reference)
    return award


def _award(
    book: ledger.Book, purchase: Purchase, program: Program, lines: Sequence[PurchaseLineFacts], total_cents: int
) -> Award:
    """Evaluate the purchase, keep it with its quote and write its points."""
    ledger.settle(book)
    facts = facts_of(lines, total_cents=total_cents, currency=purchase.currency)
    quote = evaluate(facts, rules_of(program))
    reason = quote.reason or _refusal(purchase.customer, book.account)
    purchase.gross, purchase.discount = total_cents + quote.discount_cents, quote.discount_cents
    purchase.excluded, purchase.basis = total_cents - quote.basis_cents, quote.basis_cents
    purchase.points_awarded = 0 if reason else quote.points
    purchase.quote = {**quote.to_json(), "reason": reason}
    purchase.save(force_insert=True)
    PurchaseLine.objects.bulk_create(lines_of(purchase, facts.lines, quote))
    if purchase.points_awarded:
        at = purchase.occurred_at
        ripe = ripe_at(at, program.pending_days, ZoneInfo(program.time_zone))
        ledger.earn(book, quote.points, reason="purchase", at=at, ripe_at=ripe, purchase=purchase)
        ledger.settle(book)
    ledger.write([book])
    return Award(points=purchase.points_awarded, balance=book.account.active, replayed=False, reason=reason)


@transaction.atomic
def reverse_award(*, order_id: int, refunded_cents: int, refund_key: str, now: datetime | None = None) -> Reversal:
    """Take back the points of a refund of `refunded_cents`; all parts of a full refund take exactly what was given.

    The rate is that of the purchase, never today's. What was spent meanwhile becomes debt that later points repay,
    or is forgiven if the program says so. The same `refund_key` again changes nothing.
    Refuses: `NoPurchaseToReverse`, `IdempotencyConflict`, `PointsAreBusy`.
    """
    found = Purchase.objects.filter(order_id=order_id).select_related("customer").first()
    if found is None:
        raise NoPurchaseToReverse(f"Order {order_id} was never looked at for points.")
    request = {"order": order_id, "refunded": refunded_cents}
    with ledger.impatiently():
        claim = ledger.claim(
            key=f"refund:{order_id}:{refund_key}", kind="reverse", request=request, actor=ledger.Actor()
        )
        if claim.result is not None:
            return Reversal(replayed=True, **claim.result)
        program = Program.objects.get()
        book = ledger.open_book(found.customer, program=program, operation_id=claim.operation_id, now=now)
    ledger.settle(book)
    purchase = Purchase.objects.get(pk=found.pk)
    purchase.refunded_total = min(purchase.refunded_total + refunded_cents, purchase.gross)
    asked = refund_points(
        awarded=purchase.points_awarded,
        basis_cents=purchase.basis,
        refunded_cents=purchase.refunded_total,
        already=purchase.points_reversed,
    )
    points, debt = _take_back(book, purchase, asked, forgive=program.clawback_policy == Program.Clawback.FORGIVE)
    purchase.points_reversed += points
    purchase.save(update_fields=["refunded_total", "points_reversed"])
    ledger.write([book])
    reversal = Reversal(points=points, balance=book.account.active, debt=debt, replayed=False)
    ledger.finish(claim.operation_id, _result(reversal))
    return reversal


def request_of(
    *, customer_id: int, lines: Sequence[PurchaseLineFacts], total_cents: int, currency: str
) -> dict[str, Any]:
    """What makes two awards the same wish."""
    return {
        "customer": customer_id,
        "lines": [asdict(line) for line in lines],
        "total": total_cents,
        "currency": currency,
    }


def facts_of(lines: Sequence[PurchaseLineFacts], *, total_cents: int, currency: str) -> PurchaseFacts:
    """The purchase as the rules see it: less paid than the lines come to is a discount shared by all of them."""
    nets = sum(line.gross_cents - line.discount_cents for line in lines)
    return PurchaseFacts(currency=currency, lines=tuple(lines), order_discount_cents=max(0, nets - total_cents))


def rules_of(program: Program) -> EarnRules:
    """The earning part of the program as plain facts."""
    return EarnRules(
        currency=program.currency,
        points=program.earn_points,
        per_minor=program.earn_per_minor,
        minimum_minor=program.minimum_minor,
        rounding=program.rounding,
        is_live=program.status == Program.Status.LIVE,
    )


def _refusal(customer: Customer, account: Account) -> str:
    if customer.is_blocked:
        return "member_blocked"
    return "" if account.status in {Account.Status.ACTIVE, Account.Status.UNCLAIMED} else "account_closed"


def lines_of(purchase: Purchase, lines: Sequence[PurchaseLineFacts], quote: Quote) -> list[PurchaseLine]:
    """The rows of a purchase's lines, each with its share of the basis and of the points; not written yet."""
    return [
        PurchaseLine(
            purchase=purchase,
            product_id=line.product_id,
            category_id=line.category_id,
            quantity=line.quantity,
            gross=line.gross_cents,
            discount=line.discount_cents,
            basis=part.basis_cents,
            points=part.points if purchase.points_awarded else 0,
        )
        for line, part in zip(lines, quote.lines, strict=True)
    ]


def _take_back(book: ledger.Book, purchase: Purchase, asked: int, *, forgive: bool) -> tuple[int, int]:
    if asked <= 0:
        return 0, 0
    lot = next((lot for lot in book.lots if lot.purchase_id == purchase.pk), None)
    rows = Lot.objects.filter(purchase=purchase).order_by("-id")
    # After a merge the lot may have come from another account; one that was used up before stayed there.
    lot = lot or rows.filter(account=book.account).first() or rows.first()
    if lot is None:
        raise NoPurchaseToReverse(f"Purchase {purchase.pk} has no points of its own.")
    return ledger.reverse(book, lot, asked, reason="refund", purchase=purchase, forgive=forgive)


def _result(outcome: Award | Reversal) -> dict[str, Any]:
    return {name: value for name, value in asdict(outcome).items() if name != "replayed"}
