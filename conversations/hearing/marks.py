"""What is said about an earlier message: new words for it, or that it is gone. The words as they first were stay kept.

The mark is a message of its own; here the earlier one changes, so that every reader of `text` reads what holds now.
`content` keeps what was said first, and the thread puts marks and message together in whatever order they came.
"""

from collections.abc import Sequence
from typing import Final

from conversations.models import Message
from conversations.transport.types import Incoming, IncomingKind

CHANGES: Final = (IncomingKind.EDIT, IncomingKind.REVOKE)


def apply(*, conversation_id: int, direction: str, marks: Sequence[Incoming]) -> None:
    """Let edits and revokes change the messages they are about: only in this thread, only of the same side.

    The thread is locked by the caller. The newest words win; a deleted message has none.
    """
    for wamid in dict.fromkeys(mark.context_wamid for mark in marks if mark.kind in CHANGES):
        target = Message.objects.filter(conversation_id=conversation_id, direction=direction, wamid=wamid).first()
        if target is not None:
            target.text = _words_now(target)
            target.save(update_fields=["text"])


def _words_now(target: Message) -> str:
    said = Message.objects.filter(
        conversation_id=target.conversation_id,
        direction=target.direction,
        context_wamid=target.wamid or "",
        kind__in=[kind.value for kind in CHANGES],
    )
    marks = list(said.order_by("created_at", "id"))
    if any(mark.kind == IncomingKind.REVOKE for mark in marks):
        return ""
    return marks[-1].text if marks else target.text
