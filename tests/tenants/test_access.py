"""Who may open what: the decorators by themselves."""

from typing import Any

import pytest
from django.contrib.auth.models import AnonymousUser
from django.http import Http404, HttpRequest, HttpResponse
from django.test import Client, RequestFactory

from tenants.access import DashboardRequest, dashboard_view, machine_view, platform_view, public_view
from tenants.models import Membership, Role, Shop, User

pytestmark = pytest.mark.django_db


@dashboard_view(role=Role.MANAGER)
def for_managers(request: DashboardRequest, number: int) -> HttpResponse:
    return HttpResponse(f"{request.membership.role} {request.shop.slug} {number}")


@dashboard_view()
def for_agents(request: DashboardRequest) -> HttpResponse:
    return HttpResponse("open")


@platform_view
def of_the_platform(request: HttpRequest) -> HttpResponse:
    return HttpResponse("platform")


def ask(
    shop: Shop | None, user: Any, *, at: int | None = None, path: str = "/x/?a=1&b=2", **headers: str
) -> HttpRequest:
    """A request of `user`, whose session began at the shop with id `at` (this one unless told)."""
    request = RequestFactory().get(path, **headers)
    request.shop = shop  # type: ignore[attr-defined]
    request.user = user
    request.session = {"shop_id": at if at is not None else (shop.pk if shop else 0)}  # type: ignore[assignment]
    request.htmx = bool(headers.get("HTTP_HX_REQUEST"))  # type: ignore[attr-defined]
    return request


def member(shop: Shop, role: Role) -> User:
    user = User.objects.create_user(f"{role.value}@example.com")
    Membership.objects.create(user=user, shop=shop, role=role)
    return user


@pytest.mark.parametrize(("role", "status"), [("admin", 200), ("manager", 200), ("agent", 403), ("staff", 403)])
def test_the_role_decides(amber: Shop, role: str, status: int) -> None:
    user = member(amber, Role(role))
    assert for_managers(ask(amber, user), 7).status_code == status


def test_the_view_is_told_who_and_where(amber: Shop) -> None:
    answer = for_managers(ask(amber, member(amber, Role.MANAGER)), 7)
    assert answer.content == b"manager amber 7"
    assert answer["Cache-Control"] == "private, no-store"


def test_a_role_in_one_shop_is_none_in_another(amber: Shop, blue: Shop) -> None:
    assert for_agents(ask(blue, member(amber, Role.ADMIN))).status_code == 403


def test_a_role_taken_away_is_gone_with_the_next_request(amber: Shop) -> None:
    user = member(amber, Role.AGENT)
    assert for_agents(ask(amber, user)).status_code == 200
    Membership.objects.filter(user=user).update(role=Role.STAFF)
    assert for_agents(ask(amber, user)).status_code == 403
    Membership.objects.filter(user=user).update(role=Role.ADMIN, is_active=False)
    assert for_agents(ask(amber, user)).status_code == 403


def test_the_platforms_staff_have_no_key_to_a_shop(amber: Shop) -> None:
    assert for_agents(ask(amber, User.objects.create_superuser("root@example.com"))).status_code == 403


def test_a_session_of_another_host_is_nobody(amber: Shop, blue: Shop) -> None:
    user = member(amber, Role.ADMIN)
    for other in (blue.pk, 0):
        answer = for_agents(ask(amber, user, at=other))
        assert (answer.status_code, answer["Location"]) == (302, "/login/?next=/x/%3Fa%3D1%26b%3D2")


def test_a_stranger_signs_in_and_comes_back(amber: Shop) -> None:
    answer = for_agents(ask(amber, AnonymousUser()))
    assert (answer.status_code, answer["Location"]) == (302, "/login/?next=/x/%3Fa%3D1%26b%3D2")


@pytest.mark.parametrize(
    ("page", "back"),
    [
        ("http://amber.localhost:8000/inbox/?q=1", "/login/?next=/inbox/%3Fq%3D1"),
        ("http://evil.example/x", "/login/?next=/"),
        ("http://amber.localhost:8000//evil.example/x", "/login/?next=/"),
        ("", "/login/?next=/"),
        ("nonsense", "/login/?next=/"),
        ("http://[", "/login/?next=/"),
    ],
)
def test_a_part_asked_for_by_a_stranger_leaves_the_page(amber: Shop, page: str, back: str) -> None:
    answer = for_agents(
        ask(amber, AnonymousUser(), HTTP_HX_REQUEST="true", HTTP_HX_CURRENT_URL=page, HTTP_HOST="amber.localhost:8000")
    )
    assert (answer.status_code, answer["HX-Redirect"], answer.content) == (401, back, b"")


def test_a_shops_page_is_not_on_the_platforms_host() -> None:
    with pytest.raises(Http404):
        for_agents(ask(None, AnonymousUser()))


def test_a_platforms_page_is_not_on_a_shops_host(amber: Shop) -> None:
    with pytest.raises(Http404):
        of_the_platform(ask(amber, User.objects.create_superuser("root@example.com")))
    assert of_the_platform(ask(None, AnonymousUser())).content == b"platform"


def test_every_decorator_leaves_its_policy_on_the_view() -> None:
    opened = public_view(lambda request: HttpResponse())
    door = machine_view(why="a signature")(lambda request: HttpResponse())
    kinds = [view.access_policy.kind for view in (for_agents, of_the_platform, opened, door)]  # type: ignore[attr-defined]
    assert kinds == ["member", "public", "public", "machine"]
    assert for_managers.access_policy.role == Role.MANAGER  # type: ignore[attr-defined]


def test_a_403_is_a_page_that_says_what_is_needed(amber: Shop, client_of: Any) -> None:
    browser: Client = client_of(amber, Role.STAFF)
    answer = browser.get("/")
    assert answer.status_code == 403
    assert "text/html" in answer["Content-Type"]
