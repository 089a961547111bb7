"""Offers refused outside the chat: set in WhatsApp's own menu, or told by the refusal of a send."""

from collections.abc import Iterable, Sequence

from django.utils import timezone

from conversations.directory import names, people
from conversations.models import Message
from conversations.transport.numbers.accounts import News, on_field
from conversations.transport.providers.base import Preference
from conversations.transport.providers.registry import preferences_in
from conversations.transport.rules.names import OFFERS_STOPPED
from loyalty import consent, identity
from loyalty.consent import Said
from loyalty.models import ConsentEntry, Customer
from tenants.context import inside
from tenants.models import Shop, WhatsAppNumber

Kind, Source = ConsentEntry.Kind, ConsentEntry.Source


@on_field("user_preferences")
def hear_preferences(news: News) -> None:
    """Keep each preference once; the one said last counts, in whatever order they come.

    On the shared number it is said to every shop the person has been in. Locks their customers shop by shop, by id.
    """
    scope = news.numbers[0].portfolio
    for preference in preferences_in(news.value):
        if not news.is_platforms:
            _keep(scope, preference)
            continue
        for shop in _shops_of(news.numbers, preference):
            with inside(shop, allow_suspended=True):
                _keep(scope, preference, is_of_all=True)


def _shops_of(numbers: Sequence[WhatsAppNumber], preference: Preference) -> list[Shop]:
    """Where the person has been from these shared numbers, each shop once."""
    shoppers = (names.whose(number, preference.sender, at=preference.at) for number in numbers)
    found = {shop.pk: shop for shopper in shoppers if shopper for shop in people.ever_visited(shopper)}
    return [found[key] for key in sorted(found)]


def _keep(scope: str, preference: Preference, *, is_of_all: bool = False) -> None:
    """Write it down for the customer. What was said to all shops at once takes back no no that was said to this one."""
    customer = _customer(scope, preference)
    if customer is None or (is_of_all and preference.wants_offers and _said_no_here(customer)):
        return
    name, moment = preference.sender.bsuid or preference.sender.phone, int(preference.at.timestamp())
    said = Said(
        kind=Kind.OPT_IN if preference.wants_offers else Kind.OPT_OUT,
        source=Source.USER_PREFERENCES,
        at=preference.at,
        key=f"preference:{scope}:{name}:{moment}:{preference.value}",
        words=preference.words or preference.value,
    )
    consent.record(customer=customer, said=said)


def _said_no_here(customer: Customer) -> bool:
    """Whether their last word is a no of this shop alone, not one that WhatsApp passed on."""
    newest = consent.newest_of(customer)
    passed_on = (Source.USER_PREFERENCES, Source.PROVIDER_ERROR)
    return newest is not None and not newest.is_yes and newest.source not in passed_on


def _customer(scope: str, preference: Preference) -> Customer | None:
    """Whose preference it is. A stranger's no is kept as well, a stranger's yes is nothing to keep."""
    known_as = {
        "phone": preference.sender.phone,
        "bsuid": preference.sender.bsuid,
        "parent_bsuid": None,
        "username": None,
    }
    if preference.wants_offers and not identity.is_known(scope=scope, **known_as):
        return None
    customer, _is_new = identity.recognise(
        scope=scope, profile_name=preference.sender.profile_name, at=preference.at, **known_as
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
            words=f"error {OFFERS_STOPPED}",
            wamid=message.wamid or "",
        )
        consent.record(customer=message.conversation.customer, said=said)
