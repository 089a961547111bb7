"""The hosted page of the simulated gateway: it looks and acts like another company's."""

from uuid import UUID

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import translation
from django.views.decorators.http import require_http_methods

from payments.models import SimulatedCheckout
from payments.simulator import CheckoutClosed, press
from tenants.access import public_view

GOES_BACK = ("pay", "pay_twice")


@public_view
@require_http_methods(["GET", "HEAD", "POST"])
def simulated_page(request: HttpRequest, checkout_id: UUID) -> HttpResponse:
    """Pay, decline, leave, pay twice, or pay and tell the shop late; in the language the shop asked for."""
    if not settings.SIMULATED_GATEWAY:
        raise Http404("Simulated payments are switched off.")
    checkout = get_object_or_404(SimulatedCheckout, pk=checkout_id)
    button, refusal = request.POST.get("button", ""), ""
    if request.method == "POST":
        try:
            checkout = press(checkout_id=checkout_id, button=button)
        except CheckoutClosed as problem:
            refusal = str(problem)
        else:
            if button in GOES_BACK:
                response = HttpResponse(status=303)
                response["Location"] = checkout.return_url
                return response
    context = {"checkout": checkout, "button": button, "refusal": refusal}
    with translation.override(checkout.language or settings.LANGUAGE_CODE):
        return render(request, "payments/simulated_page.html", context, status=409 if refusal else 200)
