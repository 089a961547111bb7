"""What is said: message rows and their sends, written together with what caused them."""

from collections.abc import Sequence
from datetime import datetime

from conversations.models import Conversation, Message
from conversations.transport.replies import Reply


def enqueue(
    *,
    conversation: Conversation,
    replies: Sequence[Reply],
    cause: str,
    author: str = Message.Author.BOT,
    author_id: int | None = None,
    send_class: str = "rather_twice",
    context_wamid: str = "",
    at: datetime | None = None,
) -> list[Message]:
    """Say `replies` to the customer of `conversation`, in order, once per `cause`.

    Writes the messages and their sends in the caller's transaction. The same cause again writes nothing and
    returns nothing.
    """
    raise NotImplementedError
