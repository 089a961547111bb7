"""What people paste into addresses and search boxes: every page answers, and finds nothing by accident."""

from collections.abc import Callable

import pytest
from django.test import Client
from django.utils import timezone

from conversations.models import Conversation
from conversations.templates.models import Template
from conversations.templates.queries import templates_for_dashboard
from tenants.context import inside
from tenants.models import Role, Shop
from tests.trade import a_customer, a_product, order_for

pytestmark = pytest.mark.django_db
ClientOf = Callable[..., Client]
LISTS = ("/orders/", "/products/", "/customers/", "/inbox/", "/inbox/rows/", "/settings/templates/")
ODD = ("²", "#²", "\u0663\u0664", "\x00", "\x00 \x00", "\ud800", "9" * 80, "' & !( :*", "%_\\")
# Odd, but words; and no words at all.
FINDS_NOTHING = ("\u0663\u0664", "9" * 80, "%_\\", "!!!", "-", "#", "##", "_", ",", '"', "{", "[]", ": ")


@pytest.mark.parametrize("page", LISTS)
def test_every_list_answers_to_every_search(amber: Shop, client_of: ClientOf, page: str) -> None:
    with inside(amber):
        a_customer("Thandi")
    browser = client_of(amber, Role.MANAGER)
    for words in ODD:
        assert browser.get(page, {"q": words.encode("utf-8", "surrogatepass")}).status_code == 200, words


@pytest.mark.parametrize(
    ("page", "known", "shown"),
    [
        ("/orders/", "Thandi", "No order fits"),
        ("/products/", "Rye", "No product fits"),
        ("/customers/", "Thandi", "Nobody fits"),
        ("/inbox/", "Thandi", "Nothing found"),
        ("/settings/templates/", "Come back", "No template fits"),
    ],
)
def test_odd_words_find_nothing_by_accident(
    amber: Shop, client_of: ClientOf, page: str, known: str, shown: str
) -> None:
    with inside(amber):
        thandi = a_customer("Thandi")
        order_for(thandi, a_product("Rye"))
        Conversation.objects.create(customer=thandi, number_id=1, last_message_at=timezone.now())
        words = [{"type": "BODY", "text": "Come back"}, {"type": "BUTTONS", "buttons": [{"text": "Yes"}]}]
        Template.objects.create(name="offer", language="en", waba_id="w", components=words)
    browser = client_of(amber, Role.MANAGER)
    found = {
        words: browser.get(page, {"q": words}).content.decode() for words in (known, known.lower(), *FINDS_NOTHING)
    }
    assert [words for words, told in found.items() if shown not in told] == [known, known.lower()]


def test_templates_are_found_by_their_words_only(shop: Shop) -> None:
    words = [{"type": "BODY", "text": "Come back (50% off), Café"}, {"type": "BUTTONS", "buttons": [{"text": "Yes"}]}]
    Template.objects.create(name="summer_offer", language="en", waba_id="w", components=words)
    found = [
        q
        for q in ("(50% OFF)", "café", "yes", "summer offer", "BODY", "buttons", "t.*k", "\\", "👍", '"')
        if searched(q)
    ]
    assert found == ["(50% OFF)", "café", "yes", "summer offer"]


def searched(words: str) -> bool:
    return templates_for_dashboard(search=words).exists()


@pytest.mark.parametrize("page", LISTS)
def test_every_list_answers_to_every_page_and_filter(amber: Shop, client_of: ClientOf, page: str) -> None:
    browser = client_of(amber, Role.MANAGER)
    for words in (*ODD[:4], "9" * 5000, "-1"):
        asked = dict.fromkeys(("page", "state", "status", "category", "filter", "before", "current", "customer"), words)
        assert browser.get(page, asked).status_code == 200, words[:20]


@pytest.mark.parametrize("days", ["²", "\u0667", "1" * 5000, "-7", "\x00", "8"])
def test_an_odd_period_is_two_weeks(amber: Shop, client_of: ClientOf, days: str) -> None:
    page = client_of(amber, Role.MANAGER).get("/", {"days": days})
    assert (page.status_code, page.context["days"]) == (200, 14)


@pytest.mark.parametrize("days", [7, 14, 90])
def test_a_period_one_can_choose_is_taken(amber: Shop, client_of: ClientOf, days: int) -> None:
    assert client_of(amber, Role.MANAGER).get("/", {"days": str(days)}).context["days"] == days
