"""Who answers what: states by name, taps by the front of their id, words by what they mean. Flows sign in here."""

import re
import unicodedata
from collections.abc import Callable, Sequence
from functools import lru_cache
from importlib import import_module
from inspect import signature
from pkgutil import iter_modules
from typing import Final

from conversations.talk import Answer, Move, State, Talk
from conversations.transport.replies import Reply
from conversations.transport.types import Incoming, IncomingKind

FirstWords = Callable[[Talk], Sequence[Reply]]

STATES: Final[dict[str, State]] = {}
CHOICES: Final[dict[str, tuple[Answer, tuple[type, ...]]]] = {}
WORDS: Final[dict[str, str]] = {}
LANGUAGES_OF_WORDS: Final[dict[str, set[str]]] = {}
MEANINGS: Final[dict[str, Answer]] = {}
ADDS_UP: Final[set[str]] = set()
QUIET: Final[set[str]] = set()
KINDS: Final[dict[IncomingKind, Answer]] = {}
FREE_TEXT: Final[list[Answer]] = []
FIRST_WORDS: Final[list[FirstWords]] = []
CODES: Final[list[Callable[[Talk, Sequence[str]], Move]]] = []
ALWAYS_HEARD: Final[list[Callable[[Talk, State], bool]]] = []


class SignedInTwice(RuntimeError):
    """Two flows claim the same state, tap or word."""


def _once(register: dict[str, object], key: str) -> None:
    if key in register:
        raise SignedInTwice(f"{key!r} belongs to two flows.")


def state(kind: type[State]) -> type[State]:
    """A state of the talk, known by its `name`."""
    _once(STATES, kind.name)  # type: ignore[arg-type]
    STATES[kind.name] = kind()
    return kind


def on_choice(name: str, *types: type, adds_up: bool = False) -> Callable[[Answer], Answer]:
    """Answers taps whose id is `name` or `name:<value>:…`; values are read as `types`, or the tap is not ours.

    Taps on the same button right after another are one, unless they `adds_up`: two taps on “add” add two.
    """

    def sign_in(answer: Answer) -> Answer:
        _once(CHOICES, name)  # type: ignore[arg-type]
        CHOICES[name] = (answer, types)
        if adds_up:
            ADDS_UP.add(name)
        return answer

    return sign_in


def on_word(meaning: str, *, quiet: bool = False, **words: Sequence[str]) -> Callable[[Answer], Answer]:
    """Answers these words wherever the talk stands. `words` are given per language: `en=("menu",), it=("menù",)`.

    A `quiet` word waits until the present state has heard it: “ok” may be its answer.
    """

    def sign_in(answer: Answer) -> Answer:
        _once(MEANINGS, meaning)  # type: ignore[arg-type]
        MEANINGS[meaning] = answer
        if quiet:
            QUIET.add(meaning)
        for language, said in words.items():
            for word in said:
                plain = plain_words(word)
                if WORDS.setdefault(plain, meaning) != meaning:
                    raise SignedInTwice(f"{word!r} means two things.")
                LANGUAGES_OF_WORDS.setdefault(plain, set()).add(language)
        return answer

    return sign_in


def on_kind(*kinds: IncomingKind) -> Callable[[Answer], Answer]:
    """Answers messages of these kinds when the present state has no use for them."""

    def sign_in(answer: Answer) -> Answer:
        for kind in kinds:
            _once(KINDS, kind)  # type: ignore[arg-type]
            KINDS[kind] = answer
        return answer

    return sign_in


def on_first_contact(replies: FirstWords) -> FirstWords:
    """Says what comes before the first answer a new customer gets."""
    if FIRST_WORDS:
        raise SignedInTwice("Two flows greet new customers.")
    FIRST_WORDS.append(replies)
    return replies


def on_code(answer: Callable[[Talk, Sequence[str]], Move]) -> Callable[[Talk, Sequence[str]], Move]:
    """Answers what carries a printed code, wherever the talk stands."""
    if CODES:
        raise SignedInTwice("Two flows answer codes.")
    CODES.append(answer)
    return answer


def always_heard(is_heard: Callable[[Talk, State], bool]) -> Callable[[Talk, State], bool]:
    """Says what the bot answers although it is silent for all else: because a person talks there, or it is off.

    Asked with the state the talk is in, and only then.
    """
    ALWAYS_HEARD.append(is_heard)
    return is_heard


def on_free_text(answer: Answer) -> Answer:
    """Answers what no state and no word understood."""
    if FREE_TEXT:
        raise SignedInTwice("Two flows answer free text.")
    FREE_TEXT.append(answer)
    return answer


# Vowel signs of Indian scripts are no letters to `\w`, but a word without them is another word.
_NOT_WORDS = re.compile(r"(?![\u0900-\u0963\u0966-\u0dff])[^\w\s]|_")


@lru_cache(maxsize=4096)
def _plain(text: str) -> str:
    bare = unicodedata.normalize("NFKD", text.casefold())
    bare = "".join(character for character in bare if not unicodedata.combining(character))
    return " ".join(_NOT_WORDS.sub(" ", bare).split())


def plain_words(text: str) -> str:
    """`“Menù, please!”` → `menu please`: what is compared with the words of a flow."""
    return _plain(text) if len(text) <= 60 else ""


_POLITE = ("please", "pls", "per favore", "per piacere", "grazie", "thanks", "thank you")


def meaning_of(text: str) -> str:
    """What the customer means if the whole message is one of the words that work everywhere, else empty."""
    plain = plain_words(text)
    for ending in _POLITE:
        plain = plain.removesuffix(f" {ending}") if plain.endswith(f" {ending}") else plain
    return WORDS.get(plain, "")


def languages_of(text: str) -> set[str]:
    """The languages in which the whole message is one of our words."""
    return LANGUAGES_OF_WORDS.get(plain_words(text), set())


def answer_to_choice(talk: Talk) -> Move | None:
    """What the tapped button or row leads to; `None` if no flow knows its id."""
    name, *values = talk.incoming.choice_id.split(":")
    if name not in CHOICES:
        return None
    answer, types = CHOICES[name]
    arguments = _read(values, types)
    if arguments is None or len(arguments) < _needed(answer):
        return None
    talk.trace("tapped", talk.incoming.choice_id)
    return answer(talk, *arguments)


def is_same_tap(first: Incoming, second: Incoming) -> bool:
    """Whether the second is only a finger that tapped twice."""
    if not first.choice_id or first.choice_id.split(":")[0] in ADDS_UP:
        return False
    return (first.choice_id, first.context_wamid) == (second.choice_id, second.context_wamid)


def _read(values: Sequence[str], types: tuple[type, ...]) -> list[object] | None:
    """The values of a tap as their types; `None` if one is not what we once wrote into the id."""
    if any(kind is int and not re.fullmatch("[0-9]{1,15}", value) for kind, value in zip(types, values, strict=False)):
        return None
    return [kind(value) for kind, value in zip(types, values, strict=False)]


@lru_cache
def _needed(answer: Answer) -> int:
    """How many values an answer cannot do without, besides the talk."""
    given = signature(answer).parameters.values()
    return sum(1 for parameter in given if parameter.default is parameter.empty) - 1


def load_flows() -> None:
    """Let every flow sign in; done once when the app is ready."""
    flows = import_module("conversations.flows")
    for found in iter_modules(flows.__path__):
        import_module(f"conversations.flows.{found.name}")
