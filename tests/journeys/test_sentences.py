"""Customers who write whole sentences: one of our words among others, or several things at once."""

from collections.abc import Callable

import pytest

from catalog.services import ProductWish, VariantWish, save_product
from conversations.hearing.sentences import Wish, meaning_in, wishes_in
from orders.basket import basket_of
from tests.journeys.chat import Customer, chat
from tests.journeys.conftest import Bakery


@pytest.mark.parametrize(
    ("said", "meaning"),
    [
        ("quanti punti ho?", "points"),
        ("How many points do I have?", "points"),
        ("dimmi il mio saldo", "points"),
        ("Where are my orders, please?", "orders"),
        ("vorrei parlare con una persona", "agent"),
        ("I'd like to order", "browse"),
        ("What's in my basket?", "cart"),
        ("is it ok?", ""),
        ("do you have a bag", ""),
        ("how many points for a croissant", ""),
        ("do not stop", ""),
        ("il punto vendita", ""),
        ("", ""),
    ],
)
def test_a_sentence_around_one_of_our_words_means_that_word(said: str, meaning: str) -> None:
    assert meaning_in(said) == meaning


@pytest.mark.parametrize(
    ("said", "wishes"),
    [
        (
            "vorrei 2 coppette classiche medie e un cappuccino",
            [Wish("coppette classiche medie", is_counted=True), Wish("cappuccino")],
        ),
        ("Three rye loaves,\none carrot cake", [Wish("rye loaves", is_counted=True), Wish("carrot cake")]),
        ("do you have croissants", [Wish("croissants")]),
        ("1 espresso", [Wish("espresso")]),
        ("2, please", []),
    ],
)
def test_several_wishes_in_a_sentence_are_told_apart(said: str, wishes: list[Wish]) -> None:
    assert wishes_in(said) == wishes


def test_points_asked_for_in_a_sentence_are_told(thandi: Customer) -> None:
    thandi.says("hi")
    assert thandi.says("How many points do I have?").startswith("You have no points yet.")
    assert thandi.says("How many points for sourdough?").startswith("*Sourdough loaf*"), "more was said than our word"


def test_nothing_of_several_wishes_is_lost_silently(bakery: Bakery, thandi: Customer) -> None:
    thandi.says("hi")
    assert thandi.says("I'd like 2 rye and a cappuccino") == chat("""
        I did not understand “cappuccino”.

        I take one thing at a time, and nothing is in your basket yet: choose it below, then write me how many you want.

        *Rye loaf*

        *R52,00* · in stock
        [Add to basket] [See more] [My basket]
    """)
    assert basket_of(thandi.thread.customer).is_empty
    assert thandi.says("2").startswith("Done! ✓ 2 × Rye loaf.")
    both = thandi.says("one rye loaf, a carrot cake and a unicorn")
    assert both.startswith("I did not understand “unicorn”.\n\nI take one thing at a time")
    assert ("• Rye loaf" in both, "• Carrot cake" in both) == (True, True)
    assert thandi.says("rye").startswith("*Rye loaf*"), "a name alone is no order"
    assert thandi.says("do you have a rye loaf, and on Sundays?").startswith("This is what we have"), (
        "a question is no order"
    )


def test_a_product_named_with_an_and_is_found_by_its_whole_name(
    bakery: Bakery, person: Callable[..., Customer]
) -> None:
    save_product(wish=ProductWish(name="Pane e panelle", variants=[VariantWish(price_cents=2500)]))
    giulia = person("Giulia Rossi", "393331234567")
    giulia.says("ciao")
    assert giulia.says("pane e panelle").startswith("*Pane e panelle*")
    assert giulia.says("quanti punti ho?").startswith("Non hai ancora punti.")
