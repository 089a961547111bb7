"""The customer pages of the dashboard: the list, and everything about one person."""

from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST

from conversations.inbox.queries import conversation_of_customer
from loyalty import consent, people
from loyalty import queries as loyalty
from loyalty import services as points
from loyalty.models import Customer
from orders import queries as orders
from shopme.customers.forms import AdjustForm, OffersForm, ParticularsForm
from shopme.customers.queries import rows_of
from shopme.customers.views_merging import doubts_of
from shopme.lib.errors import BusinessError
from shopme.lib.htmx import render_part
from shopme.lib.text import clean_text
from tenants.access import DashboardRequest, dashboard_view
from tenants.models import Role

PAGE_SIZE = 25
DETAIL = "customers/customer_detail.html"
# How a change of points is called where no purchase names it.
KIND_LABELS = {
    "earn": "Purchase",
    "burn": "Spent",
    "unburn": "Given back",
    "expire": "Expired",
    "adjust": "By hand",
    "reverse": "Refund",
    "transfer_out": "Moved away",
    "transfer_in": "Moved here",
    "write_off": "Written off",
}


@dashboard_view()
@require_GET
def customer_list(request: DashboardRequest) -> HttpResponse:
    """Customers, last seen first; `?q=`, `?page=`."""
    search = clean_text(request.GET.get("q", ""), limit=80).strip()
    page = Paginator(loyalty.customers_for_dashboard(search), PAGE_SIZE).get_page(request.GET.get("page"))
    context = {"page": "customers", "search": search, "page_obj": page, "rows": rows_of(page.object_list)}
    part = "#customers-list" if request.htmx else ""
    return render(request, f"customers/customer_list.html{part}", context)


@dashboard_view()
@require_GET
def customer_detail(request: DashboardRequest, customer_id: int) -> HttpResponse:
    """One person: orders, points, addresses, notes, and the way into their chat."""
    if kept := Customer.objects.filter(pk=customer_id).values_list("merged_into", flat=True).first():
        return redirect("customers:customer_detail", kept)
    context = customer_context(request, customer_id)
    part = "#customer-card" if request.htmx else ""
    return render(request, f"{DETAIL}{part}", context)


@dashboard_view()
@require_POST
def customer_save(request: DashboardRequest, customer_id: int) -> HttpResponse:
    """Keep what the team writes about a customer."""
    customer = get_object_or_404(Customer, pk=customer_id)
    form = ParticularsForm(request.POST, customer=customer)
    if form.is_valid():
        people.save_particulars(customer=customer, **form.cleaned_data)
        return _answer(request, customer, "particulars", "Saved.")
    return _refusal(request, customer, "particulars", particulars=form)


@dashboard_view(role=Role.MANAGER)
@require_POST
def points_adjust(request: DashboardRequest, customer_id: int) -> HttpResponse:
    """Give or take points by hand; the ledger keeps who and why."""
    customer = get_object_or_404(Customer, pk=customer_id)
    form = AdjustForm(request.POST)
    if form.is_valid():
        try:
            done = points.adjust_points(
                customer=customer,
                points=form.cleaned_data["points"],
                reason=form.cleaned_data["reason"],
                key=f"{customer.pk}:{form.cleaned_data['request_id']}",
                actor_id=request.user.pk,
            )
        except BusinessError as refusal:
            form.add_error("points", str(refusal))
        else:
            return _answer(request, customer, "points", f"{customer.display_name} has {done.balance} points now.")
    return _refusal(request, customer, "points", adjust=form)


@dashboard_view(role=Role.MANAGER)
@require_POST
def customer_block(request: DashboardRequest, customer_id: int) -> HttpResponse:
    """Stop answering a customer, or answer again."""
    customer = get_object_or_404(Customer, pk=customer_id)
    people.set_blocked(customer=customer, is_blocked=request.POST.get("is_blocked") == "yes")
    name = customer.display_name
    messages.success(request, f"{name} is blocked." if customer.is_blocked else f"{name} is answered again.")
    return redirect("customers:customer_detail", customer.pk)


def customer_context(request: DashboardRequest, customer_id: int, **forms: Any) -> dict[str, Any]:
    """Everything the page of one person shows; `forms` replace fresh ones after a refusal."""
    customer = get_object_or_404(Customer, pk=customer_id)
    history = loyalty.history_of(customer, limit=8)
    return {
        "page": "customers",
        "customer": customer,
        "conversation": conversation_of_customer(customer.pk),
        "spending": orders.spending_of(customer),
        "orders": orders.orders_of(customer, limit=8),
        "addresses": customer.addresses.all()[:5],
        "balance": points.balance_of(customer),
        "history": [(line, line.label or KIND_LABELS.get(line.kind, line.kind)) for line in history],
        "can_adjust": request.membership.may_act_as(Role.MANAGER),
        "doubts": doubts_of(customer),
        "merges": [each for each in customer.merges.select_related("gone") if each.is_undoable(timezone.now())],
        "consents": consent.history_of(customer, limit=6),
        "offers": OffersForm(),
        "particulars": ParticularsForm(customer=customer),
        "adjust": AdjustForm(),
        **forms,
    }


def _answer(request: DashboardRequest, customer: Customer, part: str, toast: str) -> HttpResponse:
    if not request.htmx:
        messages.success(request, toast)
    context = customer_context(request, customer.pk)
    page = f"/customers/{customer.pk}/"
    return render_part(request, f"{DETAIL}#{part}", context, page=page, events={"toast": toast})


def _refusal(request: DashboardRequest, customer: Customer, part: str, **forms: Any) -> HttpResponse:
    context = customer_context(request, customer.pk, **forms)
    return render_part(request, f"{DETAIL}#{part}", context, status=422)
