"""`manage.py replay_webhooks --since 2026-09-01T00:00`"""

from argparse import ArgumentParser
from datetime import datetime, time
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone
from django.utils.dateparse import parse_date, parse_datetime

from conversations.transport.giving_up.replay import replay_webhooks


def _moment(text: str) -> datetime | None:
    day = parse_date(text) if len(text) <= 10 else None
    return datetime.combine(day, time.min) if day else parse_datetime(text)


class Command(BaseCommand):
    help = "Run kept webhooks again. Harmless: what was handled stays handled once."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--since", required=True, help="ISO date or date and time, e.g. 2026-09-01T08:00")

    def handle(self, *args: Any, **options: Any) -> None:
        text = options["since"]
        try:
            since = _moment(text)
        except ValueError as problem:
            raise CommandError(f"{text} is no date.") from problem
        if since is None:
            raise CommandError(f"{text} is no date.")
        if timezone.is_naive(since):
            since = timezone.make_aware(since)
        self.stdout.write(f"{replay_webhooks(since=since)} webhooks are run again.")
