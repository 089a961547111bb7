"""Who may sign in to the demo shops, shown on the first page of a machine that runs with DEBUG."""

from dataclasses import dataclass

from django.conf import settings

from tenants.models import Membership, Role, Shop

# Every demo user's address ends like this; real users cannot receive mail there (RFC 6761).
DEMO_DOMAIN = "demo.shopme.test"
DEMO_PASSWORD = "demo-shop-2468"  # noqa: S105  (printed on the first page of a demo, protects nothing)


@dataclass(frozen=True, slots=True)
class DemoShop:
    """A demo shop and the people who may sign in to it, highest role first."""

    shop: Shop
    members: list[Membership]

    @property
    def url(self) -> str:
        """The dashboard's address."""
        return self.shop.url("/")

    @property
    def simulator_url(self) -> str:
        """The phone on the screen."""
        return self.shop.url("/simulator/")


def demo_shops() -> list[DemoShop]:
    """The demo shops with their logins; empty unless DEBUG is on and demo data exists."""
    if not settings.DEBUG:
        return []
    members = (
        Membership.objects.filter(user__email__endswith=f"@{DEMO_DOMAIN}", is_active=True)
        .filter(shop__status=Shop.Status.ACTIVE, user__is_active=True)
        .select_related("shop", "user")
        .order_by("shop_id", "id")
    )
    shops: dict[int, DemoShop] = {}
    for member in members:
        shops.setdefault(member.shop_id, DemoShop(member.shop, [])).members.append(member)
    for demo in shops.values():
        demo.members.sort(key=lambda member: -Role(member.role).rank)
    return list(shops.values())
