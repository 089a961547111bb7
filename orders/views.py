"""The order pages of the dashboard: the list, one order, and its moves."""

from dataclasses import dataclass
from typing import Any
from uuid import uuid4

from django.core.paginator import Paginator
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET, require_POST

from orders import fulfilment, queries
from orders.errors import UnknownOrder
from orders.forms import MoveForm
from orders.models import Order, OrderEvent
from shopme.lib.errors import BusinessError
from shopme.lib.htmx import render_part
from shopme.lib.text import clean_text
from tenants.access import DashboardRequest, dashboard_view
from tenants.models import Role, User

State = Order.State
PAGE_SIZE = 25
TABS = (
    ("open", "Open"),
    (State.PLACED, "Awaiting payment"),
    (State.PAID, "Paid"),
    (State.PREPARING, "Preparing"),
    (State.READY, "Ready"),
    (State.SHIPPED, "On its way"),
    (State.DELIVERED, "Delivered"),
    (State.CANCELLED, "Cancelled"),
    (State.EXPIRED, "Expired"),
    (State.REFUNDED, "Refunded"),
    ("", "All"),
)


@dataclass(frozen=True, slots=True)
class Tab:
    """One filter of the list with how many orders it holds."""

    state: str
    label: str
    count: int | None


@dataclass(frozen=True, slots=True)
class MoveButton:
    """One move a person may make now. Moves with `needs_reason` open a small form first."""

    to: str
    label: str
    icon: str
    needs_reason: bool
    question: str = ""


BUTTONS = {
    State.PREPARING: MoveButton(State.PREPARING, "Start preparing", "chef-hat", False),
    State.READY: MoveButton(State.READY, "Ready", "package-check", False),
    State.SHIPPED: MoveButton(State.SHIPPED, "Send on its way", "truck", False),
    State.DELIVERED: MoveButton(State.DELIVERED, "Handed over", "check", False),
    State.PAID: MoveButton(State.PAID, "Mark as paid", "banknote", True, "You have the money in another way?"),
    State.CANCELLED: MoveButton(State.CANCELLED, "Cancel order", "x", True, "The customer is told, the goods go back."),
    State.REFUNDED: MoveButton(State.REFUNDED, "Mark as refunded", "undo-2", True, "You gave the money back already?"),
}
# Money moves are for Managers.
MANAGER_MOVES = (State.PAID, State.REFUNDED)


@dashboard_view()
@require_GET
def order_list(request: DashboardRequest) -> HttpResponse:
    """Orders newest first; `?state=`, `?q=`, `?page=`."""
    state = request.GET.get("state", "open")
    search = clean_text(request.GET.get("q", ""), limit=80).strip()
    state = state if state in {key for key, _ in TABS} else "open"
    orders = queries.orders_for_dashboard(state="" if search else state, search=search)
    context = {
        "page": "orders",
        "state": state,
        "search": search,
        "tabs": tabs(),
        "page_obj": Paginator(orders, PAGE_SIZE).get_page(request.GET.get("page")),
    }
    part = "#orders-list" if request.htmx else ""
    return render(request, f"orders/order_list.html{part}", context)


@dashboard_view()
@require_GET
def order_detail(request: DashboardRequest, order_id: int) -> HttpResponse:
    """One order: lines, money, customer, payments, history, and where it may go."""
    part = "#order-card" if request.htmx else ""
    return render(request, f"orders/order_detail.html{part}", order_context(request, order_id))


@dashboard_view()
@require_POST
def order_move(request: DashboardRequest, order_id: int) -> HttpResponse:
    """Move the order one step. Taking and giving back money is for Managers."""
    form = MoveForm(request.POST, order=_order(order_id))
    if form.is_valid() and form.cleaned_data["to"] in MANAGER_MOVES and not request.membership.may_act_as(Role.MANAGER):
        form.add_error("to", "Money is for Managers: ask one to make this move.")
    if form.is_valid():
        try:
            fulfilment.move_order(
                order_id=order_id,
                to=form.cleaned_data["to"],
                actor_kind=OrderEvent.Actor.STAFF,
                actor_id=request.user.pk,
                reason=form.cleaned_data["reason"],
            )
        except BusinessError as refusal:
            form.add_error("to", str(refusal))
        else:
            context = order_context(request, order_id)
            moved = context["order"].get_state_display()
            return render_part(
                request,
                "orders/order_detail.html#order-card",
                context,
                page=f"/orders/{order_id}/",
                events={"toast": f"Order #{context['order'].number}: {moved.lower()}."},
            )
    part = "orders/order_detail.html#order-card"
    return render_part(request, part, {**order_context(request, order_id), "form": form}, status=422)


def order_context(request: DashboardRequest, order_id: int) -> dict[str, Any]:
    """Everything the page of one order shows."""
    order = _order(order_id)
    events = list(order.events.all())
    people = User.objects.in_bulk({event.actor_id for event in events if event.actor_id})
    return {
        "page": "orders",
        "order": order,
        "lines": order.lines.all(),
        "attempts": order.payment_attempts.for_order_page(),
        "may_give_back": request.membership.may_act_as(Role.MANAGER),
        "new_request": uuid4(),
        "events": [(event, State(event.to_state).label, people.get(event.actor_id or 0)) for event in reversed(events)],
        "buttons": buttons(order, request),
    }


def _order(order_id: int) -> Order:
    """One order with what belongs to it; 404 if there is none."""
    try:
        return queries.order_with_history(order_id)
    except UnknownOrder as refusal:
        raise Http404 from refusal


def buttons(order: Order, request: DashboardRequest) -> list[MoveButton]:
    """The moves this person may make with this order now."""
    is_manager = request.membership.may_act_as(Role.MANAGER)
    return [
        BUTTONS[move]
        for move in fulfilment.moves_open_to(order)
        if move in BUTTONS and (is_manager or move not in MANAGER_MOVES)
    ]


def tabs() -> list[Tab]:
    """The filters with their counts; finished states are counted by nobody."""
    counts = queries.counts_by_state()
    shown = {"open": sum(counts[state] for state in ("placed", "paid", "preparing", "ready", "shipped"))}
    shown |= {state: counts[state] for state in (State.PLACED, State.PAID, State.PREPARING, State.READY, State.SHIPPED)}
    return [Tab(key, label, shown.get(key)) for key, label in TABS]
