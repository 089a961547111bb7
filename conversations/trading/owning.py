"""What those who run the shop do from their phone: whose phone it is, and that it is noted."""

from collections.abc import Callable

from conversations.talk import Move, Talk
from tenants.audit import note
from tenants.models import OwnerPhone
from tenants.services import owner_phones

Act = Callable[[Talk, OwnerPhone], Move]


def phone_of(talk: Talk) -> str | None:
    """The phone that writes now: what a customer may have besides, by a merge or a link, opens nothing here."""
    return talk.incoming.sender.phone


def as_owner(talk: Talk, act: Act) -> Move:
    """Looked up anew each time, so a role that was taken away counts at once. Nobody else learns that there is more."""
    owner = owner_phones.owner_at(shop=talk.shop, phone=phone_of(talk))
    if owner is None:
        talk.trace("owner", "not an owner's phone")
        return Move(to="menu")
    return act(talk, owner)


def noted(talk: Talk, owner: OwnerPhone, action: str, subject: str) -> None:
    """Keep what was done, in the trace and in the shop's record."""
    talk.trace("called", action)
    note(action, shop=talk.shop, actor=owner.membership.user, subject=subject, detail={"by": "chat"})
