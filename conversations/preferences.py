"""Offers refused outside the chat: set in WhatsApp's own menu, or told by the refusal of a send."""

from collections.abc import Iterable
from typing import Final

from django.utils import timezone

from conversations.models import Message
from conversations.transport.numbers.accounts import News, on_field
from conversations.transport.providers.base import Preference
from conversations.transport.providers.registry import preferences_in
from loyalty import consent, identity
from loyalty.consent import Said
from loyalty.models import ConsentEntry, Customer

Kind, Source = ConsentEntry.Kind, ConsentEntry.Source
# Meta's code for “the person has stopped offers of this business”.
STOPPED_OFFERS: Final = 131050


@on_field("user_preferences")
def hear_preferences(news: News) -> None:
    """Keep each preference once; the one said last counts, in whatever order they come."""
    for preference in preferences_in(news.value):
        if customer := _customer(news.numbers[0].portfolio, preference):
            sender = preference.sender
            name = sender.bsuid or sender.phone
            moment = int(preference.at.timestamp())
            said = Said(
                kind=Kind.OPT_IN if preference.wants_offers else Kind.OPT_OUT,
                source=Source.USER_PREFERENCES,
                at=preference.at,
                key=f"preference:{news.numbers[0].portfolio}:{name}:{moment}:{preference.value}",
                words=preference.words or preference.value,
            )
            consent.record(customer=customer, said=said)


def _customer(scope: str, preference: Preference) -> Customer | None:
    """Whose preference it is. A stranger's no is kept as well, a stranger's yes is nothing to keep."""
    names = {
        "phone": preference.sender.phone,
        "bsuid": preference.sender.bsuid,
        "parent_bsuid": None,
        "username": None,
    }
    if preference.wants_offers and not identity.is_known(scope=scope, **names):
        return None
    customer, _is_new = identity.recognise(
        scope=scope, profile_name=preference.sender.profile_name, at=preference.at, **names
    )
    return customer


def note_refusals(message_ids: Iterable[int]) -> None:
    """WhatsApp refused these messages because their customers had stopped offers: the ledger says so too."""
    rows = Message.objects.filter(pk__in=list(message_ids)).select_related("conversation__customer").order_by("pk")
    for message in rows:
        said = Said(
            kind=Kind.OPT_OUT,
            source=Source.PROVIDER_ERROR,
            at=timezone.now(),
            key=f"refused:{message.pk}",
            words=f"error {STOPPED_OFFERS}",
            wamid=message.wamid or "",
        )
        consent.record(customer=message.conversation.customer, said=said)
