"""What the frame around every page shows: which shop, as whom, where one may go, what waits."""

from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject

from conversations.models import Conversation
from conversations.transport.health.number_alerts import unread_count
from payments.health import problem_count as accounts_with_problems
from shopme.problems.queries import count_of
from tenants.access import is_platform_staff
from tenants.models import Membership, Role, Shop


@dataclass(frozen=True, slots=True)
class NavItem:
    """One way into a part of the dashboard."""

    key: str
    label: str
    icon: str
    url: str
    role: Role = Role.AGENT
    is_counted: bool = False
    is_on_phone: bool = True


NAV = (
    NavItem("inbox", "Inbox", "inbox", "/inbox/", is_counted=True),
    NavItem("home", "Home", "chart-line", "/"),
    NavItem("orders", "Orders", "shopping-bag", "/orders/"),
    NavItem("products", "Products", "package", "/products/"),
    NavItem("customers", "Customers", "users", "/customers/", is_on_phone=False),
    NavItem("simulator", "Simulator", "smartphone", "/simulator/", is_on_phone=False),
    NavItem("settings", "Settings", "settings", "/settings/", role=Role.MANAGER, is_on_phone=False),
)


def shell(request: HttpRequest) -> dict[str, Any]:
    """For every template: `shop`, `membership`, `nav` and the counts beside its lines, small queries made only when shown.

    `desk_alert_count` is for the platform's people, the other counts for a shop's.
    """
    membership: Membership | None = getattr(request, "membership", None)
    shop: Shop | None = getattr(request, "shop", None)
    return {
        "shop": shop,
        "membership": membership,
        "nav": [item for item in NAV if membership is not None and membership.may_act_as(item.role)],
        "inbox_count": SimpleLazyObject(chats_waiting),
        "alert_count": SimpleLazyObject(lambda: unread_count(shop) if shop and membership else 0),
        "desk_alert_count": SimpleLazyObject(lambda: unread_count(None) if is_platform_staff(request) else 0),
        "payment_problem_count": SimpleLazyObject(lambda: accounts_with_problems() if shop and membership else 0),
        "problem_count": SimpleLazyObject(lambda: count_of(shop) if shop and membership else 0),
    }


def chats_waiting() -> int:
    """Open chats in which a person was asked for."""
    return Conversation.objects.filter(status=Conversation.Status.OPEN, needs_person=True).count()
