"""What others read about customers and points. Nothing here writes."""

from django.db.models import F, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce

from loyalty.models import Account, Customer, CustomerIdentity, Entry, Unit
from loyalty.types import HistoryLine
from shopme.lib.text import clean_text, digits_in

Kind = Entry.Kind

# Kinds that only move points between a customer's own pockets.
SILENT_KINDS = (Kind.ACTIVATE, Kind.OFFSET, Kind.HOLD, Kind.RELEASE)


def history_of(customer: Customer, limit: int = 10) -> list[HistoryLine]:
    """The newest changes a customer would call a change, newest first. Ripening and repaid debt are left out."""
    rows = (
        Entry.objects.filter(account__customer=customer, account__unit__code=Unit.POINTS_CODE)
        .exclude(kind__in=SILENT_KINDS)
        .annotate(net=F("d_pending") + F("d_active") + F("d_held") - F("d_debt"))
        .order_by("-effective_at", "-seq")
        .values_list("effective_at", "net", "kind", "purchase__reference")[:limit]
    )
    return [HistoryLine(at=at, points=net, kind=kind, label=label or "") for at, net, kind, label in rows]


def customers_for_dashboard(search: str = "") -> QuerySet[Customer]:
    """Customers, last seen first, each with `points` (spendable) and `points_debt`; searched by name or phone."""
    rows = Customer.objects.filter(merged_into=None).annotate(
        points=Coalesce(_of_points("active"), 0), points_debt=Coalesce(_of_points("debt"), 0)
    )
    if text := clean_text(search).strip():
        wanted = Q(name__icontains=text) | Q(profile_name__icontains=text)
        if digits := digits_in(text).lstrip("0"):
            wanted |= Q(phone__contains=digits) | Q(pk__in=with_phone(digits))
        rows = rows.filter(wanted)
    return rows.order_by("-last_seen_at", "-id")


def with_phone(digits: str) -> QuerySet[CustomerIdentity, int]:
    """Keys of customers who write from a phone with these digits: a merged one has several."""
    phones = CustomerIdentity.objects.filter(kind=CustomerIdentity.Kind.PHONE, retired_at=None)
    return phones.filter(value__contains=digits).values_list("customer", flat=True)


def _of_points(bucket: str) -> Subquery:
    accounts = Account.objects.filter(customer=OuterRef("pk"), unit__code=Unit.POINTS_CODE)
    return Subquery(accounts.values(bucket)[:1])
