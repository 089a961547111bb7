"""Every address says who may open it."""

import pytest

from tenants.models import Role
from tests.house.routes import PLATFORM, SHOP, Route, routes

# The desk guards all its own pages: tenants.admin.PlatformDesk.has_permission.
DESK = "admin"


def name_of(route: Route) -> str:
    return str(route)


@pytest.mark.parametrize("route", [*routes(SHOP), *routes(PLATFORM)], ids=name_of)
def test_every_route_has_an_access_policy(route: Route) -> None:
    if DESK in route.namespaces and route.urlconf == PLATFORM:
        return
    assert route.policy is not None, f"{route} needs a decorator of tenants.access"
    assert route.policy.kind in ("public", "machine", "member")
    assert route.policy.kind != "member" or isinstance(route.policy.role, Role)
    assert route.policy.kind != "machine" or route.policy.why


def test_the_platform_has_no_page_for_members() -> None:
    assert [route for route in routes(PLATFORM) if route.policy and route.policy.kind == "member"] == []


# Whoever finds a page here that needs no sign-in must be able to say why.
OPEN_TO_ALL = (
    "login/",
    "logout/",
    "inactive/",
    "signup/",
    "reauthenticate/",
    "password/",
    "^password/",
    "2fa/",
    "files/",
    "pay/",
    "simulator/pay/",
    "find-workspace/",
    "r/",
)


def test_only_known_addresses_are_open_to_all() -> None:
    open_routes = [
        route for conf in (SHOP, PLATFORM) for route in routes(conf) if route.policy and route.policy.kind == "public"
    ]
    unknown = [str(route) for route in open_routes if route.pattern != "" and not route.pattern.startswith(OPEN_TO_ALL)]
    assert unknown == []
