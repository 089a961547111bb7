"""Who may open which address. Every route carries one of these decorators; a test fails on one without.

The membership is read on every request for the shop of the host, so a role taken away is gone at once.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import Any, Concatenate, ParamSpec, Protocol, TypeVar, cast
from urllib.parse import quote, urlsplit

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render

from tenants.models import Membership, Role, Shop, User
from tenants.queries import membership_of

P = ParamSpec("P")
R = TypeVar("R", bound=HttpResponseBase)
# The session remembers at whose host it began; it opens no other.
SESSION_SHOP = "shop_id"
PLATFORM = 0


class DashboardRequest(HttpRequest):
    """A request of a signed-in member of the host's shop."""

    shop: Shop
    membership: Membership
    user: User
    htmx: Any


@dataclass(frozen=True, slots=True)
class AccessPolicy:
    """What a route asks: `public`, `machine` or `member` (of the host's shop). The desk guards its own pages."""

    kind: str
    role: Role | None = None
    why: str = ""


class View(Protocol):
    """A Django view."""

    def __call__(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase: ...


def dashboard_view(
    *, role: Role = Role.AGENT
) -> Callable[[Callable[Concatenate[DashboardRequest, P], R]], Callable[Concatenate[HttpRequest, P], HttpResponseBase]]:
    """Only members of the host's shop with at least `role`; others sign in or see 403."""

    def decorate(
        view: Callable[Concatenate[DashboardRequest, P], R],
    ) -> Callable[Concatenate[HttpRequest, P], HttpResponseBase]:
        @wraps(view)
        def guarded(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
            shop = shop_of(request)
            if shop is None:
                raise Http404("This address belongs to a shop.")
            if not is_signed_in(request):
                return ask_to_sign_in(request)
            membership = membership_of(cast("User", request.user), shop)
            if membership is None or not membership.may_act_as(role):
                return render(request, "errors/403.html", {"needed": role}, status=403)
            member_request = cast("DashboardRequest", request)
            member_request.membership = membership
            response = view(member_request, *args, **kwargs)
            response.headers.setdefault("Cache-Control", "private, no-store")
            return response

        return _with_policy(guarded, AccessPolicy("member", role))

    return decorate


def public_view(view: Callable[P, R]) -> Callable[P, R]:
    """Open to anybody who has the address."""
    return _with_policy(_wrapped(view), AccessPolicy("public"))


def machine_view(*, why: str) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Opened by another computer that proves itself inside the view; `why` says how."""
    return lambda view: _with_policy(_wrapped(view), AccessPolicy("machine", why=why))


def platform_view(view: Callable[Concatenate[HttpRequest, P], R]) -> Callable[Concatenate[HttpRequest, P], R]:
    """Open to anybody, on the platform's host only."""

    @wraps(view)
    def guarded(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> R:
        if shop_of(request) is not None:
            raise Http404("This address belongs to the platform.")
        return view(request, *args, **kwargs)

    return _with_policy(guarded, AccessPolicy("public"))


def shop_of(request: HttpRequest) -> Shop | None:
    """The shop of the request's host; None on the platform's."""
    return getattr(request, "shop", None)


def is_signed_in(request: HttpRequest) -> bool:
    """Whether somebody signed in at this very host."""
    return bool(request.user.is_authenticated) and belongs_to_host(request)


def belongs_to_host(request: HttpRequest) -> bool:
    """Whether the session began at the request's host; one of the platform's desk carries no shop."""
    shop = shop_of(request)
    return bool(request.session.get(SESSION_SHOP, PLATFORM) == (shop.pk if shop else PLATFORM))


def is_platform_staff(request: HttpRequest) -> bool:
    """Whether the platform's own staff signed in at the platform's host."""
    return is_signed_in(request) and shop_of(request) is None and bool(getattr(request.user, "is_staff", False))


def ask_to_sign_in(request: HttpRequest) -> HttpResponse:
    """Send a browser to the login page and back afterwards; htmx is told to leave the page."""
    if getattr(request, "htmx", False):
        response = HttpResponse(status=401)
        response["HX-Redirect"] = f"{settings.LOGIN_URL}?next={quote(_page_of(request))}"
        return response
    back = request.get_full_path() if request.method in ("GET", "HEAD") else "/"
    return redirect(f"{settings.LOGIN_URL}?next={quote(back)}")


def _page_of(request: HttpRequest) -> str:
    """The path of the page an htmx request came from, when that is a page of this very host."""
    try:
        page = urlsplit(request.headers.get("HX-Current-URL", ""))
    except ValueError:  # brackets that hold no address
        return "/"
    if page.netloc != request.get_host() or not page.path.startswith("/") or page.path.startswith("//"):
        return "/"
    return f"{page.path}?{page.query}" if page.query else page.path


def _wrapped(view: Callable[P, R]) -> Callable[P, R]:
    @wraps(view)
    def open_view(*args: P.args, **kwargs: P.kwargs) -> R:
        return view(*args, **kwargs)

    return open_view


V = TypeVar("V", bound=Callable[..., Any])


def _with_policy(view: V, policy: AccessPolicy) -> V:
    view.access_policy = policy  # type: ignore[attr-defined]
    return view
