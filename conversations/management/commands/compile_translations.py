"""Compile the committed translations, note where their words stand, or only check that nothing is missing."""

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from conversations.translations import compile_stale, locate, misplaced, untranslated


class Command(BaseCommand):
    help = (
        "Compile the .po files that have changed since. --locate notes which files say each text;"
        " --check only looks for words without a translation, or with other files beside them."
    )
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--check", action="store_true", help="fail if a language lacks words")
        parser.add_argument("--locate", action="store_true", help="write which files say each text of the chat")

    def handle(self, *args: Any, **options: Any) -> None:
        languages = [code for code, _name in settings.LANGUAGES if code != settings.LANGUAGE_CODE]
        if options["locate"]:
            for code in languages:
                self.stdout.write(f"{code}: {locate(code)} texts had moved")
        elif options["check"]:
            _check(languages)
        else:
            for written in compile_stale():
                self.stdout.write(f"compiled {written}")


def _check(languages: list[str]) -> None:
    """Refuses: `CommandError`."""
    missing = [f"{code}: {words.where}: {words.text!r}" for code in languages for words in untranslated(code)]
    if missing:
        raise CommandError("Words without a translation:\n" + "\n".join(missing))
    moved = [f"{code}: {text!r}" for code in languages for text in misplaced(code)]
    if moved:
        raise CommandError("Words that have moved; run compile_translations --locate:\n" + "\n".join(moved))
