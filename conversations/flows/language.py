"""The language of the talk."""

from collections.abc import Sequence

from django.conf import settings
from django.utils.translation import activate

from conversations import languages, ways
from conversations.registry import on_choice, on_word, state
from conversations.talk import Move, State, Talk, say
from conversations.trading.choosing import choices
from conversations.transport.replies import Buttons, Choice, Reply
from conversations.words import body
from loyalty import people

# Asked in every language at once: whoever asks may not read the present one.
WHICH = "Which language do you prefer?\nQuale lingua preferisci?"
LABEL = "Language · Lingua"
NOW = body("Gladly. From now on I write in English.")


@on_choice("language")
@on_word(
    "language",
    en=("language", "languages", "change language"),
    it=("lingua", "lingue", "cambia lingua"),
)
def choose(talk: Talk) -> Move:
    return Move(to="language")


@on_choice("languages", int)
def more(talk: Talk, page: int = 0) -> Move:
    return Move(to="language", data={"page": page})


@on_choice("lang", str)
def speak(talk: Talk, code: str) -> Move:
    """Go on in the language `code`, beginning with this very answer."""
    if code not in languages.offered(talk.shop):
        return Move(to="language")
    people.set_language(customer=talk.customer, language=code)
    talk.conversation.language = talk.language = code
    activate(code)  # the turn puts the old one back when it ends
    talk.trace("called", f"language is now {code}")
    return Move(to="language.now")


@on_word("english", en=("english", "in english", "speak english"), it=("inglese", "in inglese"))
def english(talk: Talk) -> Move:
    return speak(talk, "en")


@on_word("italian", en=("italian", "in italian"), it=("italiano", "in italiano", "parla italiano"))
def italian(talk: Talk) -> Move:
    return speak(talk, "it")


@state
class Language(State):
    name = "language"

    def ask(self, talk: Talk) -> Sequence[Reply]:
        names = dict(settings.LANGUAGES)
        rows = [Choice(f"lang:{code}", names[code]) for code in languages.offered(talk.shop)]
        return [choices(WHICH, rows, label=LABEL, page=talk.data.get("page", 0), more_id="languages")]


@state
class LanguageNow(State):
    name = "language.now"

    def ask(self, talk: Talk) -> Sequence[Reply]:
        return [Buttons(say(NOW).body, (ways.to_menu(), ways.to_products()))]
