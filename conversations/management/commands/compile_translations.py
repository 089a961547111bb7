"""Compile the committed translations, or only check that nothing is missing."""

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from conversations.translations import compile_stale, untranslated


class Command(BaseCommand):
    help = "Compile the .po files that have changed since. --check only looks for words without a translation."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--check", action="store_true", help="fail if a language lacks words")

    def handle(self, *args: Any, **options: Any) -> None:
        if not options["check"]:
            for written in compile_stale():
                self.stdout.write(f"compiled {written}")
            return
        languages = [code for code, _name in settings.LANGUAGES if code != settings.LANGUAGE_CODE]
        missing = [f"{code}: {words.where}: {words.text!r}" for code in languages for words in untranslated(code)]
        if missing:
            raise CommandError("Words without a translation:\n" + "\n".join(missing))
