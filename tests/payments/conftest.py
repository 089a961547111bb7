"""The simulated company, watched."""

from collections.abc import Iterator

import pytest

from conversations.translations import compile_stale
from payments.gateways import simulated
from payments.simulator import SimulatedCompany
from tests.payments.stage import WatchedCompany

compile_stale()


@pytest.fixture(autouse=True)
def company() -> Iterator[WatchedCompany]:
    watched = WatchedCompany()
    simulated.connect(watched)
    yield watched
    simulated.connect(SimulatedCompany())
