"""Stop and start: what a customer allows us to send, in their own words.

The words stand in `conversations/data/consent_words.json`, with their date and source.
"""

import json
from datetime import timedelta
from pathlib import Path
from typing import Final

from conversations import ways
from conversations.registry import on_choice, on_word
from conversations.talk import Move, Talk, say
from conversations.transport.replies import Buttons
from conversations.transport.types import IncomingKind
from conversations.words import body
from loyalty import consent
from loyalty.models import ConsentEntry

STOPPED = body(
    "All right, no more offers from us. We only write about your orders. Send START if you change your mind."
)
STARTED = body("Lovely, we will let you know about our offers now and then. Send STOP at any time.")

WORDS: Final = json.loads((Path(__file__).parents[1] / "data" / "consent_words.json").read_text(encoding="utf-8"))
# Somebody who says stop again and again is answered once a day, not each time: each answer is one more message.
_ANSWERED_ONCE_IN: Final = timedelta(hours=24)


@on_choice("stop")
@on_word("stop", **WORDS["stop"])
def stop(talk: Talk) -> Move:
    """Kept each time it is said; answered once."""
    before = consent.newest_of(talk.customer)
    _record(talk, ConsentEntry.Kind.OPT_OUT)
    if before is not None and not before.is_yes and talk.at - before.at < _ANSWERED_ONCE_IN:
        talk.trace("silent", "stop was answered a moment ago")
        return Move(to="")
    return Move(to="", say=[say(STOPPED)])


@on_choice("start")
@on_word("start", **WORDS["start"])
def start(talk: Talk) -> Move:
    """“Start” of somebody who never said stop is a hello."""
    if talk.customer.marketing_opt_in is None:
        return Move(to="welcome", data={"first": talk.is_first_contact})
    _record(talk, ConsentEntry.Kind.OPT_IN)
    return Move(to="", say=[Buttons(str(STARTED), (ways.to_menu(),))])


def _record(talk: Talk, kind: str) -> None:
    is_tap = talk.incoming.kind is IncomingKind.CHOICE
    said = consent.Said(
        kind=kind,
        source=ConsentEntry.Source.BUTTON if is_tap else ConsentEntry.Source.WORDS,
        at=talk.incoming.sent_at,
        key=f"message:{talk.incoming.wamid}",
        words=talk.text,
        wamid=talk.incoming.wamid,
    )
    consent.record(customer=talk.customer, said=said)
    talk.trace("called", f"consent to offers: {'yes' if kind == ConsentEntry.Kind.OPT_IN else 'no'}")
