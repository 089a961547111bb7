"""What commands about one shop have in common: it is named by its slug, and a refusal is one line."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from shopme.lib.errors import BusinessError
from tenants.models import Shop


class OneShopCommand(BaseCommand):
    """Does `act` to the shop, and says how it stands then."""

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("slug")

    def handle(self, *args: Any, **options: Any) -> None:
        shop = Shop.objects.filter(slug=options["slug"]).first()
        if shop is None:
            raise CommandError(f"There is no shop {options['slug']}.")
        try:
            self.act(shop)
        except BusinessError as refusal:
            raise CommandError(str(refusal)) from refusal
        self.stdout.write(f"{shop.name} is {shop.status}.")

    def act(self, shop: Shop) -> None:
        raise NotImplementedError
