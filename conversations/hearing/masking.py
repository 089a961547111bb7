"""What must not stay readable in a thread: a PIN, a code. The message keeps its place, its words become dots."""

from dataclasses import replace
from typing import Final

from conversations.hearing.previews import preview
from conversations.models import Message
from conversations.talk import Talk
from conversations.transport.types import Incoming, IncomingKind

DOTS: Final = "••••"
# The kinds whose words somebody typed; an address that was picked or a button's title is no secret.
TYPED: Final = (
    IncomingKind.TEXT,
    IncomingKind.EDIT,
    IncomingKind.IMAGE,
    IncomingKind.VIDEO,
    IncomingKind.DOCUMENT,
)


def may_be_secret(text: str) -> bool:
    """Whether a PIN, a code or a part of one may be in it: four digits, or nothing but digits."""
    digits = sum(character.isdigit() for character in text)
    return digits >= 4 or (digits > 0 and not any(character.isalpha() for character in text))


def masked(incoming: Incoming) -> Incoming:
    """The same message without its words."""
    media = incoming.media and replace(incoming.media, caption=DOTS if incoming.media.caption else "")
    return replace(incoming, text=DOTS, media=media)


def speaks_of_masked(talk: Talk) -> bool:
    """Whether it gives other words to a message that is hidden."""
    if talk.incoming.kind is not IncomingKind.EDIT:
        return False
    about = Message.objects.filter(conversation=talk.conversation, wamid=talk.incoming.context_wamid)
    return about.filter(content__text=DOTS).exists()


def mask(talk: Talk) -> None:
    """Hide the words of the message that is being heard: in the thread, in the list of threads and in the trace."""
    incoming, hidden = talk.incoming, masked(talk.incoming)
    theirs = Message.objects.filter(conversation=talk.conversation)
    theirs.filter(wamid=incoming.wamid).update(text=DOTS, content=hidden.to_json())
    if incoming.kind is IncomingKind.EDIT:
        theirs.filter(wamid=incoming.context_wamid).update(text=DOTS)
    if talk.conversation.last_preview == preview(incoming):
        talk.conversation.last_preview = preview(hidden)
    heard = [step for step in talk.steps if step["step"] == "heard"]
    heard[-1]["detail"] = f"{incoming.kind.value}: {DOTS}"
