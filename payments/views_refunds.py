"""Giving money back from the page of an order: for Managers, in part or whole, with a reason."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST

from orders.views import order_context
from payments import refunds
from payments.errors import RefundTooLarge
from payments.forms import RefundForm
from payments.models import PaymentAttempt, Refund
from shopme.lib.errors import BusinessError
from shopme.lib.money import format_money
from tenants.access import DashboardRequest, dashboard_view
from tenants.models import Role

SAID = {
    Refund.State.SUCCEEDED: "{amount} was given back.",
    Refund.State.UNKNOWN: "The gateway did not answer. {amount} may be on its way back; it is asked again by itself.",
}
ON_ITS_WAY = "{amount} is on its way back. The customer is told once it is done."


@dashboard_view(role=Role.MANAGER)
@require_POST
def refund_create(request: DashboardRequest, attempt_id: int) -> HttpResponse:
    """Give back so much of one payment; a refusal is shown beside its form."""
    attempt = get_object_or_404(PaymentAttempt, pk=attempt_id)
    form = RefundForm(request.POST, currency=attempt.received_currency or attempt.currency)
    if form.is_valid() and (refund := _give_back(request, attempt, form)):
        amount = format_money(refund.amount_cents, refund.currency)
        messages.success(request, SAID.get(Refund.State(refund.state), ON_ITS_WAY).format(amount=amount))
        return redirect("orders:order_detail", attempt.order_id)
    shown = {**order_context(request, attempt.order_id), "refund_form": form, "refund_of": attempt.pk}
    return render(request, "orders/order_detail.html", shown, status=422)


def _give_back(request: DashboardRequest, attempt: PaymentAttempt, form: RefundForm) -> Refund | None:
    """The refund, or None once the form says why not."""
    try:
        return refunds.give_back(
            attempt_id=attempt.pk,
            amount_cents=form.cleaned_data["amount"],
            reason=form.cleaned_data["reason"],
            request_id=form.cleaned_data["request_id"],
            actor=request.user,
        )
    except RefundTooLarge as refusal:
        left = format_money(refusal.left_cents, attempt.received_currency)
        form.add_error("amount", f"{refusal} {left} is left.")
    except BusinessError as refusal:
        form.add_error(None, str(refusal))
    return None
