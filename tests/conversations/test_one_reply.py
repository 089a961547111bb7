from conversations.one_reply import folded
from conversations.transport.replies import Buttons, Choice, Link, Text, picture

MENU = (Choice("menu", "Menu"),)


def test_texts_go_into_what_follows_them() -> None:
    assert folded([Text("Hello."), Text("One thing."), Buttons("What now?", MENU)]) == [
        Buttons("Hello.\n\nOne thing.\n\nWhat now?", MENU)
    ]


def test_texts_alone_become_one() -> None:
    assert folded([Text("Hello."), Text("Bye.")]) == [Text("Hello.\n\nBye.")]


def test_a_text_becomes_the_caption_of_a_picture() -> None:
    assert folded([Text("Look:"), picture("https://x.example/a.jpg")]) == [picture("https://x.example/a.jpg", "Look:")]


def test_what_would_not_fit_stays_apart() -> None:
    long = Text("x" * 1000)
    assert folded([long, Buttons("y" * 100, MENU)]) == [long, Buttons("y" * 100, MENU)]


def test_two_questions_stay_two_and_the_same_one_is_asked_once() -> None:
    link = Link("Pay", "Pay now", "https://x.example/pay")
    assert folded([Buttons("What now?", MENU), link]) == [Buttons("What now?", MENU), link]
    assert folded([link, link]) == [link]


def test_nothing_stays_nothing() -> None:
    assert folded([]) == []
