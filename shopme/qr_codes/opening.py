"""The address a printed code holds: on to WhatsApp from a phone, a page with the code on a desk."""

import re
from typing import Final

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils import timezone, translation
from django.views.decorators.http import require_safe

from shopme.lib import visitors
from shopme.qr_codes import drawing
from tenants import directory
from tenants.access import public_view, shop_of
from tenants.services import qr_codes

# Browsers on a desk, where wa.me cannot open the person's phone. Whoever is not known goes straight on.
_DESK: Final = re.compile(r"Windows NT|Macintosh|X11; (?:Linux|CrOS|Ubuntu)")
_PHONE: Final = re.compile(r"Mobile|Android|iPhone|iPad|WhatsApp/")


@public_view
@require_safe
def code_open(request: HttpRequest, code: str) -> HttpResponse:
    """GET counts one scan and goes on; HEAD only answers. Every code that leads nowhere gets the same page."""
    lead = directory.lead_of(code, shop=shop_of(request))
    if lead is None:
        response = _unknown(request)
    else:
        if request.method == "GET":
            qr_codes.count_scan(code_id=lead.code.pk, day=timezone.localdate())
        response = _desk_page(request, lead) if _is_at_desk(request) else HttpResponseRedirect(lead.whatsapp_url)
    response["Cache-Control"] = "no-store"
    response["Vary"] = "User-Agent, Accept-Language"
    response["Referrer-Policy"] = "no-referrer"
    response["X-Robots-Tag"] = "noindex, nofollow"
    return response


def _unknown(request: HttpRequest) -> HttpResponse:
    """In the visitor's language, or that of the shop whose host it is: whose code it was is told to nobody."""
    here = shop_of(request)
    with translation.override(visitors.language_of(request, otherwise=here.language if here else "")):
        return render(request, "qr_codes/unknown.html", {"hide_shop": True}, status=404)


def _is_at_desk(request: HttpRequest) -> bool:
    browser = request.headers.get("User-Agent", "")
    return bool(_DESK.search(browser)) and not _PHONE.search(browser)


def _desk_page(request: HttpRequest, lead: directory.Lead) -> HttpResponse:
    shop = lead.code.shop
    matrix = drawing.matrix_of(lead.whatsapp_url)
    dots = "".join(f"M{x} {y}h1v1h-1z" for y, row in enumerate(matrix) for x, is_dark in enumerate(row) if is_dark)
    context = {
        "lead": lead,
        "code_shop": shop,
        "dots": dots,
        "side": len(matrix),
        "simulator_url": shop.url("/simulator/?phone=new") if lead.number.provider == "simulator" else "",
    }
    with translation.override(shop.language):
        return render(request, "qr_codes/open.html", context)
