"""From the edge to the shop: what is kept at the door is split and its lanes are worked."""

import psycopg

from conversations import lanes as chat_lanes
from conversations.transport import wakeup
from conversations.transport.lanes import lane_rows
from conversations.transport.lanes.handling import take_turn
from conversations.transport.splitter import split_waiting
from tenants.context import in_public


def work_lanes() -> None:
    """Split what came in and take every turn that is due."""
    with in_public():
        split_waiting()
        with psycopg.connect(wakeup.own_conninfo("test"), autocommit=True) as database:
            claims = lane_rows.claim_lanes(database, holder="h", most=9, per_shop=9, busy={}, after_shop=0)
        for claim in claims:
            take_turn(claim, chat_lanes.handle)
