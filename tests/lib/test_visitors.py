"""Public pages for whoever comes by a wrong address: in the visitor's language, and every word of them translated."""

import re
from pathlib import Path

import polib
import pytest
from django.conf import settings
from django.test import Client, RequestFactory

from conversations.translations import compile_stale
from shopme.lib.visitors import language_of
from tenants.models import QrCode, Shop
from tenants.queries import forget
from tests.payments.test_words import OTHERS, words_of

pytestmark = pytest.mark.django_db
compile_stale()
PAGES = ("qr_codes/open", "qr_codes/unknown", "errors/no_shop", "errors/suspended")


@pytest.mark.parametrize(
    ("header", "shops", "language"),
    [
        ("it-IT,it;q=0.9,en;q=0.8", "en", "it"),
        ("fr-FR, it;q=0.5", "en", "it"),
        ("en-GB", "it", "en"),
        ("fr", "it", "it"),
        ("*", "it", "it"),
        ("", "it", "it"),
        ("", "xx", "en"),
        ("it\x00;q=", "en", "en"),
        ("x" * 100_000, "", "en"),
    ],
)
def test_the_browser_says_the_language_else_the_shop(header: str, shops: str, language: str) -> None:
    request = RequestFactory().get("/", HTTP_ACCEPT_LANGUAGE=header)
    assert language_of(request, otherwise=shops) == language


def test_addresses_that_lead_nowhere_say_so_in_the_visitors_language(amber: Shop) -> None:
    Shop.objects.filter(pk=amber.pk).update(language="en")
    code = QrCode.objects.create(shop=amber, is_active=False)
    italian = {"HTTP_ACCEPT_LANGUAGE": "it-IT,it;q=0.9"}
    platform, unheard = Client(HTTP_HOST="localhost"), Client(HTTP_HOST="nowhere.localhost")
    for answer in (
        platform.get(f"/r/{code.code}", **italian),
        platform.get("/r/34679CDFGHJK", **italian),
    ):
        assert answer.status_code == 404
        assert answer.headers["Vary"].startswith("User-Agent, Accept-Language")
        assert "Questo codice non è in uso" in answer.content.decode()
        assert '<html lang="it"' in answer.content.decode()
    assert "Qui non risponde nessun negozio" in unheard.get("/", **italian).content.decode()
    assert "No shop answers here" in unheard.get("/").content.decode()


def test_on_a_shops_host_its_language_is_the_second_choice(amber: Shop) -> None:
    Shop.objects.filter(pk=amber.pk).update(language="it")
    forget()
    shop = Client(HTTP_HOST=f"{amber.slug}.localhost")
    for address, words in (
        ("/pay/unknown-token/", "Questo link non funziona"),
        ("/r/nope", "Questo codice non è in uso"),
    ):
        assert words in shop.get(address).content.decode()
        assert words not in shop.get(address, HTTP_ACCEPT_LANGUAGE="en").content.decode()
    Shop.objects.filter(pk=amber.pk).update(status=Shop.Status.SUSPENDED)
    forget()
    answer = shop.get("/")
    assert (answer.status_code, answer.headers["Content-Language"]) == (503, "it")
    assert "è in pausa" in answer.content.decode()


def test_a_code_tells_nobody_whose_it_was(amber: Shop) -> None:
    Shop.objects.filter(pk=amber.pk).update(language="it")
    code = QrCode.objects.create(shop=amber, is_active=False)
    platform = Client(HTTP_HOST="localhost")
    switched_off, unknown = (
        re.sub(r'"X-CSRFToken": "\w*"', "", platform.get(f"/r/{each}").content.decode())
        for each in (code.code, "34679CDFGHJK")
    )
    assert switched_off == unknown


@pytest.mark.parametrize("language", OTHERS)
def test_no_word_of_a_public_page_is_missing_and_none_is_left_over(language: str) -> None:
    catalog = polib.pofile(str(settings.BASE_DIR / "shopme" / "locale" / language / "LC_MESSAGES" / "django.po"))
    known = {entry.msgid for entry in catalog if entry.translated()}
    pages = [Path(settings.BASE_DIR / "templates" / f"{name}.html") for name in PAGES]
    in_attributes = {words for page in pages for words in re.findall(r"{% translate '([^']+)' %}", page.read_text())}
    assert in_attributes.union(*map(words_of, pages)) == known
