"""`manage.py create_shop --slug amber --name "Amber Bakery" --owner-email owner@example.com`"""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from shopme.lib.errors import BusinessError
from tenants.models import Membership, Role
from tenants.services.provisioning import create_shop
from tenants.services.team import password_link


class Command(BaseCommand):
    help = "Open a shop that is ready to use and print its address; the owner chooses a password by a one-time link."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--slug", required=True, help="first part of the shop's address")
        parser.add_argument("--name", required=True)
        parser.add_argument("--owner-email", required=True)
        parser.add_argument("--currency", default="ZAR", help="ISO 4217, e.g. ZAR")
        parser.add_argument("--country", default="ZA", help="ISO 3166, e.g. ZA")
        parser.add_argument("--timezone", default="Africa/Johannesburg", help="e.g. Africa/Johannesburg")
        parser.add_argument("--language", default="en")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            shop = create_shop(
                slug=options["slug"],
                name=options["name"],
                owner_email=options["owner_email"],
                currency=options["currency"],
                country=options["country"],
                time_zone=options["timezone"],
                language=options["language"],
            )
        except BusinessError as refusal:
            raise CommandError(str(refusal)) from refusal
        self.stdout.write(f"{shop.name} is open at {shop.url()} (host {shop.host})")
        owner = Membership.objects.select_related("user").get(shop=shop, role=Role.ADMIN).user
        if owner.has_usable_password():
            self.stdout.write(f"{owner.email} signs in with the password they already have.")
        else:
            self.stdout.write(f"{owner.email} chooses a password here within 30 minutes:")
            self.stdout.write(password_link(shop=shop, user=owner))
