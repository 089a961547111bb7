"""`manage.py suspend_shop <slug>`"""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from shopme.lib.errors import BusinessError
from tenants.models import Shop
from tenants.services.shops import suspend_shop


class Command(BaseCommand):
    help = "Stop a shop: its pages, tasks and messages. Nothing is deleted; resume_shop opens it again."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("slug")

    def handle(self, *args: Any, **options: Any) -> None:
        shop = Shop.objects.filter(slug=options["slug"]).first()
        if shop is None:
            raise CommandError(f"There is no shop {options['slug']}.")
        try:
            suspend_shop(shop=shop)
        except BusinessError as refusal:
            raise CommandError(str(refusal)) from refusal
        self.stdout.write(f"{shop.name} is {shop.status}.")
