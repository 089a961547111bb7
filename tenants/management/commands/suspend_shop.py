"""`manage.py suspend_shop <slug>`"""

from tenants.management.one_shop import OneShopCommand
from tenants.models import Shop
from tenants.services.shops import suspend_shop


class Command(OneShopCommand):
    help = "Stop a shop: its pages, tasks and messages. Nothing is deleted; resume_shop opens it again."

    def act(self, shop: Shop) -> None:
        suspend_shop(shop=shop)
