"""`manage.py retry_dead --event 1042`, `--lane p:7` or `--all-of-shop amber`"""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from conversations.transport.giving_up import dead_letters
from conversations.transport.giving_up.dead_letters import Decision
from shopme.lib.errors import BusinessError
from tenants.models import Shop


class Command(BaseCommand):
    help = "Try again what was given up: one event, or all dead events and sends of a lane or a shop."

    def add_arguments(self, parser: ArgumentParser) -> None:
        which = parser.add_mutually_exclusive_group(required=True)
        which.add_argument("--event", type=int, help="the event's number, as the desk shows it")
        which.add_argument("--lane", help="a lane's key, as in p:7")
        which.add_argument("--all-of-shop", metavar="SLUG", help="the shop's slug")
        parser.add_argument(
            "--may-arrive-twice",
            action="store_true",
            help="send messages too of which nobody knows whether they arrived",
        )
        parser.add_argument("--reason", default="", help="kept in the audit")

    def handle(self, *args: Any, **options: Any) -> None:
        by = Decision(reason=options["reason"])
        if options["event"] is not None:
            try:
                dead_letters.retry_event(event_id=options["event"], by=by)
            except BusinessError as refusal:
                raise CommandError(str(refusal)) from refusal
            self.stdout.write("1 is tried again.")
            return
        self._all(
            by, lane=options["lane"] or "", slug=options["all_of_shop"], may_arrive_twice=options["may_arrive_twice"]
        )

    def _all(self, by: Decision, *, lane: str, slug: str | None, may_arrive_twice: bool) -> None:
        tried = dead_letters.retry_all(lane=lane, shop=_shop(slug), by=by, may_arrive_twice=may_arrive_twice)
        self.stdout.write(f"{tried.done} are tried again, {tried.refused} left as they were.")
        if tried.doubtful:
            self.stdout.write(
                f"{tried.doubtful} left out: perhaps they have arrived. --may-arrive-twice sends them too."
            )


def _shop(slug: str | None) -> Shop | None:
    if slug is None:
        return None
    shop = Shop.objects.filter(slug=slug).first()
    if shop is None:
        raise CommandError(f"There is no shop {slug}.")
    return shop
