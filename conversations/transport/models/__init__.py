"""What came in, what goes out and how each number is; all in `public`, ids of a shop's rows travel by value."""

from conversations.transport.models.health import PortfolioUse
from conversations.transport.models.inbound import (
    DeadEvent,
    InboxEvent,
    Lane,
    LaneAlias,
    PoisonWebhook,
    WebhookEndpoint,
    WebhookRaw,
)
from conversations.transport.models.media import MediaHealth
from conversations.transport.models.numbers import NumberAlert, NumberFacts, NumberNews, NumberSetup, PlatformAlert
from conversations.transport.models.outbound import DeadSend, NumberHealth, OutboxItem
from conversations.transport.models.stand_in import StandInMessage, StandInThing
from conversations.transport.models.templates import SharedTemplate

__all__ = [
    "DeadEvent",
    "DeadSend",
    "InboxEvent",
    "Lane",
    "LaneAlias",
    "MediaHealth",
    "NumberAlert",
    "NumberFacts",
    "NumberHealth",
    "NumberNews",
    "NumberSetup",
    "OutboxItem",
    "PlatformAlert",
    "PoisonWebhook",
    "PortfolioUse",
    "SharedTemplate",
    "StandInMessage",
    "StandInThing",
    "WebhookEndpoint",
    "WebhookRaw",
]
