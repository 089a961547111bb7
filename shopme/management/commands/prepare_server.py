"""What `script/server` needs of Django before it can serve: a database at head and, on a first start, the demo."""

import json
from typing import Any

from django.core.management import BaseCommand, CommandParser, call_command, get_commands

from shopme.demo.logins import DEMO_PASSWORD, demo_shops
from tenants.models import Shop


class Command(BaseCommand):
    help = "Migrate, seed the demo when there is no shop, and print the shops and logins as one line of JSON."
    # The checks would ask for built assets and more before the first migration.
    requires_system_checks = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--no-demo", action="store_true", help="do not make the demo shops")

    def handle(self, *_args: Any, no_demo: bool, **_options: Any) -> None:
        call_command("migrate_all", stdout=self.stderr)
        if not no_demo and not Shop.objects.exists():
            self._seed()
        self.stdout.write(json.dumps(_shops()))

    def _seed(self) -> None:
        if "seed_demo" not in get_commands():
            self.stderr.write("This version has no demo shops; make one with: manage.py create_shop")
            return
        self.stderr.write("Making the demo shops.")
        call_command("seed_demo", stdout=self.stderr)


def _shops() -> list[dict[str, Any]]:
    """Every demo shop with its logins; without a demo, the first ten shops."""
    demo = [
        {
            "name": found.shop.name,
            "url": found.shop.url(),
            "logins": [
                {"email": member.user.email, "role": member.role, "password": DEMO_PASSWORD} for member in found.members
            ],
        }
        for found in demo_shops()
    ]
    if demo:
        return demo
    active = Shop.objects.filter(status=Shop.Status.ACTIVE).order_by("id")[:10]
    return [{"name": shop.name, "url": shop.url(), "logins": []} for shop in active]
