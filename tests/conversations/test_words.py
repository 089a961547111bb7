"""Every text of every flow, in every language, against the room WhatsApp gives it."""

import re
import string
from pathlib import Path

import pytest
from django.conf import settings
from django.utils.translation import override

from conversations import registry, translations
from conversations.transport.rules import limits
from conversations.words import ROOM

LANGUAGES = [code for code, _name in settings.LANGUAGES]
# What the names in texts are filled with at their longest.
LONGEST = {
    "phone": "+598 9 1234 5678 9012",
    "name": "Traditional sourdough with olives and rosemary",
    "about": "Bread and cakes · Stellenbosch and Somerset West, Western Cape",
    "lines": "⏳ Waiting for payment: 99\n✅ Paid, not begun: 99",
    "label": "Table 12 on the terrace by the window, upper floor",
    "shop": "The Old Biscuit Mill Bakery and Coffee Roastery",
    "total": "R12 345,00",
    "amount": "R12 345,00",
    "fee": "R1 234,00",
    "limit": "R12 345,00",
    "price": "R12 345,00",
    "minimum": "R1 234,00",
    "missing": "R1 234,00",
    "count": "99",
    "quantity": "99",
    "number": "1234567",
    "day": "22 nov 2027",
    "time": "23:59",
    "page": "12",
    "pages": "12",
    "items": "99 articoli",
    "left": "ne restano solo 99",
    "state": "⏳ Waiting for payment",
    "address": "x" * 300,
    "note": "x" * 200,
    "what": "x" * 130,
    "words": "x" * 60,
    "category": "x" * 80,
    "earned": "x" * 60,
    "balance": "x" * 60,
}
# Filled labels that are replaced by a shorter one when they do not fit.
HAS_A_SHORT_FORM = {"Order · {total}", "Pay {total}"}


def _texts(language: str) -> list[tuple[translations.Words, str]]:
    """Every text of the code as `language` says it, plural forms included."""
    if language == settings.LANGUAGE_CODE:
        return [(words, text) for words in translations.words_in_code() for text in (words.text, words.plural) if text]
    known = {entry.msgid: entry for entry in translations.catalog_of(language)}
    return [
        (words, text)
        for words in translations.words_in_code()
        for text in (known[words.text].msgstr, *known[words.text].msgstr_plural.values())
        if text
    ]


def _names(text: str) -> set[str]:
    return {name for _text, name, _spec, _conversion in string.Formatter().parse(text) if name}


def test_there_are_words_to_check() -> None:
    assert len(translations.words_in_code()) > 150


@pytest.mark.parametrize("folder", ["", "files", "templates", "views", "transport/numbers"])
def test_marked_words_are_seen_in_every_folder_and_only_those(tmp_path: Path, folder: str) -> None:
    marked = tmp_path / folder / "speaking.py"
    marked.parent.mkdir(parents=True, exist_ok=True)
    marked.write_text(
        "from conversations.words import body as say, button, plural\n"
        'THANKS, MORE, LEFT = say("Thank you"), button("More"), plural("{n} left", "{n} are left", 2)\n'
        'OTHER = body("of a request")\n'
    )
    (tmp_path / folder / "other.py").write_text('def body(text): ...\n\nbody("of a webhook")\n')
    assert [(words.kind, words.text, words.plural) for words in translations.words_in_code(tmp_path)] == [
        ("body", "Thank you", ""),
        ("button", "More", ""),
        ("plural", "{n} left", "{n} are left"),
    ]


@pytest.mark.parametrize("language", [code for code in LANGUAGES if code != settings.LANGUAGE_CODE])
def test_no_words_lack_a_translation(language: str) -> None:
    assert translations.untranslated(language) == []


@pytest.mark.parametrize("language", [code for code in LANGUAGES if code != settings.LANGUAGE_CODE])
def test_no_translation_is_left_over(language: str) -> None:
    in_code = {words.text for words in translations.words_in_code()}
    assert [entry.msgid for entry in translations.catalog_of(language) if entry.msgid not in in_code] == []


@pytest.mark.parametrize("language", [code for code in LANGUAGES if code != settings.LANGUAGE_CODE])
def test_beside_each_translation_stand_the_files_that_say_it(language: str) -> None:
    assert translations.misplaced(language) == [], "manage.py compile_translations --locate"


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_text_fits_where_it_is_shown(language: str) -> None:
    too_long = [
        (words.where, text)
        for words, text in _texts(language)
        if words.text not in HAS_A_SHORT_FORM and limits.length(text.format(**LONGEST)) > ROOM[words.kind]
    ]
    assert too_long == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_translations_fill_in_the_same_names(language: str) -> None:
    odd = [
        (words.where, text)
        for words, text in _texts(language)
        if not _names(text) <= _names(words.text) | _names(words.plural)
    ]
    assert odd == []
    lost = [
        (words.where, text)
        for words, text in _texts(language)
        if not words.plural and _names(text) != _names(words.text)
    ]
    assert lost == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_texts_have_no_slips_of_the_finger(language: str) -> None:
    slips = re.compile(r"  |\s$|^\s| [,.!?;:]|\.\.(?!\.)|[“][^”]*$")
    assert [(words.where, text) for words, text in _texts(language) if slips.search(text)] == []


def test_no_word_is_lost_by_the_way_words_are_compared() -> None:
    assert all(word == registry.plain_words(word) for word in registry.WORDS)
    assert registry.meaning_of("  MENÙ!! ") == "menu"
    assert registry.meaning_of("dov'è il mio ordine?") == "orders"
    assert registry.meaning_of("Menu please") == "menu"
    assert registry.meaning_of("a menu of the day for six") == ""
    assert registry.meaning_of("x" * 5000) == ""


@pytest.mark.parametrize("meaning", ["menu", "help", "agent", "stop", "start", "points", "cart", "orders", "language"])
def test_each_everyday_word_exists_in_each_language(meaning: str) -> None:
    for language in LANGUAGES:
        words = [word for word, means in registry.WORDS.items() if means == meaning]
        assert any(language in registry.LANGUAGES_OF_WORDS[word] for word in words), language


def test_every_language_has_a_name_and_a_catalog() -> None:
    for language in LANGUAGES:
        with override(language):
            assert dict(settings.LANGUAGES)[language]
        if language != settings.LANGUAGE_CODE:
            assert translations.catalog_of(language).percent_translated() == 100
