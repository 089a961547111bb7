"""The second window: three days in which everything is free of charge, after somebody came from an ad."""

from datetime import datetime
from typing import Final

from conversations.models import Conversation, Message
from conversations.transport.rules.windows import AD_WINDOW, ANSWER_WITHIN

_ARRIVED: Final = (Message.State.SENT, Message.State.DELIVERED, Message.State.READ)


def ad_window_until(conversation: Conversation, *, at: datetime) -> datetime | None:
    """Until when messages cost nothing because of an ad; None when it did not open or is over.

    It changes the price of messages, not which may be sent. Counted from our first message that went out within a day of the ad's.
    """
    began = conversation.referred_at
    if began is None or at - began > ANSWER_WITHIN + AD_WINDOW:
        return None
    answers = Message.objects.filter(conversation=conversation, direction="out", state__in=_ARRIVED)
    first = answers.filter(created_at__gte=began, created_at__lte=began + ANSWER_WITHIN).order_by("id").first()
    until = first.created_at + AD_WINDOW if first else None
    return until if until and until > at else None
