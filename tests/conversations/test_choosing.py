"""Many things to choose from: buttons, a list, pages of a list."""

import pytest

from conversations.trading.choosing import choices
from conversations.transport.replies import Buttons, Choice, Menu, Section


def options(count: int, *, hint: str = "") -> list[Choice]:
    return [Choice(f"pick:{number}", f"Number {number}", hint) for number in range(count)]


def rows(menu: Buttons | Menu) -> list[str]:
    assert isinstance(menu, Menu)
    return [choice.id for section in menu.sections for choice in section.choices]


def test_three_short_choices_are_buttons() -> None:
    assert choices("Which?", options(3), label="See") == Buttons("Which?", tuple(options(3)))


@pytest.mark.parametrize(
    "given",
    [
        options(4),
        options(2, hint="R 12.00"),
        [Choice("a", "A name too long for a button")],
        [Choice("a", "Same"), Choice("b", "Same")],
    ],
)
def test_more_than_three_or_what_a_button_cannot_show_is_a_list(given: list[Choice]) -> None:
    assert choices("Which?", given, label="See") == Menu("Which?", "See", (Section("", tuple(given)),))


def test_ten_are_one_list_and_eleven_are_pages_that_lead_on_and_round() -> None:
    assert len(rows(choices("Which?", options(10), label="See", more_id="shelf:7"))) == 10
    first = choices("Which?", options(11), label="See", more_id="shelf:7")
    assert rows(first) == [*(f"pick:{number}" for number in range(9)), "shelf:7:1"]
    second = choices("Which?", options(11), label="See", more_id="shelf:7", page=1)
    assert rows(second) == ["pick:9", "pick:10", "shelf:7:0"]
    assert choices("Which?", options(11), label="See", more_id="shelf:7", page=99) == second
    assert isinstance(second, Menu)
    assert second.sections[0].choices[-1].description == "Page 1 of 2"


def test_sections_stay_together_over_pages() -> None:
    given = [Section("Hot", tuple(options(7))), Section("Cold", tuple(Choice(f"c:{n}", f"C {n}") for n in range(7)))]
    first = choices("Which?", given, label="See", more_id="all")
    assert isinstance(first, Menu)
    assert [(section.title, len(section.choices)) for section in first.sections] == [("Hot", 7), ("Cold", 3)]
    second = choices("Which?", given, label="See", more_id="all", page=1)
    assert isinstance(second, Menu)
    assert [(section.title, len(section.choices)) for section in second.sections] == [("Cold", 6)]
