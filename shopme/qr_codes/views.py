"""The pages of a shop's printed codes: a list with figures, making and changing them, and what goes to the printer."""

from io import BytesIO
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.text import slugify
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from catalog.queries import product_names
from conversations import simulated
from conversations.simulated import samples
from conversations.views import doors
from shopme.lib.errors import BusinessError
from shopme.qr_codes import drawing
from shopme.qr_codes.drawing import LEVELS, SIZES, Print
from shopme.qr_codes.forms import EditCodeForm, NewCodesForm
from tenants import directory
from tenants.access import DashboardRequest, dashboard_view
from tenants.codes import shown
from tenants.models import QrCode, Role
from tenants.services import qr_codes

MOST_ON_SHEET = 120


@dashboard_view(role=Role.MANAGER)
@require_GET
def code_list(request: DashboardRequest) -> HttpResponse:
    """The shop's codes and how often they were opened."""
    rows = list(directory.codes_with_counts(request.shop, now=timezone.now()))
    context = {
        "rows": rows,
        "names": dict(product_names()),
        "number": directory.number_of_shop(request.shop),
        "totals": {"scans": sum(row.scans for row in rows), "chats": sum(row.chats for row in rows)},  # type: ignore[attr-defined]
        "active": sum(row.leads_at(timezone.now()) for row in rows),
        "now": timezone.now(),
    }
    return _page(request, "list", **context)


@dashboard_view(role=Role.MANAGER)
@require_http_methods(["GET", "POST"])
def code_create(request: DashboardRequest) -> HttpResponse:
    """One code, or a numbered row of them; then the sheet to print them."""
    form = NewCodesForm(request.POST or None, products=product_names(), initial={"purpose": QrCode.Purpose.PLACE})
    if form.is_valid():
        try:
            made = qr_codes.create_codes(shop=request.shop, wishes=form.wishes(), actor=request.user)
        except BusinessError as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, f"{len(made)} code{'s are' if len(made) > 1 else ' is'} ready to print.")
            if len(made) == 1:
                return redirect("qr_codes:code_edit", made[0].pk)
            return redirect("qr_codes:code_list")
    return _page(request, "new", form=form)


@dashboard_view(role=Role.MANAGER)
@require_http_methods(["GET", "POST"])
def code_edit(request: DashboardRequest, code_id: int) -> HttpResponse:
    """One code: its picture, its figures, where it leads."""
    code = _code(request, code_id)
    form = EditCodeForm(request.POST or None, products=product_names(), initial=_initial(code))
    if form.is_valid():
        try:
            qr_codes.change_code(
                shop=request.shop,
                code_id=code.pk,
                wish=form.wish(),
                is_active=form.cleaned_data["is_active"],
                actor=request.user,
            )
        except BusinessError as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, "Saved.")
            return redirect("qr_codes:code_edit", code.pk)
    counted = directory.codes_with_counts(request.shop, now=timezone.now()).get(pk=code.pk)
    scans = directory.scans_by_day(code, today=timezone.localtime())
    return _page(request, "edit", form=form, code=counted, scans=scans, can_try=_can_try(), **_addresses(code))


@dashboard_view(role=Role.MANAGER)
@require_GET
def code_sheet(request: DashboardRequest) -> HttpResponse:
    """Several codes on pages of A4, ready to print; `?id=` once per code, without any all that are in use."""
    wanted = [int(text) for text in request.GET.getlist("id")[:MOST_ON_SHEET] if text.isdigit() and len(text) < 18]
    rows = QrCode.objects.filter(shop=request.shop).order_by("id")
    rows = rows.filter(pk__in=wanted) if wanted else rows.filter(is_active=True)
    return render(request, "qr_codes/sheet.html", {"page": "settings", "codes": rows[:MOST_ON_SHEET]})


@dashboard_view(role=Role.MANAGER)
@require_GET
def code_svg(request: DashboardRequest, code_id: int) -> HttpResponse:
    """The code as a drawing; `?level=H` for more damage, `?download=1` as a file."""
    code = _code(request, code_id)
    return _file(request, code, drawing.as_svg(_print(request, code)).encode(), "svg", "image/svg+xml")


@dashboard_view(role=Role.MANAGER)
@require_GET
def code_png(request: DashboardRequest, code_id: int) -> HttpResponse:
    """The code as a picture; `?size=` small, medium or large."""
    code = _code(request, code_id)
    module = SIZES.get(request.GET.get("size", ""), SIZES["medium"])
    return _file(request, code, drawing.as_png(_print(request, code), module=module), "png", "image/png")


@dashboard_view()
@require_POST
def code_try(request: DashboardRequest, code_id: int) -> HttpResponse:
    """Photograph the printed code with a phone on the simulator's shared number: that of the form, else a new one."""
    doors.must_be_on()
    number, code = simulated.shared_number(), _code(request, code_id)
    if number is None:
        raise Http404("There is no shared number on the simulator.")
    photo = BytesIO(samples.photo_of(drawing.as_png(_print(request, code), module=SIZES["small"])))
    try:
        person = simulated.person_with(number, request.POST.get("phone") or simulated.fresh_phone(number))
        simulated.send_file(number, person, photo, filename="code.jpg")
    except simulated.NotAPhoneOfOurs as refusal:
        raise Http404 from refusal
    except BusinessError as refusal:
        messages.error(request, str(refusal))
    return redirect(doors.page_of(number, [person.digits]))


def _code(request: DashboardRequest, code_id: int) -> QrCode:
    return get_object_or_404(QrCode.objects.filter(shop=request.shop), pk=code_id)


def _print(request: DashboardRequest, code: QrCode) -> Print:
    level = request.GET.get("level", "Q")
    return Print(
        address=directory.code_address(code),
        shop_name=request.shop.name,
        label=code.label,
        code=shown(code.code),
        level=level if level in LEVELS else "Q",
    )


def _file(request: DashboardRequest, code: QrCode, body: bytes, ending: str, kind: str) -> HttpResponse:
    response = HttpResponse(body, content_type=kind)
    response["X-Content-Type-Options"] = "nosniff"
    if request.GET.get("download"):
        level, size = request.GET.get("level", ""), request.GET.get("size", "")
        variant = ("stickers" if level == "H" else "", size if size in SIZES and ending == "png" else "")
        parts = (slugify(request.shop.name), slugify(code.label), code.code, *variant)
        name = "-".join(part for part in parts if part)
        response["Content-Disposition"] = f'attachment; filename="{name}.{ending}"'
    return response


def _can_try() -> bool:
    """Whether there is a phone that could photograph a code."""
    return settings.SIMULATOR and simulated.shared_number() is not None


def _initial(code: QrCode) -> dict[str, Any]:
    return {
        "purpose": code.purpose,
        "product_id": code.product_id or "",
        "label": code.label,
        "expires_on": timezone.localtime(code.expires_at).date() if code.expires_at else None,
        "is_active": code.is_active,
    }


def _addresses(code: QrCode) -> dict[str, Any]:
    lead = directory.lead_of(code.code)
    return {"address": directory.code_address(code), "lead": lead, "shown_code": shown(code.code)}


def _page(request: DashboardRequest, name: str, *, form: Any = None, **context: Any) -> HttpResponse:
    refused = form is not None and form.is_bound and bool(form.errors)
    shown_page = {"page": "settings", "tab": "qr_codes", "form": form, **context}
    return render(request, f"qr_codes/{name}.html", shown_page, status=422 if refused else 200)
