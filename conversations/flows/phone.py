"""Asking for a phone that WhatsApp hides, by WhatsApp's own button; nobody has to give it."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from conversations.registry import on_choice, plain_words, state
from conversations.talk import Move, State, Talk, say
from conversations.trading import delivering
from conversations.transport.replies import AskContact, Buttons, Choice, Reply
from conversations.transport.types import IncomingKind
from conversations.words import body, button
from shopme.lib.phone import NotAPhoneNumber, normalise_phone, show_phone

ASK = body("WhatsApp does not show me your phone number. May we have it, in case we have to call about your order?")
WITHOUT = body("You can also order without it.")
GO_ON = button("Go on without")
THANKS = body("Thank you! We will only call {phone} about your order.")
NOTED = body("Phone: {phone}")

GO_ON_WORDS: Final = (
    "no", "no thanks", "no thank you", "skip", "without", "go on", "go on without", "later", "salta", "senza", "avanti",
    "vai avanti", "no grazie",
)  # fmt: skip


@on_choice("checkout.no_phone")
def go_on(talk: Talk) -> Move:
    delivering.keep(talk, phone_asked=True)
    return Move(to="checkout.summary")


@state
class AskPhone(State):
    name = "checkout.phone"

    def ask(self, talk: Talk) -> Sequence[Reply]:
        return [AskContact(str(ASK)), Buttons(str(WITHOUT), (Choice("checkout.no_phone", str(GO_ON)),))]

    def hear(self, talk: Talk) -> Move | None:
        """The card of the button was linked on arrival; a number in words is no proof of anything: it goes into the note."""
        if talk.incoming.kind is IncomingKind.CONTACTS:
            thanks = [say(THANKS, phone=show_phone(talk.customer.phone))] if talk.customer.phone else []
            return replace(go_on(talk), say=thanks)
        if talk.incoming.kind is not IncomingKind.TEXT:
            return None
        if plain_words(talk.text) in GO_ON_WORDS:
            return go_on(talk)
        return _written(talk)


def _written(talk: Talk) -> Move | None:
    try:
        phone = normalise_phone(talk.text, region=talk.shop.country)
    except NotAPhoneNumber:
        return None
    note = delivering.kept(talk).get("note", "")
    line = say(NOTED, phone=phone).body
    delivering.keep(talk, note=f"{note}\n{line}".strip()[:500])
    return replace(go_on(talk), say=[say(THANKS, phone=show_phone(phone))])
