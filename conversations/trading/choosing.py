"""Many things to choose from: buttons while three will do, else a list, else pages of a list."""

from collections.abc import Sequence
from itertools import groupby
from typing import Final

from conversations.transport.replies import Buttons, Choice, Menu, Section
from conversations.transport.rules import limits
from conversations.words import row, row_hint

MORE = row("More…")
PAGE = row_hint("Page {page} of {pages}")
# A page leaves one row for the one that leads on.
PER_PAGE: Final = limits.LIST_ROWS - 1
_Row = tuple[str, Choice]


def choices(
    words: str,
    options: Sequence[Choice] | Sequence[Section],
    *,
    label: str,
    page: int = 0,
    more_id: str = "",
    footer: str = "",
) -> Buttons | Menu:
    """`words` with everything in `options` to choose from; `label` opens the list.

    Up to three short choices are buttons. What does not fit into one list comes in pages: the last row leads to the
    next one and then to the first again. Its id is `more_id:<page>`, so it works a week later; pages count from 0.
    """
    rows = _rows(options)
    if _fit_on_buttons(rows):
        return Buttons(words, tuple(choice for _section, choice in rows), footer=footer)
    return Menu(words, label, _sections(_page(rows, page, more_id)), footer=footer)


def _rows(options: Sequence[Choice] | Sequence[Section]) -> list[_Row]:
    rows: list[_Row] = []
    for option in options:
        if isinstance(option, Section):
            rows.extend((option.title, choice) for choice in option.choices)
        else:
            rows.append(("", option))
    return rows


def _fit_on_buttons(rows: Sequence[_Row]) -> bool:
    """Whether nothing is lost on buttons: neither a description, nor a section, nor half a title."""
    titles = {choice.title for _section, choice in rows}
    return len(rows) == len(titles) <= limits.BUTTONS and all(
        not section and not choice.description and limits.length(choice.title) <= limits.BUTTON_TITLE
        for section, choice in rows
    )


def _page(rows: list[_Row], page: int, more_id: str) -> list[_Row]:
    """Ten rows at most: all of them, or nine and one that leads on. A page too far is the last."""
    if len(rows) <= limits.LIST_ROWS:
        return rows
    pages = -(-len(rows) // PER_PAGE)
    page = min(max(page, 0), pages - 1)
    shown = rows[page * PER_PAGE : (page + 1) * PER_PAGE]
    following = (page + 1) % pages
    hint = str(PAGE.format(page=following + 1, pages=pages))
    return [*shown, (shown[-1][0], Choice(f"{more_id}:{following}", str(MORE), hint))]


def _sections(rows: Sequence[_Row]) -> tuple[Section, ...]:
    """Rows under the title of their section again."""
    grouped = groupby(rows, key=lambda known: known[0])
    return tuple(Section(title, tuple(choice for _section, choice in theirs)) for title, theirs in grouped)
