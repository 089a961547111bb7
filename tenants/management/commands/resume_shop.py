"""`manage.py resume_shop <slug>`"""

from tenants.management.one_shop import OneShopCommand
from tenants.models import Shop
from tenants.services.shops import resume_shop


class Command(OneShopCommand):
    help = "Let a suspended shop trade again."

    def act(self, shop: Shop) -> None:
        resume_shop(shop=shop)
