"""`manage.py migrate_all`: public, template and every shop to head; fast when there is nothing to do."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from tenants.migrate import migrate_all


class Command(BaseCommand):
    help = "Bring the public schema, the template and every shop to head. Safe to repeat and to interrupt."

    def handle(self, *args: Any, **options: Any) -> None:
        report = migrate_all(say=self.stdout.write)
        for schema, why in report.failed.items():
            self.stderr.write(f"{schema}: {why}")
        if report.failed:
            raise CommandError(
                f"{len(report.failed)} schema(s) are still behind; run this again after the cause is gone."
            )
        self.stdout.write(f"Migrated {len(report.migrated)} shop(s)." if report.migrated else "All shops are at head.")
