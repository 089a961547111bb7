"""What the platform answers by itself: lists of shops to pick from, favourites, and questions."""

from collections.abc import Sequence
from typing import Final

from conversations.directory import finding, people, words
from conversations.transport.replies import Buttons, Choice, Menu, Reply, Section, Text
from shopme.lib.text import shorten
from tenants.models import Shop, Shopper
from tenants.services.favourites import drop_favourite

ROWS: Final = 10


def hello(shopper: Shopper) -> list[Reply]:
    shopper.state = "find"
    return [Buttons(str(words.HELLO), _ways(shopper))]


def ask_what(shopper: Shopper) -> list[Reply]:
    people.leave(shopper)
    shopper.state = "find"
    return [Text(str(words.WHAT))]


def search(shopper: Shopper, wanted: str, *, page: int = 0) -> list[Reply]:
    """Shops for some words as a list with pages. The words are kept for the next page."""
    shopper.state, shopper.state_data = "find", {"words": wanted}
    found = finding.shops_for(wanted)
    if not found:
        return [Buttons(words.NOT_FOUND.format(words=shorten(wanted, 60)), _ways(shopper))]
    return [_list(words.FOUND.format(words=shorten(wanted, 60)), found, page)]


def all_shops(shopper: Shopper, *, page: int = 0) -> list[Reply]:
    shopper.state, shopper.state_data = "find", {"words": ""}
    found = list(finding.listed()[: finding.MOST_FOUND])
    return [_list(str(words.ALL_SHOPS), found, page)] if found else [Text(str(words.NO_SHOPS))]


def next_page(shopper: Shopper, page: int) -> list[Reply]:
    """Another page of the list they looked at last."""
    wanted = str(shopper.state_data.get("words", ""))
    return search(shopper, wanted, page=page) if wanted else all_shops(shopper, page=page)


def favourites(shopper: Shopper) -> list[Reply]:
    """One tap to open each; a last row to take one out."""
    kept = people.favourites(shopper)
    if not kept:
        return [Buttons(str(words.NO_FAVOURITES), (_find_button(),))]
    rows = [_row(shop) for shop in kept[: ROWS - 1]]
    return [_menu(str(words.FAVOURITES_ARE), [*rows, Choice("dir.edit", str(words.DROP_ROW))])]


def edit_favourites(shopper: Shopper) -> list[Reply]:
    kept = people.favourites(shopper)
    if not kept:
        return favourites(shopper)
    return [_menu(str(words.DROP_WHICH), [_row(shop, act="drop") for shop in kept[:ROWS]])]


def drop(shopper: Shopper, shop_id: int) -> list[Reply]:
    """Take one out and show the rest."""
    shop = Shop.objects.filter(pk=shop_id).first()
    if shop is None or not drop_favourite(shopper=shopper, shop_id=shop_id):
        return favourites(shopper)
    return [Text(words.DROPPED.format(shop=shop.name)), *favourites(shopper)]


def switch(shopper: Shopper) -> list[Reply]:
    """Out of the present shop; where to? What they write next is the name of a shop."""
    here = shopper.shop_id
    people.leave(shopper)
    shopper.state, shopper.state_data = "find", {}
    shops = [shop for shop in _known(shopper) if shop.pk != here]
    rows = [_row(shop) for shop in shops[: ROWS - 1]]
    return [_menu(str(words.WHERE_TO), [*rows, Choice("dir.find", str(words.FIND_ROW), str(words.FIND_HINT))])]


def ask_which(shopper: Shopper, shops: Sequence[Shop]) -> list[Reply]:
    """Whose is it? Up to three as buttons, more as a list."""
    if len(shops) <= 3 and len({shorten(shop.name, 20) for shop in shops}) == len(shops):
        return [Buttons(str(words.WHICH), tuple(Choice(f"dir.open:{shop.pk}", shop.name) for shop in shops))]
    rows = [_row(shop) for shop in shops[: ROWS - 1]]
    return [_menu(str(words.WHICH), [*rows, Choice("dir.find", str(words.FIND_ROW), str(words.FIND_HINT))])]


def closed(shopper: Shopper, shop: Shop) -> list[Reply]:
    """A suspended or closed shop is never opened: say so and offer others."""
    if shopper.shop_id == shop.pk:
        people.leave(shopper)
    shopper.state = "find"
    return [Buttons(words.CLOSED.format(shop=shop.name), _ways(shopper))]


def unknown_code(shopper: Shopper) -> list[Reply]:
    shopper.state = "find"
    return [Buttons(str(words.CODE_UNKNOWN), _ways(shopper))]


def _known(shopper: Shopper) -> list[Shop]:
    """Favourites, then shops they have been in."""
    return list({shop.pk: shop for shop in [*people.favourites(shopper), *people.visited(shopper)]}.values())


def _ways(shopper: Shopper) -> tuple[Choice, ...]:
    if people.favourites(shopper):
        return _find_button(), Choice("dir.favourites", str(words.FAVOURITES_BUTTON))
    return (_find_button(),)


def _find_button() -> Choice:
    return Choice("dir.shops", str(words.FIND_BUTTON))


def _list(text: str, shops: Sequence[Shop], page: int) -> Reply:
    """One page of shops; a last row leads to the next one."""
    if len(shops) <= ROWS:
        return _menu(text, [_row(shop) for shop in shops])
    first = page * (ROWS - 1)
    shown = [_row(shop) for shop in shops[first : first + ROWS - 1]]
    if not shown:
        return _list(text, shops, 0)
    more = [Choice(f"dir.page:{page + 1}", str(words.MORE))] if len(shops) > first + ROWS - 1 else []
    return _menu(text, [*shown, *more])


def _row(shop: Shop, *, act: str = "open") -> Choice:
    about = " · ".join(part for part in (shop.category, shop.town) if part) or shorten(shop.description, 60)
    return Choice(f"dir.{act}:{shop.pk}", shop.name, words.VERIFIED.format(about=about) if shop.is_verified else about)


def _menu(text: str, rows: Sequence[Choice]) -> Reply:
    return Menu(text, str(words.OPEN_LIST), (Section("", tuple(rows)),))
