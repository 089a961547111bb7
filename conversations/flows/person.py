"""Handing over to a person: always possible, always said out loud, and quiet from then on."""

from collections.abc import Sequence

from conversations import ways
from conversations.inbox import handover
from conversations.registry import on_choice, on_word, state
from conversations.talk import Move, State, Talk, say
from conversations.transport.replies import Buttons, Reply
from conversations.words import body

CALLED = body(
    "I have called the team of {shop}. Somebody will answer you right here. 🙋\n\n"
    "I will keep quiet until then. If you would rather go on with me, tap Menu."
)


@on_choice("agent")
@on_word(
    "agent",
    en=(
        "agent", "person", "human", "a person", "a human", "operator", "staff", "talk to a person", "speak to a person",
        "talk to someone", "speak to someone", "talk to a human", "speak to an agent", "real person", "call me",
        "customer service", "support",
    ),
    it=(
        "persona", "operatore", "umano", "assistenza", "una persona", "parlare con una persona",
        "parlare con qualcuno", "parla con una persona", "parlare con un operatore", "servizio clienti", "chiamatemi",
    ),
)  # fmt: skip
def agent(talk: Talk) -> Move:
    handover.ask_for_person(talk.conversation)
    talk.trace("called", "a person was asked for")
    return Move(to="person")


@state
class WithPerson(State):
    """Asks once and then hears nothing: the bot is silent until somebody hands back."""

    name = "person"

    def ask(self, talk: Talk) -> Sequence[Reply]:
        return [Buttons(say(CALLED, shop=talk.shop.name).body, (ways.to_menu(),))]
