"""The host decides the shop, everything behind runs inside it, and a session opens the host it began at."""

from collections.abc import Callable

from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import DisallowedHost
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import set_urlconf
from django.utils import timezone, translation
from django.utils.functional import SimpleLazyObject

from shopme.lib import visitors
from tenants.access import belongs_to_host
from tenants.context import in_public, inside
from tenants.models import Shop
from tenants.queries import shop_by_domain, shop_by_slug

# Machines ask by address, not by name.
HEALTH = "/health/"


class ShopFromHost:
    """Sets `request.shop` (None on the platform's host) and enters the shop and its clock for the whole request."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        with in_public():
            request.shop = None  # type: ignore[attr-defined]
            request.urlconf = settings.PUBLIC_SCHEMA_URLCONF
            set_urlconf(settings.PUBLIC_SCHEMA_URLCONF)
            try:
                host = request.get_host().rsplit(":", 1)[0].rstrip(".").lower()
            except DisallowedHost:
                return _closed_door(request, "errors/no_shop.html", status=404)
            if request.path.startswith(HEALTH) or (host == settings.PLATFORM_HOST and not settings.PINNED_SHOP):
                return self.get_response(request)
            return self._in_shop(request, shop_of_host(host))

    def _in_shop(self, request: HttpRequest, shop: Shop | None) -> HttpResponse:
        if shop is None or shop.status == Shop.Status.CLOSED:
            return _closed_door(request, "errors/no_shop.html", status=404)
        if not shop.is_active:
            return _closed_door(request, "errors/suspended.html", status=503, shop=shop)
        request.shop = shop  # type: ignore[attr-defined]
        request.urlconf = settings.ROOT_URLCONF
        set_urlconf(settings.ROOT_URLCONF)
        with inside(shop), timezone.override(shop.time_zone):
            return self.get_response(request)


def _closed_door(request: HttpRequest, page: str, *, status: int, shop: Shop | None = None) -> HttpResponse:
    """A page for whoever meets no open shop, in their own language, else the shop's."""
    language = visitors.language_of(request, otherwise=shop.language if shop else "")
    with translation.override(language):
        response = render(request, page, {"shop_name": shop.name if shop else ""}, status=status)
    response["Content-Language"], response["Vary"] = language, "Accept-Language"
    return response


class SessionOfHost:
    """Whoever signed in at another host is nobody here, whatever cookie is carried over."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        claimed = request.user
        request.user = SimpleLazyObject(lambda: claimed if belongs_to_host(request) else AnonymousUser())  # type: ignore[assignment]
        return self.get_response(request)


def shop_of_host(host: str) -> Shop | None:
    """The shop that answers at `host`: the pinned one, `<slug>.<platform host>`, or one with that domain."""
    if settings.PINNED_SHOP:
        return shop_by_slug(settings.PINNED_SHOP)
    slug, dot, rest = host.partition(".")
    if dot and rest == settings.PLATFORM_HOST:
        return shop_by_slug(slug)
    return shop_by_domain(host)
