"""What must not stay readable in a thread: a PIN, a code. The message keeps its place, its words become dots."""

from typing import Final

from conversations.models import Message
from conversations.talk import Talk

DOTS: Final = "••••"


def mask(talk: Talk) -> None:
    """Hide the words of the message that is being heard: in the thread, in the list of threads and in the trace."""
    Message.objects.filter(conversation=talk.conversation, wamid=talk.incoming.wamid).update(
        text=DOTS, content={**talk.incoming.to_json(), "text": DOTS}
    )
    talk.conversation.last_preview = DOTS
    for step in talk.steps:
        if step["step"] == "heard":
            step["detail"] = DOTS
