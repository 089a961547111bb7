"""`manage.py reconcile`: proves points, stock and payments of every shop, and changes nothing."""

from argparse import ArgumentParser
from collections.abc import Callable, Iterable
from importlib import import_module
from importlib.util import find_spec
from typing import Any

from django.apps import apps
from django.core.management.base import BaseCommand, CommandError

from tenants.context import inside
from tenants.models import Shop

Findings = Callable[[], Iterable[str]]


class Command(BaseCommand):
    """Asks every app that has a `reconcile.findings()`, in every shop."""

    help = "Prove points, stock and payments of every shop. Exit 1 and a list on any difference."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--shop", help="only the shop with this slug")

    def handle(self, *args: Any, **options: Any) -> None:
        shops = Shop.objects.exclude(schema_name="public").order_by("slug")
        if slug := options["shop"]:
            shops = shops.filter(slug=slug)
            if not shops:
                raise CommandError(f"There is no shop {slug}.")
        checks = provers()
        found = [f"{shop.slug}: {line}" for shop in shops for line in _ask(shop, checks)]
        for line in found:
            self.stderr.write(line)
        if found:
            raise CommandError(f"{len(found)} differences.")
        self.stdout.write(f"{len(shops)} shops, {', '.join(checks)}: everything agrees.")


def provers() -> dict[str, Findings]:
    """The `findings` of every app that has a `reconcile` module, by app."""
    modules = {config.label: f"{config.name}.reconcile" for config in apps.get_app_configs()}
    return {label: import_module(path).findings for label, path in modules.items() if find_spec(path)}


def _ask(shop: Shop, checks: dict[str, Findings]) -> list[str]:
    with inside(shop, allow_suspended=True):
        return [line for findings in checks.values() for line in findings()]
