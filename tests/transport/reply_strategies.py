"""Replies of every kind as hypothesis draws them: words of any script, at and beyond every border."""

from collections.abc import Callable
from typing import Any

from hypothesis import assume
from hypothesis import strategies as st

from conversations.transport.replies import (
    AskAddress,
    AskContact,
    AskLocation,
    Buttons,
    ButtonValue,
    CatalogLink,
    Choice,
    ContactCard,
    Contacts,
    Form,
    Link,
    Location,
    Media,
    Menu,
    Product,
    ProductList,
    ProductSection,
    Reaction,
    Reply,
    Section,
    TemplateMessage,
    Text,
    Value,
)
from conversations.transport.rules import limits
from conversations.transport.rules.limits import BreaksAWhatsAppLimit

_SIGNS = st.sampled_from("aé ß\n\t中🙂👨‍👩‍👧‍👦🇿🇦𝒳٣*_~•")
EMOJI = st.sampled_from(["👍", "❤️", "👨‍👩‍👧‍👦", "🇿🇦", "🫶🏾", ""])


def words(most: int, least: int = 0) -> st.SearchStrategy[str]:
    """Up to a little more than `most`, mostly short, often just at the border."""
    short = st.text(_SIGNS, min_size=least, max_size=30)
    at_border = st.builds(
        lambda sign, count, tail: sign * count + tail, _SIGNS, st.integers(max(1, most - 2), most + 2), short
    )
    return st.one_of(short, short, at_border)


urls = st.builds("https://shop.example/{}".format, st.text("abc/0", max_size=20))
ids = st.text("abc:019🙂", min_size=0, max_size=12) | st.just("x" * 200) | st.just("x" * 257)
plain_data = st.dictionaries(st.text("ab", min_size=1), st.integers() | st.text("ab"), max_size=2)


def media(kinds: tuple[str, ...] = ("image", "video", "audio", "document", "sticker")) -> st.SearchStrategy[Media]:
    return made(
        Media,
        kind=st.sampled_from(kinds),
        url=st.just("") | urls,
        media_id=st.just("") | st.text("019", min_size=1, max_size=15),
        caption=st.just("") | words(limits.CAPTION),
        filename=st.just("") | words(limits.FILENAME),
        voice=st.booleans(),
    )


def made(kind: Callable[..., Any], /, **parts: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    """What `kind` makes of the parts; draws it refuses to be are left out."""

    @st.composite
    def draw_one(draw: st.DrawFn) -> Any:
        values = {name: draw(part) for name, part in parts.items()}
        try:
            return kind(**values)
        except BreaksAWhatsAppLimit:
            assume(False)

    return draw_one()


def some(items: st.SearchStrategy[Any], most: int) -> st.SearchStrategy[tuple[Any, ...]]:
    return st.lists(items, max_size=most).map(tuple)


choices = st.builds(Choice, ids, words(24, 1), words(72))
sections = st.builds(Section, words(24), some(choices, 4))
top = st.none() | st.none() | media(("image", "video", "document"))
product_sections = st.builds(ProductSection, words(24), some(st.text("SKU-19", max_size=8), 12))
places = made(Location, latitude=st.floats(), longitude=st.floats(), name=words(20), address=words(20))
cards = made(
    ContactCard,
    name=words(20, 1),
    phone=st.sampled_from(["", "+27821230001", "082", "+1"]),
    email=st.sampled_from(["", "a@b.example"]),
    organisation=words(10),
    url=st.just("") | urls,
    is_on_whatsapp=st.booleans(),
)
names = st.sampled_from(["", "", "", "who", "total"])
values = made(
    Value,
    text=words(60, 1),
    name=names,
    kind=st.sampled_from(["text", "currency", "date_time"]),
    currency=st.sampled_from(["", "ZAR"]),
    amount_1000=st.integers(-(10**12), 10**12),
)
button_values = made(
    ButtonValue,
    index=st.integers(-1, 11),
    kind=st.sampled_from(["quick_reply", "url", "copy_code", "flow", "catalog", "mpm"]),
    value=st.text("aZ9-🙂 ", max_size=16) | st.just("x" * 256) | st.just("x" * 2001),
    data=plain_data,
    sections=some(product_sections, 3),
)
KINDS: dict[str, st.SearchStrategy[Reply]] = {
    "text": made(Text, body=words(limits.TEXT_BODY, 1), preview_url=st.booleans()),
    "media": media(),
    "buttons": made(
        Buttons,
        body=words(limits.INTERACTIVE_BODY, 1),
        buttons=some(choices, 4),
        image_url=st.just("") | urls,
        header=st.just("") | words(60),
        footer=words(60),
        top=top,
    ),
    "list": made(
        Menu,
        body=words(limits.INTERACTIVE_BODY, 1),
        button=words(20, 1),
        sections=some(sections, 4),
        header=words(60),
        footer=words(60),
    ),
    "link": made(Link, body=words(limits.INTERACTIVE_BODY, 1), label=words(20, 1), url=urls, header=words(60), top=top),
    "ask_location": made(AskLocation, body=words(limits.INTERACTIVE_BODY, 1)),
    "ask_contact": made(AskContact, body=words(limits.INTERACTIVE_BODY, 1)),
    "ask_address": made(AskAddress, body=words(1024, 1), country=st.sampled_from(["IN", "ZA"]), values=st.just({})),
    "form": made(
        Form,
        body=words(1024, 1),
        label=words(20, 1),
        token=st.text("t", max_size=201),
        form_id=st.sampled_from(["", "800"]),
        form_name=st.sampled_from(["", "join"]),
        screen=st.sampled_from(["", "FIRST"]),
        data=plain_data,
        header=words(60),
        footer=words(60),
        top=top,
        is_draft=st.booleans(),
        is_exchange=st.booleans(),
    ),
    "location": places,
    "contacts": made(Contacts, cards=some(cards, 3)),
    "reaction": made(Reaction, message_wamid=st.sampled_from(["wamid.A", ""]), emoji=EMOJI | words(3)),
    "product": made(
        Product,
        catalog_id=st.sampled_from(["700", ""]),
        retailer_id=ids,
        body=words(1024),
        footer=words(60),
    ),
    "product_list": made(
        ProductList,
        catalog_id=st.just("700"),
        header=words(60, 1),
        body=words(1024, 1),
        sections=some(product_sections, 4),
        footer=words(60),
    ),
    "catalog": made(CatalogLink, body=words(1024, 1), retailer_id=ids, footer=words(60)),
    "template": made(
        TemplateMessage,
        name=st.sampled_from(["order_paid", "Order", "x" * 513]),
        language=st.sampled_from(["en", "en_US", "english"]),
        text=words(30, 1),
        header=st.none() | values | media(("image", "video", "document")) | places,
        body=some(values, 4),
        buttons=some(button_values, 3),
        offer_until_ms=st.sampled_from([0, 1_790_000_000_000]),
    ),
}
