"""`manage.py shared_templates [--make]`"""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from conversations.templates import shared
from conversations.templates.sync import SyncFailed
from conversations.transport.models import SharedTemplate


class Command(BaseCommand):
    help = "Compare the templates of the shared number with WhatsApp, hand over those that are missing, and list them."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--make", action="store_true", help="submit every ready template WhatsApp does not have yet"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        accounts = shared.shared_accounts()
        if not accounts:
            raise CommandError("There is no shared number. `manage.py add_number --shared` attaches one.")
        for account in accounts:
            try:
                shared.compare(account)
            except SyncFailed as problem:
                raise CommandError(str(problem)) from problem
            if options["make"]:
                made = shared.make_missing(account)
                self.stdout.write(f"{account.label}: WhatsApp took {made.taken}.")
                for sentence in made.refused:
                    self.stderr.write(f"not taken: {sentence}")
            for row in SharedTemplate.objects.filter(waba_id=account.waba_id).order_by("name", "language"):
                self.stdout.write(f"{row.status:<12} {row.name} {row.language} {row.purpose} {row.reason}".rstrip())
