"""Everything one person does on a shared number, in its order, in the lane worker's one transaction.

The part of a shop runs inside that shop; what the person told one shop is never read in another.
"""

from collections.abc import Sequence
from itertools import groupby
from typing import TYPE_CHECKING

from django.utils.translation import override

from conversations import engine, intake
from conversations.directory import names, people, photos, saying, secrets, waiting
from conversations.directory.deciding import Decision, decide
from conversations.hearing import lost
from conversations.hearing.marks import CHANGES
from conversations.people.who import change_of
from conversations.transport.numbers import accounts
from conversations.transport.sending.statuses import apply_receipts
from conversations.transport.splitting.whose import receipts_by_shop
from conversations.transport.types import Incoming, IncomingKind, Receipt
from tenants.context import inside
from tenants.models import DirectoryPhoto, Shop, Shopper, WhatsAppNumber
from tenants.queries import UnknownShop, number_by_id, owner_by_id, platform

if TYPE_CHECKING:
    from datetime import datetime

    from conversations.transport.lanes.handling import LaneEvent
    from conversations.transport.replies import Reply


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
        elif kind == "account":
            accounts.tell(platform(), batch)
        # Copies of a phone app concern no talk of ours: nobody answers from one on the platform's number.


def _messages(lane: str, events: Sequence["LaneEvent"]) -> None:
    for number_id, together in groupby(events, key=lambda event: event.number_id or 0):
        number = number_by_id(number_id)
        for sender, group in groupby(
            (Incoming.from_json(event.data, number_id=number_id) for event in together), key=lambda each: each.sender
        ):
            theirs = list(group)
            shopper = names.recognise(number, sender, at=max(each.sent_at for each in theirs))
            Reception(number, shopper, lane).take(theirs)


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
        elif message := lost.lost_message(event):
            _show_lost(number, message)


def _looked_at(lane: str, number: WhatsAppNumber, event: "LaneEvent") -> None:
    photo = _photo_of(event)
    if photo is None:
        return  # forgotten with the person
    shopper = Shopper.objects.select_for_update(of=("self",)).select_related("shop").get(pk=photo.shopper_id)
    Reception(number, shopper, lane).go_on(wamid=photo.wamid, codes=event.data["codes"])


def _photo_of(event: "LaneEvent") -> DirectoryPhoto | None:
    """The picture that was looked at; events of before a picture's own id named its message and its person."""
    if "photo_id" in event.data:
        return DirectoryPhoto.objects.filter(pk=event.data["photo_id"]).first()
    return DirectoryPhoto.objects.filter(wamid=event.data["wamid"], shopper__number=event.number_id).first()


def _show_lost(number: WhatsAppNumber, message: Incoming) -> None:
    """A message nobody could handle: its shop, where one is known, calls a person."""
    shopper = names.recognise(number, message.sender, at=message.sent_at)
    shop = people.shop_now(shopper, people.now())
    if shop is not None and shop.is_active:
        with inside(shop):
            lost.show(shop, number, message)


class Reception:
    """One turn of one person: what is for the same shop and came together is told it together."""

    def __init__(self, number: WhatsAppNumber, shopper: Shopper, lane: str) -> None:
        self._number, self._shopper, self._lane = number, shopper, lane
        self._shop: Shop | None = None
        self._batch: list[Incoming] = []
        self._said: list[Reply] = []
        self._cause = ""
        self._state = ""  # of the talk in the shop
        self._now: datetime = people.now()

    def take(self, incomings: Sequence[Incoming]) -> None:
        """Hear what arrived; behind a picture that is being looked at everything waits, if there is room."""
        for incoming in incomings:
            self._note(incoming)
        if waiting.is_behind_picture(self._shopper) and waiting.is_room(self._shopper, incomings, self._now):
            waiting.wait_behind(self._shopper, incomings)
        else:
            self._hear([*self._not_looked_at(), *incomings])
        self._finish()

    def go_on(self, *, wamid: str, codes: Sequence[str]) -> None:
        """A picture has been looked at: it and what waited behind it are heard now, in their order."""
        if not waiting.waits_for(self._shopper, wamid):
            return  # heard already, because the look took too long
        picture, *behind = waiting.take_waiting(self._shopper)
        self._hear([photos.with_codes(picture, codes), *behind])
        self._finish()

    def _note(self, incoming: Incoming) -> None:
        shopper = self._shopper
        shopper.last_inbound_at = max(filter(None, (shopper.last_inbound_at, incoming.sent_at)))
        people.settle_language(shopper, incoming)
        if change := change_of(self._number, incoming):
            names.follow(shopper, change)

    def _hear(self, incomings: Sequence[Incoming]) -> None:
        for place, incoming in enumerate(incomings):
            if incoming.kind in CHANGES:
                self._flush()  # what it changes may have come with it
                waiting.change_parked(self._shopper, incoming)
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
            if not decision.is_parked:
                saying.hear(self._shopper, secrets.as_kept(self._shopper, incoming))
            self._said.extend(decision.replies)
            self._cause = incoming.wamid
        if decision.is_parked:
            waiting.park(self._shopper, heard, self._now)
            return
        for shop in decision.shops:
            theirs = self._with_parked(heard, is_answer=decision.is_answer) if decision.enters else [heard]
            self._give(shop, theirs, enters=decision.enters)

    def _give(self, shop: Shop, incomings: Sequence[Incoming], *, enters: bool) -> None:
        if self._shop is not None and self._shop.pk != shop.pk:
            self._flush()
        self._say()
        if enters:
            people.enter(self._shopper, shop, self._now)
        self._shop = shop
        self._batch.extend(incomings)

    def _with_parked(self, heard: Incoming, *, is_answer: bool) -> list[Incoming]:
        """What was parked goes along to the shop that is entered; a mere answer says hello only where nothing was."""
        parked = waiting.take_parked(self._shopper, self._now)
        return parked if parked and is_answer else [*parked, heard]

    def _flush(self) -> None:
        """Tell the shop what it has been given so far, inside the shop; a suspended one hears who somebody is, and which
        of their words no longer hold."""
        if self._shop is None or not self._batch:
            return
        shop, batch = self._shop, self._batch
        self._shop, self._batch = None, []
        is_news = all(each.kind in (IncomingKind.SYSTEM, *CHANGES) for each in batch)
        with inside(shop, allow_suspended=is_news):
            for arrival in intake.accept(shop, self._number, batch):
                engine.take_turn(shop=shop, arrival=arrival)
                self._state = arrival.conversation.state

    def _say(self) -> None:
        if self._said:
            said, self._said = self._said, []
            saying.say(self._shopper, said, cause=self._cause)

    def _finish(self) -> None:
        self._flush()
        self._shopper.save()
        self._say()
        names.keep_copy(self._shopper, state=self._state if self._shopper.shop_id else "")

    def _look(self, incoming: Incoming, behind: Sequence[Incoming]) -> None:
        """Have the picture looked at; what came behind it waits, and what is parked stays parked."""
        waiting.begin(self._shopper, incoming, behind, self._now)
        photos.ask_for_look(self._shopper, incoming, lane=self._lane)

    def _not_looked_at(self) -> list[Incoming]:
        """What waits behind a picture nobody could look at, or too much to wait: pictures are heard like words."""
        if not waiting.is_behind_picture(self._shopper):
            return []
        heard = waiting.take_waiting(self._shopper)
        return [photos.with_codes(each, []) if each.kind is IncomingKind.IMAGE else each for each in heard]
