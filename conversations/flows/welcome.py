"""Hello: the first contact, and every hello after it."""

import re
from collections.abc import Sequence

from conversations import ways
from conversations.models import ChatSettings
from conversations.registry import on_first_contact, on_kind, on_word, state
from conversations.talk import Move, State, Talk, say
from conversations.transport.replies import Buttons, Reply, Text
from conversations.transport.types import IncomingKind
from conversations.words import body, footer

HELLO = body("Hi {name}! 👋 Welcome to {shop}.")
HELLO_NAMELESS = body("Hi! 👋 Welcome to {shop}.")
EXPLAIN = body("Look around, order and pay right here in this chat. Every order earns you points.")
AGAIN = body("Hi {name}, good to hear from you! What would you like to do?")
AGAIN_NAMELESS = body("Hi, good to hear from you! What would you like to do?")
CONSENT = footer("Send STOP if you never want offers from us.")
CONSENT_LINE = body("(Send STOP if you never want offers from us.)")


@on_word(
    "hello",
    en=("hi", "hello", "hey", "hi there", "hello there", "good morning", "good afternoon", "good evening", "howzit"),
    it=("ciao", "salve", "buongiorno", "buon giorno", "buonasera", "buona sera", "buon pomeriggio"),
)
def hello(talk: Talk) -> Move:
    return Move(to="welcome", data={"first": talk.is_first_contact})


@on_kind(IncomingKind.WELCOME)
def opened(talk: Talk) -> Move:
    """They opened the chat for the first time and said nothing yet."""
    return hello(talk)


@state
class Welcome(State):
    name = "welcome"

    def ask(self, talk: Talk) -> Sequence[Reply]:
        is_first = bool(talk.data.get("first"))
        name = first_name(talk)
        if is_first:
            words = f"{_hello(talk, name)}\n\n{_own_words() or EXPLAIN}"
        else:
            words = say(AGAIN, name=name).body if name else str(AGAIN_NAMELESS)
        buttons = (ways.to_menu(), ways.to_products(), ways.to_person())
        return [Buttons(words, buttons, footer=str(CONSENT) if is_first else "")]


@on_first_contact
def first_words(talk: Talk) -> Sequence[Reply]:
    """Before the answer to somebody who begins with a question."""
    return [Text(f"{_hello(talk, first_name(talk))} {CONSENT_LINE}")]


def first_name(talk: Talk) -> str:
    """`Amara Okafor 🌸` → `Amara`; empty if the profile holds no name one could say."""
    words = (talk.customer.name or talk.customer.profile_name).split()
    return words[0] if words and re.fullmatch(r"[^\W\d_][\w'’.-]{0,29}", words[0]) else ""


def _hello(talk: Talk, name: str) -> str:
    if name:
        return say(HELLO, name=name, shop=talk.shop.name).body
    return say(HELLO_NAMELESS, shop=talk.shop.name).body


def _own_words() -> str:
    """The shop's own greeting, if it wrote one."""
    return ChatSettings.objects.filter(pk=1).values_list("welcome_text", flat=True).first() or ""
