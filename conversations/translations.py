"""Translations: compiled from the committed `.po` files by polib, so that no gettext binaries are needed, and checked
against the words in the code."""

import ast
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import polib
from django.conf import settings

from conversations.words import ROOM

_HERE = Path(__file__).parent


@dataclass(frozen=True, slots=True)
class Words:
    """Words in the code: their kind (`body`, `button`, …), the text, its plural if there is one, and where they are."""

    kind: str
    text: str
    plural: str
    where: str


def words_in_code() -> list[Words]:
    """Everything a customer may read, in the order of the files."""
    files = [
        *sorted(_HERE.glob("*.py")),
        *sorted(_HERE.glob("directory/*.py")),
        *sorted((_HERE / "flows").glob("*.py")),
    ]
    return [found for file in files for found in _words_in(file)]


def _words_in(file: Path) -> Iterator[Words]:
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in ROOM):
            continue
        texts = [part.value for part in node.args if isinstance(part, ast.Constant) and isinstance(part.value, str)]
        if texts:
            plural = texts[1] if node.func.id.startswith("plural") else ""
            yield Words(node.func.id, texts[0], plural, f"{file.relative_to(_HERE)}:{node.lineno}")


def catalog_of(language: str) -> polib.POFile:
    """The committed translations of the chat into `language`."""
    return polib.pofile(str(_HERE / "locale" / language / "LC_MESSAGES" / "django.po"))


def untranslated(language: str) -> list[Words]:
    """Words in the code that `language` does not have, or has only half."""
    known = {entry.msgid: entry for entry in catalog_of(language) if entry.translated()}
    return [words for words in words_in_code() if not _is_complete(words, known.get(words.text))]


def _is_complete(words: Words, entry: polib.POEntry | None) -> bool:
    if entry is None:
        return False
    if words.plural:
        return entry.msgid_plural == words.plural and all(entry.msgstr_plural.values())
    return bool(entry.msgstr)


def compile_stale() -> list[Path]:
    """Write the `.mo` beside each `.po` that has changed; returns what was written."""
    written = []
    for po in sorted(found for folder in settings.LOCALE_PATHS for found in Path(folder).glob("*/LC_MESSAGES/*.po")):
        mo = po.with_suffix(".mo")
        if mo.exists() and mo.stat().st_mtime >= po.stat().st_mtime:
            continue
        part = po.with_suffix(f".{os.getpid()}.part")
        polib.pofile(str(po)).save_as_mofile(str(part))
        part.replace(mo)
        written.append(mo)
    return written
