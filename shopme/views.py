"""Pages of the roof: the first pages of the platform and of a shop, finding a shop, and what is shown when all fails."""

import json
from datetime import datetime
from typing import Any

from django import forms
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.formats import date_format
from django.views import defaults
from django.views.decorators.http import require_GET, require_http_methods

from shopme import home
from shopme.demo.logins import DEMO_PASSWORD, demo_shops
from shopme.lib.money import format_money, format_money_compact
from shopme.line_chart import line_chart
from tenants.access import DashboardRequest, dashboard_view, platform_view
from tenants.queries import shop_by_slug

FIRST_STEPS = [
    "Open a simulator: a phone on the screen. Write “hi”, choose two things, order and pay.",
    "Open the same shop's dashboard in a second window and sign in with a login below.",
    "Watch the chat, the order, the payment and the points arrive; step into the chat and answer.",
]


class FindShopForm(forms.Form):
    """The first part of a shop's address."""

    slug = forms.CharField(max_length=60, strip=True)

    def clean_slug(self) -> str:
        slug = str(self.cleaned_data["slug"]).lower().removesuffix(f".{settings.PLATFORM_HOST}")
        if shop_by_slug(slug) is None:
            raise forms.ValidationError("No shop has this address.")
        return slug


@platform_view
@require_GET
def platform_home(request: HttpRequest) -> HttpResponse:
    """Where to click first."""
    context = {"steps": FIRST_STEPS, "demo_shops": demo_shops(), "demo_password": DEMO_PASSWORD}
    return render(request, "platform/home.html", context)


@platform_view
@require_http_methods(["GET", "POST"])
def find_workspace(request: HttpRequest) -> HttpResponse:
    """From a shop's short name to its sign-in page."""
    form = FindShopForm(request.POST or None)
    if form.is_valid():
        shop = shop_by_slug(form.cleaned_data["slug"])
        if shop is not None:
            return redirect(shop.url(settings.LOGIN_URL))
    context = {"form": form, "host": settings.PLATFORM_HOST}
    return render(request, "platform/find_workspace.html", context, status=422 if form.errors else 200)


@dashboard_view()
@require_GET
def shop_home(request: DashboardRequest) -> HttpResponse:
    """What waits, how the shop does, what sells. `?days=` is 7, 14 or 90."""
    asked = request.GET.get("days", "")
    days = next((days for days in home.PERIODS if str(days) == asked), 14)
    if request.htmx and request.htmx.target == "home-waiting":
        return render(request, "home/home.html#home-waiting", {"waiting": home.what_waits()})
    overview = home.overview(days)
    context = {
        "page": "home",
        "days": days,
        "periods": home.PERIODS,
        "greeting": greeting(timezone.localtime()),
        "overview": overview,
        "waiting": home.what_waits(),
        "sellers": home.best_sellers(days),
        **revenue_chart(overview.days, request.shop.currency),
    }
    part = "#home-figures" if request.htmx and request.htmx.target == "home-figures" else ""
    return render(request, f"home/home.html{part}", context)


def greeting(at: datetime) -> str:
    """How one greets at that hour."""
    return "Good morning" if at.hour < 12 else "Good afternoon" if at.hour < 18 else "Good evening"


def revenue_chart(days: list[home.Day], currency: str) -> dict[str, Any]:
    """The chart of a period, its axis, and what its tip says about each day."""
    labels = [date_format(day.day, "j M") for day in days]
    chart = line_chart([day.cents for day in days], [day.before_cents for day in days], labels)
    best = max(days, key=lambda day: day.cents)
    return {
        "chart": chart,
        "ticks": [format_money_compact(tick, currency) for tick in chart.ticks],
        "chart_days": json.dumps(
            [
                {
                    "label": label,
                    "now": format_money(day.cents, currency),
                    "before": f"{format_money(day.before_cents, currency)} before",
                }
                for label, day in zip(labels, days, strict=True)
            ],
            ensure_ascii=False,
        ),
        "chart_words": (
            f"Revenue per day, {labels[0]} to {labels[-1]}. "
            f"Best day {date_format(best.day, 'j F')} with {format_money(best.cents, currency)}."
        ),
    }


@dashboard_view()
@require_GET
def shell_inbox_count(request: DashboardRequest) -> HttpResponse:
    """The number on the inbox in the rail, fetched again when the inbox changes."""
    return render(request, "components/nav_count_value.html")


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    return defaults.bad_request(request, exception, template_name="errors/400.html")


def permission_denied(request: HttpRequest, exception: Exception) -> HttpResponse:
    return defaults.permission_denied(request, exception, template_name="errors/403.html")


def page_not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    return defaults.page_not_found(request, exception, template_name="errors/404.html")


def server_error(request: HttpRequest) -> HttpResponse:
    return defaults.server_error(request, template_name="errors/500.html")


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """The form's secret does not fit: usually a page from before a sign-in."""
    return render(request, "errors/csrf.html", status=403)
