"""The customer's doors: our link, and the page a gateway sends them back to. Both work without a session."""

from collections.abc import Callable
from functools import wraps
from typing import Any, Concatenate, ParamSpec
from uuid import UUID

from csp.decorators import csp_update
from django.core import signing
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone, translation
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from payments import services
from payments.errors import LinkClosed, NoWayToPay, PaymentUnavailable
from payments.gateways.registry import redirect_hosts
from payments.models import PaymentLink
from payments.queries import attempt_by_public_id, chat_address, link_by_token, page_state, shown_state
from payments.throttle import has_guessed_too_often, note_miss
from shopme.lib import visitors
from tenants.access import public_view, shop_of
from tenants.client_address import client_ip

P = ParamSpec("P")
# Who fetches a page only to preview it. A courtesy, not a guard: GET changes nothing for anybody.
PREVIEWERS = ("whatsapp/", "facebookexternalhit", "facebot", "twitterbot", "telegrambot", "slackbot")
FORM_SALT = "payments.link_page"
FORM_SECONDS = 2 * 60 * 60
STATUS = {"open": 200, "paid": 200, "replaced": 410, "revoked": 410, "expired": 410, "closed": 410}


def unlisted(
    view: Callable[Concatenate[HttpRequest, P], HttpResponse],
) -> Callable[Concatenate[HttpRequest, P], HttpResponse]:
    """Never cached, never indexed, and the address is told to nobody the customer goes to next."""

    @wraps(view)
    def wrapped(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        response = view(request, *args, **kwargs)
        response["Cache-Control"] = "no-store"
        response["Referrer-Policy"] = "no-referrer"
        response["X-Robots-Tag"] = "noindex, nofollow"
        return response

    return wrapped


@public_view
@csrf_exempt  # in-app browsers may refuse cookies; the form carries a signed token of its own
@require_http_methods(["GET", "HEAD", "POST"])
@csp_update({"form-action": redirect_hosts()})  # type: ignore[arg-type]  # its stub knows views without arguments only
@unlisted
def link_page(request: HttpRequest, token: str) -> HttpResponse:
    """GET shows what is to be paid and changes nothing; POST goes to the gateway."""
    ip = client_ip(request)
    if has_guessed_too_often(ip):
        return _unknown(request, too_often=True)
    link = link_by_token(token)
    if link is None:
        note_miss(ip)
        return _unknown(request)
    if _is_preview(request):
        return render(request, "payments/preview.html")
    with translation.override(link.order.language):
        return _press(request, link, token) if request.method == "POST" else _show(request, link)


def _unknown(request: HttpRequest, *, too_often: bool = False) -> HttpResponse:
    """No order is known that could say the language: the browser does, else it is the shop's."""
    here = shop_of(request)
    with translation.override(visitors.language_of(request, otherwise=here.language if here else "")):
        context = {"too_often": too_often}
        response = render(request, "payments/unknown.html", context, status=429 if too_often else 404)
    response["Vary"] = "Accept-Language"
    return response


def _press(request: HttpRequest, link: PaymentLink, token: str) -> HttpResponse:
    try:
        signing.loads(request.POST.get("form", ""), salt=f"{FORM_SALT}:{link.pk}", max_age=FORM_SECONDS)
    except signing.BadSignature:
        return _show(request, link, problem="stale", status=422)
    try:
        address = services.start_payment(token=token)
    except LinkClosed:
        link.refresh_from_db()
        return _show(request, link)
    except (NoWayToPay, PaymentUnavailable):
        return _show(request, link, problem="gateway", status=503)
    response = HttpResponse(status=303)
    response["Location"] = address
    return response


def _show(request: HttpRequest, link: PaymentLink, *, problem: str = "", status: int | None = None) -> HttpResponse:
    state = shown_state(link, link.order, timezone.now())
    context: dict[str, Any] = {
        "link": link,
        "order": link.order,
        "lines": link.order.lines.all(),
        "state": state,
        "problem": problem,
        "chat_address": chat_address(),
        "form_token": signing.dumps("pay", salt=f"{FORM_SALT}:{link.pk}"),
    }
    return render(request, "payments/link_page.html", context, status=status or STATUS[state])


def _is_preview(request: HttpRequest) -> bool:
    agent = request.headers.get("User-Agent", "").lower()
    return request.method != "POST" and any(agent.startswith(name) or f" {name}" in agent for name in PREVIEWERS)


@public_view
@csrf_exempt  # some gateways send the customer back by a POST of their own; nothing in it is believed
@require_http_methods(["GET", "HEAD", "POST"])
@unlisted
def return_page(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Where a gateway sends the customer back: asks the gateway, shows what is known, and looks again by itself."""
    attempt = attempt_by_public_id(public_id)
    if attempt is None:
        raise Http404
    if services.ask_gateway(attempt_id=attempt.pk):
        attempt = attempt_by_public_id(public_id) or attempt
    template = "payments/return_page.html"
    if getattr(request, "htmx", False):
        template = f"{template}#payment-state"
    with translation.override(attempt.order.language):
        context = {
            "attempt": attempt,
            "order": attempt.order,
            "state": page_state(attempt),
            "chat_address": chat_address(),
        }
        return render(request, template, context)
