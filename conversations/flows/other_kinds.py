"""Pictures, voice notes and everything else the assistant cannot read, answered kindly; and small politeness."""

from conversations import ways
from conversations.hearing.form_answers import asked_by
from conversations.inbox import handover
from conversations.models import Message
from conversations.people.who import shared_phone
from conversations.registry import on_choice, on_kind, on_word
from conversations.talk import Move, Talk
from conversations.transport.replies import Buttons
from conversations.transport.types import IncomingKind
from conversations.words import body

PICTURE = body("Thank you for the picture! I cannot look at it myself, but our team can. Shall I call somebody?")
FILM = body("Thank you for the video! I cannot watch it myself, but our team can. Shall I call somebody?")
VOICE = body("I cannot listen to voice notes yet, sorry. Could you write it, or shall I call somebody?")
PAPER = body("Thank you! I cannot open files myself, but our team can. Shall I call somebody?")
CARD = body("Thank you for the contact! I cannot do anything with it, but our team can. Shall I call somebody?")
OWN_PHONE = body("Thank you! We have your phone number now and use it for your orders only.")
PLACE = body("Thank you, I can see where you are. When you check out, I can bring your order there.")
FORM = body("Thank you! Your answers have arrived, and our team looks at them.")
NO_CODE = body(
    "Thank you for telling us. Nothing was done with that code. Please give it to nobody, whoever asks for it."
)
STICKER = body("😄 What would you like to do?")
UNREADABLE = body("WhatsApp did not let me see that message. Could you write it another way?")
WELCOME = body("You are welcome! 😊 I am here whenever you need something.")


@on_kind(IncomingKind.IMAGE)
def picture(talk: Talk) -> Move:
    return _person_or_menu(str(PICTURE))


@on_kind(IncomingKind.VIDEO)
def film(talk: Talk) -> Move:
    return _person_or_menu(str(FILM))


@on_kind(IncomingKind.AUDIO)
def voice(talk: Talk) -> Move:
    return _person_or_menu(str(VOICE))


@on_kind(IncomingKind.DOCUMENT)
def paper(talk: Talk) -> Move:
    return _person_or_menu(str(PAPER))


@on_kind(IncomingKind.CONTACTS)
def card(talk: Talk) -> Move:
    if shared_phone(talk.incoming):
        return Move(to="", say=[Buttons(str(OWN_PHONE), (ways.to_menu(),))])
    return _person_or_menu(str(CARD))


@on_kind(IncomingKind.LOCATION)
def place(talk: Talk) -> Move:
    """Sent before it was asked for: remembered until the checkout asks."""
    if sent := talk.incoming.location:
        talk.memory["place"] = sent.to_json()
    return Move(to="", say=[Buttons(str(PLACE), (ways.to_basket(), ways.to_menu()))])


@on_kind(IncomingKind.FORM)
def form(talk: Talk) -> Move:
    """Answers of a form: a person of the shop reads them in the thread, which warns where this chat did not ask for them."""
    said = Message.objects.get(conversation=talk.conversation, wamid=talk.incoming.wamid)
    asked = asked_by(said) if talk.incoming.details.get("form") != "address_message" else None
    what = f"the form “{asked.purpose}”" if asked else "answers this chat did not ask for"
    talk.trace("called", f"a person: {what}, {len(talk.incoming.details.get('fields', ()))} fields")
    handover.wait_for_person(talk.conversation)
    return Move(to="", say=[Buttons(str(FORM), (ways.to_menu(),))])


@on_choice("DID_NOT_REQUEST_CODE")
def no_code_asked(talk: Talk) -> Move:
    """WhatsApp's own button under a one-time code: somebody else may have asked for it."""
    handover.wait_for_person(talk.conversation)
    return _person_or_menu(str(NO_CODE))


@on_kind(IncomingKind.STICKER)
def sticker(talk: Talk) -> Move:
    return Move(to="", say=[Buttons(str(STICKER), (ways.to_menu(),))])


@on_kind(IncomingKind.UNSUPPORTED)
def unreadable(talk: Talk) -> Move:
    return _person_or_menu(str(UNREADABLE))


@on_word(
    "thanks",
    quiet=True,
    en=("thanks", "thank you", "thank you so much", "thanks a lot", "ok", "okay", "great", "perfect", "cool", "super"),
    it=("grazie", "grazie mille", "va bene", "perfetto", "ottimo", "bene"),
)
def thanks(talk: Talk) -> Move:
    return Move(to="", say=[Buttons(str(WELCOME), (ways.to_menu(),))])


def _person_or_menu(words: str) -> Move:
    return Move(to="", say=[Buttons(words, (ways.to_person(), ways.to_menu()))])
