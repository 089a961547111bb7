"""One turn: what a customer said, heard in the state their talk is in, becomes at most one answer."""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Final

from django.utils import timezone
from django.utils.translation import override

from conversations import languages, registry, turns
from conversations.hearing import masking, sentences
from conversations.inbox import handover, offering
from conversations.intake import Arrival
from conversations.one_reply import folded
from conversations.talk import Json, Move, State, Talk
from conversations.transport.replies import Reply, Text, reply_kind, reply_text
from conversations.transport.types import MARKS, Incoming, IncomingKind
from conversations.words import body
from loyalty import people
from shopme.lib.errors import BusinessError
from tenants.codes import codes_in
from tenants.models import Shop

SORRY = body("Sorry, that did not work just now. Here is what I can do for you:")

# A thumbs-up, other words for what was answered already, or WhatsApp telling us something: kept, not answered.
_WANTS_NO_ANSWER: Final = (*MARKS, IncomingKind.SYSTEM)
# After that long an open question is forgotten: what is said then is not taken for an address.
_QUESTION_LIVES: Final = timedelta(hours=12)


@dataclass(slots=True)
class Turn:
    """What a turn gathers: where the talk stands, what to say, and the steps behind it."""

    state: str
    data: Json
    memory: Json
    said: list[Reply] = field(default_factory=list)
    # Where each answered message led; the last one asks its question.
    arrived: list[tuple[str, Json]] = field(default_factory=list)
    steps: list[dict[str, str]] = field(default_factory=list)


def take_turn(*, shop: Shop, arrival: Arrival, at: datetime | None = None) -> None:
    """Answer everything that arrived together, in one transaction with the state it leads to.

    The thread was locked by intake. Nothing is said to somebody blocked, with a person, or while the bot is off.
    """
    if not arrival.messages:
        return
    started, at = time.perf_counter(), at or timezone.now()
    _settle_language(shop, arrival)
    turn = _resumed(arrival, at)
    with override(arrival.conversation.language):
        last = _hear_all(shop, arrival, turn, at)
        replies = folded([*turn.said, *_asked(turn, last)])
    last.trace("said", ", ".join(reply_kind(reply) for reply in replies) or "nothing")
    arrival.conversation.state = turn.state
    arrival.conversation.state_data = {"now": turn.data, "memory": turn.memory}
    took_ms = round((time.perf_counter() - started) * 1000, 2)
    turns.save(shop=shop, arrival=arrival, replies=replies, steps=turn.steps, took_ms=took_ms)


def _settle_language(shop: Shop, arrival: Arrival) -> None:
    conversation, customer = arrival.conversation, arrival.customer
    conversation.language = languages.language_for(
        shop=shop, customer=customer, conversation=conversation, first=arrival.messages[0][1]
    )
    if customer.language != conversation.language:
        people.set_language(customer=customer, language=conversation.language)


def _resumed(arrival: Arrival, at: datetime) -> Turn:
    """Where the talk was left, or a fresh start if that was long ago. The memory stays."""
    kept = arrival.conversation.state_data or {}
    if arrival.last_heard_at is None or at - arrival.last_heard_at > _QUESTION_LIVES:
        return Turn("", {}, kept.get("memory", {}))
    return Turn(arrival.conversation.state, kept.get("now", {}), kept.get("memory", {}))


def _hear_all(shop: Shop, arrival: Arrival, turn: Turn, at: datetime) -> Talk:
    """Hear what arrived, one after another; the talk of the last one is returned."""
    said = [incoming for _id, incoming in arrival.messages]
    for incoming in _units(said, lambda incoming: _secret_question(arrival, turn, incoming)):
        talk = Talk(
            shop=shop,
            customer=arrival.customer,
            conversation=arrival.conversation,
            incoming=incoming,
            language=arrival.conversation.language,
            at=at,
            data=turn.data,
            memory=turn.memory,
            is_first_contact=arrival.is_first_contact and not turn.arrived,
            steps=turn.steps,
        )
        talk.trace("heard", f"{incoming.kind.value}: {incoming.choice_id or talk.text}"[:300])
        question = _secret_question(arrival, turn, incoming)
        if question or masking.speaks_of_masked(talk):
            masking.mask(talk)
        asked = question or registry.STATES.get(turn.state, State())
        if _wants_answer(arrival, talk, asked):
            _hear(talk, turn, asked)
    return talk


def _units(incomings: list[Incoming], is_secret: Callable[[Incoming], object]) -> Iterator[Incoming]:
    """What is heard one by one: sentences sent right after another are heard as one, a double tap as a tap.

    What is secret is joined with nothing. That is asked when all before has been heard: the talk may have moved on.
    """
    unit: Incoming | None = None
    for incoming in incomings:
        if unit is None:
            unit = incoming
        elif registry.is_same_tap(unit, incoming):
            continue
        elif _is_sentence(unit) and _is_sentence(incoming) and not (is_secret(unit) or is_secret(incoming)):
            unit = replace(incoming, text=f"{unit.text}\n{incoming.text}")
        else:
            yield unit
            unit = incoming
    if unit is not None:
        yield unit


def _secret_question(arrival: Arrival, turn: Turn, incoming: Incoming) -> State | None:
    """The question this answers, if nobody may read the answer: the present one, or the last one before this turn."""
    if incoming.kind not in masking.TYPED:
        return None
    asked = (registry.STATES.get(name) for name in (turn.state, arrival.conversation.state))
    return next((state for state in asked if state and state.hides(incoming.text)), None)


def _is_sentence(incoming: Incoming) -> bool:
    return incoming.kind is IncomingKind.TEXT and not registry.meaning_of(incoming.text)


def _wants_answer(arrival: Arrival, talk: Talk, asked: State) -> bool:
    """Whether the bot answers this one; if a person has to, the thread is marked for them."""
    silence = ""
    wish = talk.incoming.choice_id or registry.meaning_of(talk.text)
    if arrival.customer.is_blocked:
        silence = "the shop has blocked this customer"
    elif talk.incoming.kind in _WANTS_NO_ANSWER or talk.incoming.is_to_group:
        silence = "it wants no answer"
    elif wish not in handover.ALWAYS_HEARD and not _is_always_heard(arrival, talk, asked):
        silence = handover.reason_for_silence(arrival, wish=wish, at=talk.at)
    if silence:
        talk.trace("silent", silence)
    return not silence


def _is_always_heard(arrival: Arrival, talk: Talk, asked: State) -> bool:
    """Whether a silent bot answers this one all the same. Nothing is looked up where it is not silent."""
    if arrival.is_bot_enabled and not arrival.conversation.is_with_person(talk.at):
        return False
    is_for_goods = offering.is_tap_on_goods_of_staff(arrival, talk.incoming)
    return is_for_goods or any(is_heard(talk, asked) for is_heard in registry.ALWAYS_HEARD)


def _hear(talk: Talk, turn: Turn, state: State) -> None:
    """Let the right flow hear one message and note where it leads."""
    try:
        move = _understood(talk, state)
    except BusinessError as refusal:
        talk.trace("refused", f"{type(refusal).__name__}: {refusal}")
        move = Move(to="menu", say=[Text(str(SORRY))])
    if talk.is_first_contact and move.to != "welcome":
        turn.said.extend(registry.FIRST_WORDS[0](talk))
    talk.trace("moved", f"{turn.state or 'start'} → {move.to or 'stays'}")
    turn.said.extend(move.say)
    if move.to:
        turn.state, turn.data = move.to, move.data
        turn.arrived.append((move.to, move.data))


def _understood(talk: Talk, state: State) -> Move:
    """The tap, then a printed code, then the words that work everywhere, then the state's question, then a sentence
    about one of those words, then the kind, then free text."""
    if talk.incoming.kind is IncomingKind.CHOICE and (move := registry.answer_to_choice(talk)):
        return move
    if codes := codes_of(talk.incoming):
        return registry.CODES[0](talk, codes)
    meaning = registry.meaning_of(talk.text)
    is_loud = meaning and meaning not in registry.QUIET
    if not is_loud and (move := state.hear(talk)):
        talk.trace("answered", f"the question of {state.name}")
        return move
    if meaning:
        talk.trace("understood", f"the word “{meaning}”")
        return registry.MEANINGS[meaning](talk)
    if talk.incoming.kind is IncomingKind.TEXT and (meaning := sentences.meaning_in(talk.text)):
        talk.trace("understood", f"a sentence about “{meaning}”")
        return registry.MEANINGS[meaning](talk)
    return registry.KINDS.get(talk.incoming.kind, registry.FREE_TEXT[0])(talk)


def codes_of(incoming: Incoming) -> list[str]:
    """The printed codes a message carries: read from its picture, or written in its text or caption."""
    if incoming.kind is IncomingKind.CHOICE:
        return []
    return [*incoming.details.get("codes", ()), *codes_in(incoming.text)]


def _asked(turn: Turn, talk: Talk) -> list[Reply]:
    """The question of the last state; of those before it only what is an answer in itself, as plain text."""
    replies: list[Reply] = []
    for place, (name, data) in enumerate(turn.arrived, start=1):
        is_last, state = place == len(turn.arrived), registry.STATES[name]
        if not (is_last or (state.is_answer and (name, data) != turn.arrived[-1])):
            continue
        talk.data = data
        asked = state.ask(talk)
        replies.extend(asked if is_last else [Text(reply_text(reply)) for reply in asked])
    return replies
