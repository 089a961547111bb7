"""Which numbers share a limit with one: those of its WhatsApp account, and those of its app at Meta.

Whoever adds a number types in its account. Until somebody else has said that it is theirs, they share nothing: a shop could
type in another shop's account and use up, or lower, what that one may send.
"""

from django.db.models import Q

from conversations.transport.models import WebhookEndpoint
from tenants.models import WhatsAppNumber
from tenants.queries import number_by_id

Proof = WhatsAppNumber.AccountProof


def of_account(number_id: int) -> set[int]:
    """The numbers that surely share the account of this one, itself included.

    One that was seen at its own address shares it with its own shop's numbers only: the shop holds that address's secret.
    """
    number = number_by_id(number_id)
    if not number.waba_id or number.account_proof == Proof.TYPED:
        return {number_id}
    sure = Q(shop_id=number.shop_id, account_proof__in=(Proof.SEEN, Proof.SAID))
    if number.account_proof == Proof.SAID:
        sure |= Q(account_proof=Proof.SAID)
    same = WhatsAppNumber.objects.filter(sure, waba_id=number.waba_id, provider=number.provider)
    return {number_id, *same.values_list("id", flat=True)}


def budget_of(number: WhatsAppNumber) -> str:
    """Under which name the people a day are counted that this number writes to first."""
    if number.account_proof == Proof.SAID:
        return number.portfolio
    return f"{number.shop_id}/{number.portfolio}"[:64] if number.account_proof == Proof.SEEN else f"/{number.pk}"


def with_one_budget(number: WhatsAppNumber) -> set[int]:
    """The numbers of the same shop whose facts tell how large that budget is: what one shop hears binds no other."""
    theirs = WhatsAppNumber.objects.filter(shop=number.shop, portfolio=number.portfolio, removed_at=None)
    return {each.pk for each in theirs if budget_of(each) == budget_of(number)}


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
