"""Stop and start: what a customer allows us to send, in their own words."""

from conversations.registry import on_choice, on_word
from conversations.talk import Move, Talk, say
from conversations.transport.replies import Buttons, Choice
from conversations.words import body, button
from loyalty import people
from loyalty.models import Consent

STOPPED = body(
    "All right, no more offers from us. We only write about your orders. Send START if you change your mind."
)
STARTED = body("Lovely, we will let you know about our offers now and then. Send STOP at any time.")
MENU = button("Menu")


@on_choice("stop")
@on_word(
    "stop",
    en=("stop", "unsubscribe", "opt out", "no more offers", "stop offers"),
    it=("stop", "disiscrivimi", "annulla iscrizione", "niente offerte", "basta offerte"),
)
def stop(talk: Talk) -> Move:
    _record(talk, value=False)
    return Move(to="", say=[say(STOPPED)])


@on_choice("start")
@on_word("start", en=("start", "subscribe", "opt in"), it=("start", "iscrivimi"))
def start(talk: Talk) -> Move:
    """“Start” of somebody who never said stop is a hello."""
    if talk.customer.marketing_opt_in is None:
        return Move(to="welcome", data={"first": talk.is_first_contact})
    _record(talk, value=True)
    return Move(to="", say=[Buttons(str(STARTED), (Choice("menu", str(MENU)),))])


def _record(talk: Talk, *, value: bool) -> None:
    people.record_consent(
        customer=talk.customer,
        topic=Consent.Topic.MARKETING,
        value=value,
        words=talk.text,
        wamid=talk.incoming.wamid,
        at=talk.at,
    )
    talk.trace("called", f"consent to offers: {'yes' if value else 'no'}")
