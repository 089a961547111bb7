"""The bakery of the journeys, for what is tested closer to the code."""

from tests.journeys.conftest import bakery, person, thandi

__all__ = ["bakery", "person", "thandi"]
