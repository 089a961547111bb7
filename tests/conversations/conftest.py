"""The bakery of the journeys, for what is tested closer to the code, and the wire of the simulator."""

from tests.conversations.wire import wire
from tests.journeys.conftest import bakery, person, thandi

__all__ = ["bakery", "person", "thandi", "wire"]
