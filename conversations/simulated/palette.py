"""Every kind of message a phone of the simulator can send with one tap, made to fit the chat it is sent in."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from catalog.models import Variant
from conversations.simulated import goods, samples
from conversations.simulated.samples import Sample
from conversations.simulated.spoken import spoken
from conversations.transport.providers.simulator import kinds, payloads
from conversations.transport.providers.simulator.payloads import Person
from shopme.lib.errors import BusinessError
from shopme.lib.money import plain_amount
from tenants.models import Shop

Json = dict[str, Any]
# A message this number never had.
LOST: Final = "wamid.LONGGONE"


class NothingToActOn(BusinessError):
    """The chat lacks what this needs: a message to react to, or a product to ask about."""


@dataclass(frozen=True, slots=True)
class Scene:
    """What is there to act on: the latest message from the shop and of the phone's own, empty when there is none."""

    shop: Shop
    person: Person
    theirs: str = ""
    mine: str = ""

    def need_theirs(self) -> str:
        """The shop's latest message. Refuses: `NothingToActOn`."""
        if not self.theirs:
            raise NothingToActOn("The shop has not said anything yet that could be answered.")
        return self.theirs

    def need_mine(self) -> str:
        """The phone's own latest message. Refuses: `NothingToActOn`."""
        if not self.mine:
            raise NothingToActOn("This phone has not sent anything yet that could be changed.")
        return self.mine


@dataclass(frozen=True, slots=True)
class Kind:
    """One tap of the palette: `make` gives Meta's typed part, or `sample` the file to send.

    `is_reply`: it answers the shop's latest message.
    """

    key: str
    label: str
    icon: str
    make: Callable[[Scene], Json] | None = None
    is_reply: bool = False
    sample: Sample | None = None


@dataclass(frozen=True, slots=True)
class Shelf:
    """Kinds that belong together."""

    title: str
    kinds: tuple[Kind, ...]


def _sold() -> Variant:
    """The first product of the catalogue. Refuses: `NothingToActOn`."""
    variant = goods.sold().first()
    if variant is None:
        raise NothingToActOn("The shop sells nothing yet that a catalogue could hold.")
    return variant


def _cart(scene: Scene) -> Json:
    variant = _sold()
    price = plain_amount(variant.price_cents, scene.shop.currency)
    lines = [(variant.retailer_id, 2, price), ("a-product-nobody-sells", 1, "1.00")]
    return kinds.cart(
        goods.CATALOG_ID, lines, currency=scene.shop.currency, words=spoken("Please wrap it as a present.")
    )


def _about_product(scene: Scene) -> Json:
    return kinds.about_product(spoken("Do you have this in another size?"), goods.CATALOG_ID, _sold().retailer_id)


def _quote(scene: Scene) -> Json:
    scene.need_theirs()
    return payloads.text(spoken("Yes, that one please"))


SHELVES: Final = (
    Shelf(
        "Files",
        (
            Kind("photo", "Photo", "image", sample=Sample("loaf.jpg", samples.photo, "Do you still have this one?")),
            Kind("voice", "Voice note", "mic", sample=Sample("note.ogg", samples.voice_note)),
            Kind("film", "Film", "video", sample=Sample("loaf.mp4", samples.film, "Look at it!")),
            Kind("page", "Document", "file-text", sample=Sample("wish list.pdf", samples.page, "This is what we need")),
            Kind("sticker", "Sticker", "sticker", sample=Sample("loaf.webp", samples.sticker)),
        ),
    ),
    Shelf(
        "Say",
        (
            Kind("quote", "Reply with a quote", "reply", _quote, is_reply=True),
            Kind("reaction", "Thumbs up", "thumbs-up", lambda scene: kinds.reaction(scene.need_theirs(), "👍")),
            Kind("reaction_off", "Take it back", "thumbs-down", lambda scene: kinds.reaction(scene.need_theirs(), "")),
            Kind(
                "forwarded",
                "Forwarded text",
                "forward",
                lambda _s: kinds.forwarded(spoken("Look what they have here!")),
            ),
            Kind(
                "forwarded_often",
                "Forwarded often",
                "forward",
                lambda _s: kinds.forwarded(spoken("Everybody sends this on!"), often=True),
            ),
            Kind(
                "post", "Comes from a post", "rss", lambda _s: kinds.from_post(spoken("menu"), spoken("Our new oven"))
            ),
            Kind(
                "ad",
                "Comes from an ad",
                "megaphone",
                lambda _s: kinds.from_ad(spoken("Hi, I saw your ad"), spoken("Fresh today")),
            ),
            Kind("welcome", "Opens the chat", "hand", lambda _s: kinds.request_welcome()),
        ),
    ),
    Shelf(
        "Share",
        (
            Kind("contact", "Somebody's contact", "contact", lambda _s: kinds.contacts("Bo Khumalo", "27825550177")),
            Kind(
                "nameless",
                "Cards without names",
                "contact-round",
                lambda _s: kinds.contacts_without_name("27825550888"),
            ),
            Kind(
                "own_contact",
                "Their own number",
                "smartphone",
                lambda scene: kinds.own_contact(scene.person),
                is_reply=True,
            ),
            Kind("cart", "Catalogue cart", "shopping-cart", _cart),
            Kind("about_product", "Product question", "message-circle-question-mark", _about_product, is_reply=True),
        ),
    ),
    Shelf(
        "Answer",
        (
            Kind(
                "template_button",
                "Button of a template",
                "mouse-pointer-click",
                lambda _s: kinds.template_button("menu", spoken("See the menu")),
            ),
            Kind(
                "not_me",
                "“I did not ask for a code”",
                "shield-alert",
                lambda _s: kinds.template_button("DID_NOT_REQUEST_CODE", spoken("I didn't request a code")),
                is_reply=True,
            ),
            Kind(
                "form",
                "Form",
                "clipboard-list",
                lambda _s: kinds.form_answer('{"flow_token":"t-1","size":"42","colour":"green"}'),
                is_reply=True,
            ),
            Kind(
                "address",
                "An address",
                "house",
                lambda _s: kinds.address_answer("12 MG Road", "Pune", "411001"),
                is_reply=True,
            ),
            Kind(
                "call_permission",
                "“You may call me”",
                "phone-call",
                lambda _s: kinds.call_permission(until=int(time.time()) + 7 * 86_400),
                is_reply=True,
            ),
            Kind(
                "form_broken",
                "Broken form",
                "clipboard-x",
                lambda _s: kinds.form_answer('{"flow_token": "t-1", "si'),
                is_reply=True,
            ),
        ),
    ),
    Shelf(
        "Change",
        (
            Kind(
                "edit", "Edit the last text", "pencil", lambda s: kinds.edit(s.need_mine(), spoken("No, make that two"))
            ),
            Kind("revoke", "Delete the last text", "trash-2", lambda scene: kinds.revoke(scene.need_mine())),
            Kind(
                "lost_edit",
                "Edit something lost",
                "pencil-off",
                lambda _s: kinds.edit(LOST, spoken("No, three please")),
            ),
            Kind("lost_revoke", "Delete something lost", "eraser", lambda _s: kinds.revoke(LOST)),
            Kind("lost_reaction", "React to something lost", "smile", lambda _s: kinds.reaction(LOST, "🙏")),
        ),
    ),
    Shelf(
        "Odd",
        (
            Kind("group", "In a group", "users", lambda _s: kinds.in_group(spoken("Who orders bread?"))),
            Kind("disappearing", "Disappearing message", "timer", lambda _s: kinds.disappearing()),
            Kind("edit_unsupported", "An edit nobody passes on", "pencil", lambda _s: kinds.unsupported("edit")),
            Kind("old_unknown", "Nothing readable, old shape", "circle-question-mark", lambda _s: kinds.old_unknown()),
            Kind("broken_tap", "A tap that got lost", "unplug", lambda _s: kinds.broken_tap()),
            Kind("future_tap", "A tap of the future", "sparkles", lambda _s: kinds.tap_of_the_future("RYE")),
            Kind("poll", "A poll", "list-checks", lambda _s: kinds.unsupported("poll")),
            Kind("unsupported", "Nothing readable", "circle-question-mark", lambda _s: kinds.unsupported()),
            Kind("too_large", "Too large a file", "file-exclamation-point", lambda _s: kinds.too_large()),
            Kind("future", "A kind of the future", "sparkles", lambda _s: kinds.from_the_future()),
        ),
    ),
)
KINDS: Final = {kind.key: kind for shelf in SHELVES for kind in shelf.kinds}
