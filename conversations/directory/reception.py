"""Everything one person does on a shared number, in its order, in the lane worker's one transaction.

The part of a shop runs inside that shop; what the person told one shop is never read in another.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import groupby
from typing import TYPE_CHECKING, Final

from django.utils.translation import override

from conversations import engine, handover, intake, turns
from conversations.directory import people, photos, saying, secrets
from conversations.directory.deciding import Decision, decide
from conversations.directory.words import is_italian
from conversations.transport.lanes.handling import NotYet
from conversations.transport.sending.statuses import apply_receipts
from conversations.transport.splitting.whose import receipts_by_shop
from conversations.transport.types import Incoming, IncomingKind, Receipt, Sender
from tenants.context import inside
from tenants.models import Shop, Shopper, WhatsAppNumber
from tenants.queries import UnknownShop, number_by_id, owner_by_id

if TYPE_CHECKING:
    from conversations.transport.lanes.handling import LaneEvent
    from conversations.transport.replies import Reply

# How long a message waits for the answer which shop it is for, and a picture for being looked at.
WAITS: Final = timedelta(minutes=30)
LOOKS: Final = timedelta(seconds=45)
MOST_WAITING: Final = 30
LOST_MESSAGE: Final = "(a message that could not be read)"


def handle(lane: str, events: Sequence["LaneEvent"]) -> None:
    """Handle `events` in order, in public and the transaction of the worker. What cannot be handled raises."""
    for kind, together in groupby(events, key=lambda event: event.kind):
        batch = list(together)
        if kind == "message":
            _messages(lane, batch)
        elif kind == "status":
            _receipts(batch)
        elif kind == "internal":
            _internal(lane, batch)
        # News of the account and copies of a phone app concern no talk of ours: transport keeps them.


def _messages(lane: str, events: Sequence["LaneEvent"]) -> None:
    for number_id, together in groupby(events, key=lambda event: event.number_id or 0):
        number = number_by_id(number_id)
        for sender, theirs in groupby(
            (Incoming.from_json(event.data, number_id=number_id) for event in together), key=lambda each: each.sender
        ):
            reception = Reception(number, people.recognise(number, sender), lane)
            reception.take(list(theirs))


def _receipts(events: Sequence["LaneEvent"]) -> None:
    for number_id, together in groupby(events, key=lambda event: event.number_id or 0):
        receipts = [Receipt.from_json(event.data) for event in together]
        for shop_id, theirs in receipts_by_shop(number_id, receipts).items():
            try:
                shop = owner_by_id(shop_id or 0)
            except UnknownShop:
                continue  # the shop is gone, and its messages with it
            with inside(shop, allow_suspended=True):
                apply_receipts(shop=shop, number_id=number_id, receipts=theirs)


def _internal(lane: str, events: Sequence["LaneEvent"]) -> None:
    for event in events:
        number = number_by_id(event.number_id or 0)
        if event.data.get("type") == "photo_looked_at":
            _looked_at(lane, number, event)
        elif event.data.get("type") == "event_dead" and event.data.get("sender"):
            _show_lost(lane, number, event)


def _looked_at(lane: str, number: WhatsAppNumber, event: "LaneEvent") -> None:
    shopper = Shopper.objects.select_for_update(of=("self",)).select_related("shop").get(pk=event.data["shopper_id"])
    Reception(number, shopper, lane).go_on(wamid=event.data["wamid"], codes=event.data["codes"])


def _show_lost(lane: str, number: WhatsAppNumber, event: "LaneEvent") -> None:
    """A message nobody could handle: its shop, where one is known, calls a person."""
    shopper = people.recognise(number, Sender.from_json(event.data["sender"]))
    shop = people.shop_now(shopper, people.now())
    if shop is None or not shop.is_active:
        return
    lost = Incoming(
        wamid=f"dead:{event.data['event_id']}",
        sender=Sender.from_json(event.data["sender"]),
        sent_at=event.provider_at or people.now(),
        kind=IncomingKind.UNSUPPORTED,
        number_id=number.pk,
        text=LOST_MESSAGE,
        raw_type="event_dead",
    )
    with inside(shop):
        for arrival in intake.accept(shop, number, [lost]):
            if arrival.messages:
                handover.wait_for_person(arrival.conversation)
                steps = [{"step": "dead", "detail": f"event {event.data['event_id']} failed too often"}]
                turns.save(shop=shop, arrival=arrival, replies=[], steps=steps, took_ms=0)


class Reception:
    """One turn of one person: what is for the same shop and came together is told it together."""

    def __init__(self, number: WhatsAppNumber, shopper: Shopper, lane: str) -> None:
        self._number, self._shopper, self._lane = number, shopper, lane
        self._shop: Shop | None = None
        self._batch: list[Incoming] = []
        self._said: list[Reply] = []
        self._cause = ""
        self._now: datetime = people.now()

    def take(self, incomings: Sequence[Incoming]) -> None:
        """Hear what arrived; behind a picture that is being looked at everything waits."""
        for incoming in incomings:
            self._note(incoming)
        if self._is_looking() and not self._looks_too_long():
            self._wait(incomings)
        else:
            self._hear([*self._looked_too_long(), *incomings])
        self._finish()

    def go_on(self, *, wamid: str, codes: Sequence[str]) -> None:
        """A picture has been looked at: it and what waited behind it are heard now, in their order."""
        waiting = self._waiting()
        if not self._is_looking() or not any(each.wamid == wamid for each in waiting):
            return  # heard already, because the look took too long
        self._stop_waiting()
        for place, incoming in enumerate(waiting):
            if incoming.wamid == wamid:
                waiting[place] = photos.with_codes(incoming, codes)
        self._hear(waiting)
        self._finish()

    def _note(self, incoming: Incoming) -> None:
        shopper = self._shopper
        shopper.last_inbound_at = max(filter(None, (shopper.last_inbound_at, incoming.sent_at)))
        people.settle_language(shopper, incoming)
        if is_italian(incoming.text):
            shopper.language = "it"

    def _hear(self, incomings: Sequence[Incoming]) -> None:
        for place, incoming in enumerate(incomings):
            with override(self._shopper.language):
                decision = decide(self._shopper, incoming, self._now)
            if decision.must_look:
                self._flush()
                self._look(incoming, incomings[place + 1 :])
                return
            self._carry_out(incoming, decision)

    def _carry_out(self, incoming: Incoming, decision: Decision) -> None:
        heard = decision.incoming or incoming
        if decision.replies:
            self._flush()
            saying.hear(self._shopper, self._as_kept(incoming))
            self._said.extend(decision.replies)
            self._cause = incoming.wamid
        if decision.is_parked:
            self._park(heard)
            return
        theirs = self._with_waiting(heard) if decision.with_waiting else [heard]
        for shop in decision.shops:
            self._give(shop, theirs, enters=decision.enters)

    def _give(self, shop: Shop, incomings: Sequence[Incoming], *, enters: bool) -> None:
        if self._shop is not None and self._shop.pk != shop.pk:
            self._flush()
        self._say()
        if enters:
            people.enter(self._shopper, shop, self._now)
        self._shop = shop
        self._batch.extend(incomings)

    def _with_waiting(self, tap: Incoming) -> list[Incoming]:
        """What was parked goes to the shop that was picked; if nothing was, the tap itself says hello."""
        waiting = [] if self._is_looking() or self._is_stale() else self._waiting()
        if not self._is_looking():
            self._stop_waiting()
        return waiting or [tap]

    def _flush(self) -> None:
        """Tell the shop what it has been given so far, inside the shop."""
        if self._shop is None or not self._batch:
            return
        shop, batch = self._shop, self._batch
        self._shop, self._batch = None, []
        with inside(shop):
            for arrival in intake.accept(shop, self._number, batch):
                engine.take_turn(shop=shop, arrival=arrival)

    def _say(self) -> None:
        if self._said:
            said, self._said = self._said, []
            saying.say(self._shopper, said, cause=self._cause)

    def _finish(self) -> None:
        self._flush()
        self._shopper.save()
        self._say()

    def _is_looking(self) -> bool:
        return self._shopper.state_data.get("looking") is not None

    def _looks_too_long(self) -> bool:
        since = self._shopper.waiting_since
        return since is None or self._now - since > LOOKS

    def _is_stale(self) -> bool:
        since = self._shopper.waiting_since
        return since is None or self._now - since > WAITS

    def _as_kept(self, incoming: Incoming) -> Incoming:
        return secrets.as_kept(self._shopper, incoming)

    def _waiting(self) -> list[Incoming]:
        return [Incoming.from_json(each, number_id=self._number.pk) for each in self._shopper.waiting]

    def _wait(self, incomings: Sequence[Incoming]) -> None:
        if len(self._shopper.waiting) + len(incomings) > MOST_WAITING:
            raise NotYet  # it stays in the lane until the picture has been looked at
        self._shopper.waiting = [*self._shopper.waiting, *(self._as_kept(each).to_json() for each in incomings)]

    def _park(self, incoming: Incoming) -> None:
        """It waits for the answer to “which shop?”. What was parked before and got no answer is let go after a while."""
        kept = [] if self._is_stale() else self._shopper.waiting
        self._shopper.waiting = [*kept, self._as_kept(incoming).to_json()][-MOST_WAITING:]
        self._shopper.waiting_since = self._now

    def _look(self, incoming: Incoming, behind: Sequence[Incoming]) -> None:
        """Have the picture looked at; it and what came behind it wait."""
        self._stop_waiting()
        self._shopper.waiting = [self._as_kept(each).to_json() for each in (incoming, *behind)]
        self._shopper.waiting_since = self._now
        self._shopper.state_data = {**self._shopper.state_data, "looking": incoming.wamid}
        photos.ask_for_look(self._shopper, incoming, lane=self._lane)

    def _looked_too_long(self) -> list[Incoming]:
        """What waits behind a picture nobody could look at: heard without a code, the picture like any other."""
        if not self._is_looking():
            return []
        waiting = self._waiting()
        self._stop_waiting()
        return [photos.with_codes(each, []) if each.kind is IncomingKind.IMAGE else each for each in waiting]

    def _stop_waiting(self) -> None:
        self._shopper.waiting, self._shopper.waiting_since = [], None
        self._shopper.state_data = {
            name: value for name, value in self._shopper.state_data.items() if name != "looking"
        }
