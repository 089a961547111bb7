"""Help: the words that work everywhere, on one screen."""

from collections.abc import Sequence

from conversations import ways
from conversations.registry import on_choice, on_word, state
from conversations.talk import Move, State, Talk, say
from conversations.transport.replies import Buttons, Reply
from conversations.words import body

HELP = body(
    "I am the assistant of {shop}. Write what you are looking for, or one of these words:\n\n"
    "*menu* – everything I can do\n"
    "*basket* – what you have chosen\n"
    "*orders* – where your orders are\n"
    "*points* – what you have earned\n"
    "*agent* – a person of our team\n"
    "*language* – English or Italiano\n"
    "*stop* – no more offers from us"
)


@on_choice("help")
@on_word(
    "help",
    en=("help", "info", "how does it work", "how does this work", "what can you do", "commands", "i need help"),
    it=("aiuto", "informazioni", "come funziona", "cosa sai fare", "comandi", "ho bisogno di aiuto"),
)
def show_help(talk: Talk) -> Move:
    return Move(to="help")


@state
class Help(State):
    name = "help"
    is_answer = True

    def ask(self, talk: Talk) -> Sequence[Reply]:
        offered = (ways.to_menu(), ways.to_orders(), ways.to_person())
        return [Buttons(say(HELP, shop=talk.shop.name).body, offered)]
