"""Coming into the shop by a printed code, or from the directory of the shared number."""

from collections.abc import Sequence

from django.utils import timezone

from conversations import ways
from conversations.registry import on_choice, on_code, state
from conversations.talk import Move, State, Talk, say
from conversations.trading import delivering
from conversations.transport.replies import Buttons, Choice, Reply, Text
from conversations.words import body, button
from tenants import directory
from tenants.models import QrCode
from tenants.queries import number_by_id
from tenants.services.favourites import keep_favourite
from tenants.services.qr_codes import count_chat

HERE = body("This is *{shop}*. What would you like to do?")
AT_PLACE = body("📍 {label}")
NOT_IN_USE = body("That code is not in use any more, but you are in the right place.")
KEPT = body("⭐ *{shop}* is among your favourites now. Write *favourites* to find it again.")
KEEP = button("⭐ Keep as favourite")

Purpose = QrCode.Purpose


@on_code
def scanned(talk: Talk, codes: Sequence[str]) -> Move:
    """A code in what was written, or read from a picture. It says where somebody stands, never who they are."""
    code = next(filter(None, (directory.open_code(each, shop=talk.shop) for each in codes)), None)
    if code is None:
        talk.trace("code", "not in use")
        return Move(to="visit", say=[Text(str(NOT_IN_USE))])
    count_chat(code_id=code.pk, day=timezone.localdate(talk.at))
    talk.trace("code", f"{code.code}: {code.get_purpose_display()} {code.label}")
    if code.purpose == Purpose.PRODUCT:
        return Move(to="product", data={"product": code.product_id})
    if code.purpose == Purpose.PLACE:
        delivering.keep(talk, note=code.label)  # whoever brings the order knows where to
        return Move(to="visit", data={"label": code.label})
    return Move(to="visit")


@on_choice("visit")
def visit(talk: Talk) -> Move:
    return Move(to="visit")


@on_choice("visit.keep")
def keep(talk: Talk) -> Move:
    names = talk.incoming.sender.identities
    kept = keep_favourite(number_id=talk.conversation.number_id, names=names, shop=talk.shop)
    talk.trace("called", "kept as favourite" if kept else "nobody on a shared number")
    return Move(to="visit", say=[say(KEPT, shop=talk.shop.name)] if kept else ())


@state
class Visit(State):
    name = "visit"

    def ask(self, talk: Talk) -> Sequence[Reply]:
        words = say(HERE, shop=talk.shop.name).body
        if label := talk.data.get("label"):
            words = f"{say(AT_PLACE, label=label).body}\n\n{words}"
        last = ways.to_person()
        if _is_new_on_shared_number(talk):
            last = Choice("visit.keep", str(KEEP))
        return [Buttons(words, (ways.to_menu(), ways.to_products(), last))]


def _is_new_on_shared_number(talk: Talk) -> bool:
    """Whether they came through the platform's number and do not keep the shop yet."""
    if number_by_id(talk.conversation.number_id).shop_id is not None:
        return False
    names = talk.incoming.sender.identities
    return not directory.is_favourite(number_id=talk.conversation.number_id, names=names, shop=talk.shop)
