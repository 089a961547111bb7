"""The people on the phones of the simulator: in which language they speak, and what they are called."""

import pytest

from conversations import registry, simulated
from conversations.directory import words
from conversations.simulated import chaos, phones
from conversations.simulated.refusals import NotAPhoneOfOurs
from conversations.views.stories import stories_on
from loyalty.models import Customer
from shopme.lib import http
from tenants.models import Shop, WhatsAppNumber
from tests.conversations.test_simulator_pages import NOBODY, Wire


@pytest.fixture
def number(shop: Shop) -> WhatsAppNumber:
    return simulated.make_number(shop)


def test_stories_are_told_in_the_language_of_the_shop_and_understood(shop: Shop, number: WhatsAppNumber) -> None:
    shop.language = "it"
    told, shared = dict(stories_on(number)), dict(stories_on(WhatsAppNumber(shop=None)))
    meanings = {label: registry.meaning_of(said) for label, said in told.items()}
    assert meanings == {
        "Say hello": "hello",
        "See the menu": "menu",
        "Look in the basket": "cart",
        "Where is my order?": "orders",
        "How many points?": "points",
        "Speak to a person": "agent",
        "In English": "hello",
    }
    assert told["Where is my order?"] == "Dov'è il mio ordine?"
    wishes = {label: words.wish_in(said, in_shop=True)[0] for label, said in shared.items()}
    assert [wish for wish in wishes.values() if wish] == ["find", "shops", "favourites", "switch"]
    assert all(words.languages_of(shared[label]) == {"it"} for label, wish in wishes.items() if wish)
    shop.language = "en"
    assert dict(stories_on(number))["Look in the basket"] == "cart"
    assert dict(stories_on(number))["In Italian"] == "Ciao"


@pytest.mark.parametrize(
    ("language", "words"), [("it", "Guarda che cosa hanno qui!"), ("en", "Look what they have here!")]
)
def test_the_palette_speaks_as_the_shop_does(
    shop: Shop, number: WhatsAppNumber, monkeypatch: pytest.MonkeyPatch, language: str, words: str
) -> None:
    wire = Wire()
    monkeypatch.setattr(http, "call", wire.call)
    shop.language = language
    person = simulated.person_with(number, NOBODY)
    chaos.send_kind(shop=shop, number=number, person=person, key="forwarded")
    assert wire.incoming.text == words


def test_phones_that_differ_in_their_first_digits_have_different_names(number: WhatsAppNumber) -> None:
    names = {simulated.person_with(number, f"1{area}5550142").name for area in range(201, 301)}
    assert len(names) == 100


def test_a_new_phone_is_nobodys_namesake(number: WhatsAppNumber, monkeypatch: pytest.MonkeyPatch) -> None:
    drawn = iter(["19005550142", "17285550142", *["19005550142"] * 50])
    monkeypatch.setattr(phones, "stranger", lambda: next(drawn))
    Customer.objects.create(profile_name=simulated.person_with(number, "19005550142").name)
    assert simulated.fresh_phone(number) == "17285550142"
    with pytest.raises(NotAPhoneOfOurs):
        simulated.fresh_phone(number)
