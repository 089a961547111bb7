"""Translations: compiled from the committed `.po` files by polib, so that no gettext binaries are needed, and checked
against the words in the code."""

import ast
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import polib
from django.conf import settings

from conversations import words

_HERE = Path(__file__).parent


@dataclass(frozen=True, slots=True)
class Words:
    """Words in the code: their kind (`body`, `button`, …), the text, its plural if there is one, and where they are."""

    kind: str
    text: str
    plural: str
    where: str


def words_in_code(room: Path = _HERE) -> list[Words]:
    """Everything a customer may read, in the order of the files: whatever a module of the room marks by `words`."""
    return [found for file in sorted(room.rglob("*.py")) for found in _words_in(file, str(file.relative_to(room)))]


def _words_in(file: Path, name: str) -> Iterator[Words]:
    source = file.read_text(encoding="utf-8")
    if words.__name__ not in source:
        return
    tree = ast.parse(source)
    kinds = _kinds_in(tree)
    for node in ast.walk(tree):
        if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in kinds):
            continue
        texts = [part.value for part in node.args if isinstance(part, ast.Constant) and isinstance(part.value, str)]
        if texts:
            kind = kinds[node.func.id]
            yield Words(kind, texts[0], texts[1] if kind.startswith("plural") else "", f"{name}:{node.lineno}")


def _kinds_in(tree: ast.Module) -> dict[str, str]:
    """By which names a module marks words, and their kinds: others may call something of their own `body`."""
    imports = (node for node in ast.walk(tree) if isinstance(node, ast.ImportFrom) and node.module == words.__name__)
    names = (each for node in imports for each in node.names if each.name in words.ROOM)
    return {each.asname or each.name: each.name for each in names}


def catalog_of(language: str) -> polib.POFile:
    """The committed translations of the chat into `language`."""
    return polib.pofile(str(_HERE / "locale" / language / "LC_MESSAGES" / "django.po"), wrapwidth=0)


def untranslated(language: str) -> list[Words]:
    """Words in the code that `language` does not have, or has only half."""
    known = {entry.msgid: entry for entry in catalog_of(language) if entry.translated()}
    return [found for found in words_in_code() if not _is_complete(found, known.get(found.text))]


def _is_complete(found: Words, entry: polib.POEntry | None) -> bool:
    if entry is None:
        return False
    if found.plural:
        return entry.msgid_plural == found.plural and all(entry.msgstr_plural.values())
    return bool(entry.msgstr)


def misplaced(language: str) -> list[str]:
    """Texts beside whose translation other files are noted than those that say them."""
    files = _files_by_text()
    return [entry.msgid for entry in catalog_of(language) if _noted(entry) != files.get(entry.msgid)]


def locate(language: str) -> int:
    """Note beside each translation which files say its text; at how many something else stood."""
    catalog, files, moved = catalog_of(language), _files_by_text(), len(misplaced(language))
    for entry in catalog:
        entry.occurrences = [(file, "") for file in files.get(entry.msgid, ())]
    catalog.save()
    return moved


def _files_by_text() -> dict[str, list[str]]:
    """The files that say each text, in their order."""
    found: dict[str, list[str]] = {}
    for said in words_in_code():
        files, file = found.setdefault(said.text, []), said.where.partition(":")[0]
        if file not in files:
            files.append(file)
    return found


def _noted(entry: polib.POEntry) -> list[str]:
    return [file for file, _line in entry.occurrences]


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
