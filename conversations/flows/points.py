"""Points: what there is to spend, what is on its way, and where it came from."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Final

from conversations import ways
from conversations.registry import on_choice, on_word, state
from conversations.talk import Move, State, Talk
from conversations.trading.clock import day_words
from conversations.transport.replies import Buttons, Reply
from conversations.words import body, fragment, plural
from loyalty.queries import history_of
from loyalty.services import balance_of
from loyalty.types import BalanceView, HistoryLine

YOU_HAVE = plural("You have *{count} point* ⭐", "You have *{count} points* ⭐", "count")
NONE_YET = body("You have no points yet. Every order you pay for earns you some. ⭐")
PENDING = plural("{count} more is on its way.", "{count} more are on their way.", "count")
EXPIRING = plural("{count} of them expires on {day}.", "{count} of them expire on {day}.", "count")
RECENTLY = body("Lately:")

# What each kind of movement is called; anything else is a correction.
KINDS: Final = {
    "earn": fragment("order"),
    "burn": fragment("spent"),
    "unburn": fragment("given back"),
    "expire": fragment("expired"),
    "reverse": fragment("refunded"),
    "transfer_in": fragment("received"),
    "transfer_out": fragment("passed on"),
}
OTHER = fragment("correction")
LINES = 5
# An expiry further away than that is nothing to worry about yet.
SOON = timedelta(days=60)


@on_choice("points")
@on_word(
    "points",
    en=("points", "my points", "balance", "my balance", "loyalty", "rewards"),
    it=("punti", "i miei punti", "saldo", "saldo punti", "fedeltà"),
)
def points(talk: Talk) -> Move:
    return Move(to="points")


@state
class Points(State):
    name = "points"
    is_answer = True

    def ask(self, talk: Talk) -> Sequence[Reply]:
        balance, history = balance_of(talk.customer), history_of(talk.customer, limit=LINES)
        talk.trace("looked", f"{balance.available} points")
        words = _balance_words(talk, balance)
        if history:
            lines = "\n".join(_line(talk, line) for line in history)
            words = f"{words}\n\n{RECENTLY}\n{lines}"
        offered = (ways.to_products(), ways.to_orders(), ways.to_menu())
        return [Buttons(words, offered)]


def _balance_words(talk: Talk, balance: BalanceView) -> str:
    if not (balance.available or balance.pending):
        return str(NONE_YET)
    parts = [str(YOU_HAVE.format(count=balance.available))]
    if balance.pending:
        parts.append(str(PENDING.format(count=balance.pending)))
    if balance.next_expiry_at and balance.next_expiry_points and balance.next_expiry_at - talk.at < SOON:
        day = day_words(talk, balance.next_expiry_at, at=talk.at)
        parts.append(str(EXPIRING.format(count=balance.next_expiry_points, day=day)))
    return "\n".join(parts)


def _line(talk: Talk, line: HistoryLine) -> str:
    words = [f"{line.points:+d}".replace("-", "−"), str(KINDS.get(line.kind, OTHER)), line.label]
    return f"{' '.join(word for word in words if word)} · {day_words(talk, line.at, at=talk.at)}"
