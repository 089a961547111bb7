"""Before a secret changes, its owner says once more who they are.

allauth would keep the refused form in the session until then. A form here carries keys, so it is never kept: the
browser goes to the page it came from after the password.
"""

from collections.abc import Callable
from functools import wraps
from typing import Concatenate, ParamSpec
from urllib.parse import urlencode

from allauth.account.adapter import get_adapter
from allauth.account.decorators import reauthentication_required
from allauth.core.exceptions import ReauthenticationRequired
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse

from tenants.access import DashboardRequest

P = ParamSpec("P")
Guarded = Callable[Concatenate[DashboardRequest, P], HttpResponseBase]


def recently_proven(*, back: str) -> Callable[[Guarded[P]], Guarded[P]]:
    """Only who gave their password or code in the last minutes; others do so and come to the page named `back`.

    A plain visit comes back to where it was going. Goes inside `dashboard_view`.
    """

    def decorate(view: Guarded[P]) -> Guarded[P]:
        @wraps(view)
        def guarded(request: DashboardRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
            try:
                _ask(request)
            except ReauthenticationRequired:
                after = request.get_full_path() if request.method in ("GET", "HEAD") else reverse(back)
                return redirect(f"{_where(request)}?{urlencode({'next': after})}")
            return view(request, *args, **kwargs)

        return guarded

    return decorate


@reauthentication_required  # type: ignore[untyped-decorator]  # allauth has no types
def _ask(request: HttpRequest) -> HttpResponse:
    """Passes or raises `ReauthenticationRequired`."""
    return HttpResponse()


def _where(request: HttpRequest) -> str:
    methods = get_adapter().get_reauthentication_methods(request.user)
    return str(methods[0]["url"]) if methods else reverse("account_login")
