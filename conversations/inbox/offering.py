"""What a person of the shop says besides words and files: a place, a contact card, products, a question with WhatsApp's
own button, a form. Everything leaves as the transport renders it; what a chat cannot send is not offered there."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Final

from django.db import transaction

from catalog.models import Variant
from catalog.queries import cards_by_id
from conversations.chat_settings import chat_settings
from conversations.flows.product import product_card_reply
from conversations.inbox import handover
from conversations.intake import Arrival
from conversations.models import ChatSettings, Conversation, Message
from conversations.talk import Voice
from conversations.trading import shelf
from conversations.transport.form_tokens import form_token
from conversations.transport.replies import (
    AskAddress,
    AskLocation,
    Form,
    Menu,
    Product,
    ProductList,
    ProductSection,
    Reply,
    Section,
    Text,
)
from conversations.transport.replies.forms import ADDRESS_COUNTRIES
from conversations.transport.rules import limits
from conversations.transport.types import Incoming
from conversations.words import body, button
from shopme.lib.errors import BusinessError
from tenants.audit import note
from tenants.context import current_shop
from tenants.models import User
from tenants.queries import number_by_id

HAVE_A_LOOK = body("Please have a look:")
SEE_PRODUCTS = button("See products")
WHERE = body("Where shall we bring it? Please write street, number and town.")
YOUR_PLACE = body("Please send us your location with the button below.")
FILL_IN = body("Please fill in this form.")
OTHER_GOODS: Final = "Products"
# What is under the cards and lists of products that a person of the shop sends.
_GOODS: Final = ("product", "options", "cart.add")


class CannotBeOffered(BusinessError):
    """This cannot be said in this chat, or not so many at once."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the menu beside the composer."""

    key: str
    label: str
    icon: str
    hint: str


_ALWAYS: Final = (
    Entry("location", "Location", "map-pin", "A place on the map"),
    Entry("contact", "Contact card", "contact-round", "A name with a phone"),
    Entry("products", "Products", "shopping-bag", "One, or a list to choose from"),
    Entry("ask_location", "Ask for their location", "locate-fixed", "With WhatsApp's button"),
    Entry("ask_address", "Ask for an address", "house", "Where to bring it"),
)


def entries_for(conversation: Conversation, settings: ChatSettings) -> list[Entry]:
    """What can be said in this chat; a form only where the shop has one on the number of the chat."""
    if not (settings.form_id and is_on_own_number(conversation)):
        return list(_ALWAYS)
    return [*_ALWAYS, Entry("form", settings.form_name or "Form", "clipboard-list", "To be filled in here")]


def is_on_own_number(conversation: Conversation) -> bool:
    """Whether the chat is on a number of the shop: what is set up at Meta for it exists there only."""
    return number_by_id(conversation.number_id).shop_id is not None


@transaction.atomic
def say(
    *, conversation: Conversation, actor: User, what: str, replies: Sequence[Reply], request_id: str
) -> list[Message]:
    """Say it as a person of the shop, who thereby takes over, and note that. The same `request_id` says nothing again.

    Locks the thread. Refuses: `handover.NoSuchConversation`, `NumberIsSilent`, `WindowClosed`.
    """
    said = handover.send_staff_replies(
        conversation_id=conversation.pk, user_id=actor.pk, replies=replies, request_id=request_id
    )
    if said:
        note(f"chat.{what}_sent", shop=current_shop(), actor=actor, subject=f"conversation {conversation.pk}")
    return said


def goods(conversation: Conversation, product_ids: Sequence[int], words: str) -> list[Reply]:
    """Products of the shop: as WhatsApp's catalogue shows them where the number has one, else as cards of ours.

    Refuses: `CannotBeOffered`, `BreaksAWhatsAppLimit`.
    """
    catalog_id = chat_settings().catalog_id if is_on_own_number(conversation) else ""
    if catalog_id:
        return [_of_catalogue(catalog_id, product_ids, words)]
    cards = {card.id: card for card in cards_by_id(product_ids, language=conversation.language)}
    wanted = [cards[each] for each in product_ids if each in cards]
    if not wanted:
        raise CannotBeOffered("That is not for sale just now.")
    voice = Voice(current_shop(), conversation.language or current_shop().language)
    if len(wanted) == 1:
        card = product_card_reply(voice, wanted[0])
        return [Text(words), card] if words else [card]
    if len(wanted) > limits.LIST_ROWS:
        raise CannotBeOffered(f"Choose at most {limits.LIST_ROWS} products: a list of WhatsApp holds no more.")
    rows = tuple(shelf.product_row(voice, card) for card in wanted)
    return [Menu(words or str(HAVE_A_LOOK), str(SEE_PRODUCTS), (Section("", rows),))]


def _of_catalogue(catalog_id: str, product_ids: Sequence[int], words: str) -> Reply:
    sold = Variant.objects.filter(product_id__in=product_ids, product__status="published", is_active=True)
    rows = list(
        sold.select_related("product__category").order_by(
            "product__category__position", "product__category_id", "product__position", "product_id", "position", "id"
        )
    )
    if not rows:
        raise CannotBeOffered("That is not for sale just now.")
    if len(rows) == 1:
        return Product(catalog_id, rows[0].retailer_id, words)
    shelves = groupby(rows, key=lambda row: row.product.category.name if row.product.category else OTHER_GOODS)
    sections = tuple(ProductSection(name, tuple(row.retailer_id for row in together)) for name, together in shelves)
    return ProductList(catalog_id, current_shop().name, words or str(HAVE_A_LOOK), sections)


def question_for_place(words: str) -> list[Reply]:
    """With WhatsApp's button that sends where the customer is."""
    return [AskLocation(words)]


def question_for_address(conversation: Conversation, words: str) -> list[Reply]:
    """With WhatsApp's own form where it has one (India), in words elsewhere."""
    is_indian = "IN" in ADDRESS_COUNTRIES and (conversation.customer.phone or "").startswith("+91")
    return [AskAddress(words) if is_indian else Text(words)]


def form_to_fill_in(conversation: Conversation, words: str) -> list[Reply]:
    """The shop's form; its answers are believed in this chat only. Refuses: `CannotBeOffered`."""
    settings = chat_settings()
    if not (settings.form_id and is_on_own_number(conversation)):
        raise CannotBeOffered("There is no form for this chat.")
    token = form_token(shop_id=current_shop().pk, conversation_id=conversation.pk, purpose=settings.form_id)
    return [Form(words, settings.form_label, token, form_id=settings.form_id, screen=settings.form_screen)]


def is_tap_on_goods_of_staff(arrival: Arrival, tap: Incoming) -> bool:
    """Whether they want what a person of the shop just offered them: the assistant puts it into the basket meanwhile.

    Asked only of a tap that comes while a person answers.
    """
    conversation = arrival.conversation
    if (
        not arrival.is_bot_enabled
        or conversation.mode == Conversation.Mode.BOT
        or tap.choice_id.partition(":")[0] not in _GOODS
    ):
        return False
    offered = Message.objects.filter(conversation=conversation, wamid=tap.context_wamid, author=Message.Author.STAFF)
    return offered.exists()
