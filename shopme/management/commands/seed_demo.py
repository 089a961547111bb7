"""`manage.py seed_demo`: believable shops to try everything with."""

import time
from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from shopme.demo.logins import DEMO_DOMAIN, DEMO_PASSWORD
from shopme.demo.seed import Wish, make_shop, missing_plans
from shopme.demo.shared import ensure_shared_number


class Command(BaseCommand):
    """Makes the shops that are missing; what is there stays as it is."""

    help = "Make demo shops with products, customers, chats, orders and points. The same seed makes the same shops."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--shops", type=int, default=3)
        parser.add_argument("--customers", type=int, default=40, help="for each shop")
        parser.add_argument("--orders", type=int, default=120, help="for each shop")
        parser.add_argument("--seed", type=int, default=1)
        parser.add_argument(
            "--yes", action="store_true", help="also where DEBUG is off: the logins are known to everybody"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        if not (settings.DEBUG or options["yes"]):
            raise CommandError("DEBUG is off. The demo's logins are known to everybody; say --yes if you mean it.")
        if options["shops"] < 1 or options["customers"] < 1 or options["orders"] < 0:
            raise CommandError("Ask for at least one shop and one customer.")
        wish = Wish(options["shops"], options["customers"], options["orders"], options["seed"], timezone.now())
        missing = missing_plans(wish.shops)
        if not missing:
            self.stdout.write(f"The {wish.shops} demo shops are there already. Nothing was changed.")
            return
        for place, plan in missing:
            started = time.monotonic()
            shop = make_shop(place, plan, wish)
            logins = ", ".join(f"{member.login}@{DEMO_DOMAIN} ({member.role})" for member in plan.team)
            self.stdout.write(f"{shop.name}: {shop.url()} in {time.monotonic() - started:.1f} s. Sign in as {logins}.")
        shared = ensure_shared_number()
        self.stdout.write(f"All of them are found on the shared number {shared.phone} of the simulator.")
        self.stdout.write(f"Every demo login has the password {DEMO_PASSWORD}.")
