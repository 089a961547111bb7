"""What the simulator offers to say with one tap."""

from typing import Final

from django.utils import timezone

from catalog.models import Product
from conversations.simulated.spoken import spoken
from tenants import directory
from tenants.context import current_shop
from tenants.models import QrCode, WhatsAppNumber

Story = tuple[str, str]
MOST_CODES: Final = 4
STORIES: Final = (
    ("Say hello", "Hi"),
    ("See the menu", "menu"),
    ("Look in the basket", "cart"),
    ("Where is my order?", "Where is my order?"),
    ("How many points?", "points"),
    ("Speak to a person", "agent"),
)
ON_SHARED: Final = (
    ("Say hello", "Hi"),
    ("Find a shop", "find a shop"),
    ("All shops", "shops"),
    ("My favourites", "favourites"),
    ("Another shop", "switch"),
)
# How somebody begins who speaks another language than the shop.
IN_ITALIAN: Final = ("In Italian", "Ciao")
IN_ENGLISH: Final = ("In English", "Hello")


def stories_on(number: WhatsAppNumber) -> list[Story]:
    """(What it is called, what is said in the language of the shop), as it makes sense on this number."""
    is_shared = number.shop_id is None
    told = [(label, spoken(words)) for label, words in (ON_SHARED if is_shared else STORIES)]
    foreign = IN_ENGLISH if current_shop().language == "it" else IN_ITALIAN
    return [*told, foreign, *(_code_story() if is_shared else _product_story())]


def _product_story() -> list[Story]:
    """Ask for something this shop really sells."""
    product = Product.objects.filter(status="published", is_available=True).order_by("position", "id").first()
    return [(f"Ask for {product.name}", product.name)] if product else []


def codes_to_photograph() -> list[QrCode]:
    """Some of the shop's codes that lead somewhere, oldest first."""
    codes = QrCode.objects.select_related("shop").filter(shop=current_shop(), is_active=True).order_by("id")
    return [code for code in codes[:50] if code.leads_at(timezone.now())][:MOST_CODES]


def _code_story() -> list[Story]:
    """What a phone's camera would write after looking at one of the shop's codes."""
    code = next(iter(codes_to_photograph()), None)
    return [(f"Scan a code: {code.label or code.get_purpose_display()}", directory.prefilled(code))] if code else []
