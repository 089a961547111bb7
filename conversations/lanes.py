"""The lane worker's one call: everything that waits in a lane, answered in one transaction."""

from collections.abc import Sequence

from conversations.transport.lanes import LaneEvent
from tenants.models import Shop


def handle(shop: Shop, lane: str, events: Sequence[LaneEvent]) -> None:
    """Handle `events` in order, inside the shop and the transaction of the worker."""
    raise NotImplementedError
