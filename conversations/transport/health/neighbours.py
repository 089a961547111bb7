"""Which numbers share a limit with one: those of its WhatsApp account, and those of its app at Meta."""

from conversations.transport.models import WebhookEndpoint
from tenants.models import WhatsAppNumber
from tenants.queries import number_by_id


def of_account(number_id: int) -> set[int]:
    """The numbers of the same WhatsApp Business account, itself included."""
    number = number_by_id(number_id)
    if not number.waba_id:
        return {number_id}
    same = WhatsAppNumber.objects.filter(waba_id=number.waba_id, provider=number.provider)
    return {number_id, *same.values_list("id", flat=True)}


def of_app(number_id: int) -> set[int]:
    """The numbers of the same app, itself included: one with a secret of its own, or the platform's."""
    number = number_by_id(number_id)
    ids = set(WhatsAppNumber.objects.filter(provider=number.provider).values_list("id", flat=True))
    secrets = {
        endpoint.number_id or 0: frozenset(endpoint.secrets)
        for endpoint in WebhookEndpoint.objects.filter(number_id__in=ids, kind=WebhookEndpoint.Kind.NUMBER)
    }
    own = secrets.get(number_id, frozenset())
    if not own:  # the platform's own app signs for it
        return {number_id, *(each for each in ids if not secrets.get(each))}
    return {number_id, *(each for each, theirs in secrets.items() if theirs & own)}
