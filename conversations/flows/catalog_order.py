"""A cart sent from WhatsApp's own catalog: a wish, priced and checked again by us."""

from catalog.queries import variants_by_retailer_id
from catalog.stock import OutOfStock
from conversations.registry import on_kind
from conversations.talk import Move, Talk, say
from conversations.trading import delivering
from conversations.trading.buying import TOO_MANY, full_name, left_words
from conversations.transport.replies import Text
from conversations.transport.types import IncomingKind
from conversations.words import body, plural_body
from orders import basket
from orders.errors import NotOnSale, TooMany

CHECKED = body("Thank you! I have put it into your basket at today's prices.")
UNKNOWN = plural_body(
    "{count} product of your list is not for sale any more.",
    "{count} products of your list are not for sale any more.",
    "count",
)
SHORT = body("{name}: {left}.")
NOTHING = body("Sorry, nothing of that list is for sale any more.")
LONG = body("That list was long: I took its first {count} products. Please send me the others once more.")

# WhatsApp's cart takes more kinds than anybody wants to read about.
MOST_LINES = 30
LONGEST_NOTE = 500


@on_kind(IncomingKind.ORDER)
def catalog_order(talk: Talk) -> Move:
    """Put what is known into the basket. The prices the phone showed are not looked at."""
    items, details = talk.incoming.items[:MOST_LINES], talk.incoming.details
    known = variants_by_retailer_id(item.retailer_id for item in items)
    ours = [item for item in items if item.retailer_id in known]
    told = [words for item in ours if (words := _put_in(talk, known[item.retailer_id].pk, item.quantity))]
    put_in = len(ours) - len(told)
    if put_in:
        _keep_note(talk)
    talk.trace("called", f"basket: {put_in} of {len(talk.incoming.items)} lines of the catalog's cart")
    if missing := len(items) - len(ours) + details.get("odd_lines", 0):
        told.append(str(UNKNOWN.format(count=missing)))
    if len(talk.incoming.items) > MOST_LINES:
        told.append(say(LONG, count=MOST_LINES).body)
    first = [say(CHECKED)] if put_in else [] if ours else [say(NOTHING)]
    return Move(to="basket.show", say=[*first, *(Text(words) for words in told)])


def _put_in(talk: Talk, variant_id: int, quantity: int) -> str:
    """Put one line in; says what went wrong, if anything did."""
    try:
        basket.add_to_basket(customer=talk.customer, variant_id=variant_id, quantity=max(1, quantity))
    except OutOfStock as refusal:
        name = full_name(refusal.variant.product.name_in(talk.language), refusal.variant.name)
        return say(SHORT, name=name, left=left_words(refusal.available)).body
    except NotOnSale:
        return str(UNKNOWN.format(count=1))
    except TooMany:
        return str(TOO_MANY)
    return ""


def _keep_note(talk: Talk) -> None:
    """What they wrote under the list becomes the order's note, below one that is there already."""
    note = delivering.kept(talk).get("note", "")
    if talk.text and talk.text not in note:
        delivering.keep(talk, note="\n".join(filter(None, (note, talk.text)))[:LONGEST_NOTE])
