"""One person seen twice: the doubt, the look at both, the merge and its undoing; and what the team writes of offers."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST

from loyalty import consent, lookalikes
from loyalty import queries as loyalty
from loyalty import services as points
from loyalty.models import ConsentEntry, Customer, IdentityDoubt, Merge
from orders import queries as orders
from shopme.customers.forms import OffersForm
from shopme.lib.errors import BusinessError
from shopme.lib.text import clean_text
from tenants.access import DashboardRequest, dashboard_view
from tenants.audit import note
from tenants.models import Role

MOST_FOUND = 8
PAGE = "customers/customer_merge.html"


@dashboard_view(role=Role.MANAGER)
@require_GET
def customer_merge(request: DashboardRequest, customer_id: int) -> HttpResponse:
    """Who else is this person? `?q=` searches; `?other=` shows both side by side before anything happens.

    Proposed to stay is the one of whom more is known; `?turned=1` proposes the other one.
    """
    customer = get_object_or_404(Customer, pk=customer_id, merged_into=None)
    chosen = request.GET.get("other", "")
    other = None
    if chosen.isascii() and chosen.isdigit() and len(chosen) <= 15:
        other = Customer.objects.filter(pk=int(chosen), merged_into=None).exclude(pk=customer.pk).first()
    search = clean_text(request.GET.get("q", ""), limit=80).strip()
    context: dict[str, Any] = {"page": "customers", "customer": customer, "search": search, "other": other}
    if other is not None:
        context |= _proposal(customer, other, is_turned=request.GET.get("turned") == "1")
    elif search:
        context["people"] = loyalty.customers_for_dashboard(search).exclude(pk=customer.pk)[:MOST_FOUND]
    else:
        context["people"] = [_other_of(doubt, customer) for doubt in lookalikes.open_doubts(customer)]
    return render(request, PAGE, context)


@dashboard_view(role=Role.MANAGER)
@require_POST
def customer_join(request: DashboardRequest, customer_id: int, other_id: int) -> HttpResponse:
    """Make them one: everything of `other_id` becomes the customer's."""
    kept = get_object_or_404(Customer, pk=customer_id)
    gone = get_object_or_404(Customer, pk=other_id)
    try:
        points.merge_customers(kept=kept, gone=gone, actor=request.user)
    except BusinessError as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, "They are one customer now. You can undo it for thirty days.")
    return redirect("customers:customer_detail", kept.pk)


@dashboard_view(role=Role.MANAGER)
@require_POST
def merge_undo(request: DashboardRequest, merge_id: int) -> HttpResponse:
    """Take a merge apart again, with a reason."""
    merge = get_object_or_404(Merge, pk=merge_id)
    reason = clean_text(request.POST.get("reason", ""), limit=200)
    try:
        points.undo_merge(merge=merge, actor=request.user, reason=reason)
    except BusinessError as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, "They are two customers again.")
    return redirect("customers:customer_detail", merge.kept_id)


@dashboard_view(role=Role.MANAGER)
@require_POST
def doubt_different(request: DashboardRequest, doubt_id: int) -> HttpResponse:
    """Two people after all: the phone stays with the one who writes from it."""
    doubt = get_object_or_404(IdentityDoubt, pk=doubt_id)
    try:
        lookalikes.are_different(doubt_id=doubt.pk, actor_id=request.user.pk)
    except BusinessError as refusal:
        messages.error(request, str(refusal))
    else:
        subject = f"customer {doubt.customer_id}"
        detail = {"other": doubt.other_id}
        note("customer.kept_apart", shop=request.shop, actor=request.user, subject=subject, detail=detail)
        messages.success(request, "Noted: they are different people.")
    return redirect("customers:customer_detail", doubt.customer_id)


@dashboard_view()
@require_POST
def offers_record(request: DashboardRequest, customer_id: int) -> HttpResponse:
    """Write down what a customer said about offers in another way than the chat, and why."""
    customer = get_object_or_404(Customer, pk=customer_id)
    form = OffersForm(request.POST)
    if form.is_valid():
        said = consent.Said(
            kind=form.cleaned_data["kind"],
            source=ConsentEntry.Source.STAFF,
            at=timezone.now(),
            key=f"staff:{customer.pk}:{form.cleaned_data['request_id']}",
            reason=form.cleaned_data["reason"],
            actor_id=request.user.pk,
        )
        consent.record(customer=customer, said=said)
        subject = f"customer {customer.pk}"
        detail = {"kind": form.cleaned_data["kind"]}
        note("customer.offers_recorded", shop=request.shop, actor=request.user, subject=subject, detail=detail)
        messages.success(request, "Written down.")
    else:
        messages.error(request, "Please say what the customer wants, and how you know.")
    return redirect("customers:customer_detail", customer.pk)


def _proposal(customer: Customer, other: Customer, *, is_turned: bool) -> dict[str, Any]:
    """Both with what a merge would move: the one with more to lose is `kept`, the newcomer becomes part of it."""
    kept, gone = sorted((facts_of(customer), facts_of(other)), key=_weight, reverse=True)
    if is_turned:
        kept, gone = gone, kept
    return {"kept": kept, "gone": gone, "is_turned": is_turned}


def _weight(facts: dict[str, Any]) -> tuple[Any, ...]:
    """What speaks for staying: bought, points, a phone that is known, a name the team wrote; at last the older one."""
    person, balance = facts["customer"], facts["points"]
    bought, points_of = facts["spending"].orders, balance.available + balance.pending
    return bought, points_of, bool(person.phone), bool(person.name), -person.created_at.timestamp(), -person.pk


def facts_of(customer: Customer) -> dict[str, Any]:
    """What of a customer a merge would move, to be looked at before."""
    names = customer.identities.filter(retired_at=None)
    return {
        "customer": customer,
        "spending": orders.spending_of(customer),
        "orders": orders.orders_of(customer, limit=3),
        "points": points.balance_of(customer),
        "names": list(names.exclude(kind="username").order_by("kind", "id")),
        "addresses": customer.addresses.count(),
    }


def doubts_of(customer: Customer) -> list[dict[str, Any]]:
    """Open doubts as the page shows them: who the other one is, and the name both go by."""
    return [{"doubt": doubt, "other": _other_of(doubt, customer)} for doubt in lookalikes.open_doubts(customer)]


def _other_of(doubt: IdentityDoubt, customer: Customer) -> Customer:
    return doubt.other if doubt.customer_id == customer.pk else doubt.customer
