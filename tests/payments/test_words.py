"""Every word on the pages of a paying customer exists in every language of the platform."""

import re
from pathlib import Path

import polib
import pytest
from django.conf import settings

PAGES = sorted((settings.BASE_DIR / "templates" / "payments").glob("*.html"))
OTHERS = [code for code, _ in settings.LANGUAGES if code != "en"]
PLAIN = re.compile(r'{%\s*translate\s+"([^"]+)"')
BLOCK = re.compile(r"{%\s*blocktranslate[^%]*%}(.*?){%\s*endblocktranslate\s*%}", re.DOTALL)


def words_of(page: Path) -> set[str]:
    text = page.read_text()
    return {*PLAIN.findall(text), *(re.sub(r"{{\s*(\w+)\s*}}", r"%(\1)s", words) for words in BLOCK.findall(text))}


@pytest.mark.parametrize("language", OTHERS)
def test_no_word_is_missing_and_none_is_left_over(language: str) -> None:
    catalog = polib.pofile(str(settings.BASE_DIR / "payments" / "locale" / language / "LC_MESSAGES" / "django.po"))
    known = {entry.msgid for entry in catalog if entry.translated()}
    assert set().union(*map(words_of, PAGES)) == known
