"""The WhatsApp Business Accounts a shop keeps templates at, and the way to each."""

from dataclasses import dataclass

from conversations.transport.providers.base import Line
from conversations.transport.providers.registry import provider
from conversations.transport.providers.template_desk import TemplateDesk
from shopme.lib.errors import BusinessError
from tenants.models import Shop, WhatsAppNumber


class NoAccount(BusinessError):
    """The shop has no active number at this WhatsApp Business Account."""


@dataclass(frozen=True, slots=True)
class Account:
    """One account: its id at Meta, how people know it, and a number whose token may speak for it."""

    waba_id: str
    label: str
    line: Line

    @property
    def desk(self) -> TemplateDesk:
        return provider(self.line.provider).templates(self.line)


def account_id(number: WhatsAppNumber) -> str:
    """The account of a number, as `Template.waba_id` writes it."""
    return number.waba_id or number.phone_number_id


def line_of(number: WhatsAppNumber) -> Line:
    return Line(number.pk, number.provider, number.phone_number_id, number.access_token, account_id(number))


def accounts_of(shop: Shop) -> list[Account]:
    """The accounts of the shop's own active numbers, the oldest number first. One query."""
    found: dict[str, list[WhatsAppNumber]] = {}
    for number in WhatsAppNumber.objects.filter(shop=shop, is_active=True).order_by("id"):
        found.setdefault(account_id(number), []).append(number)
    return [
        Account(waba_id, ", ".join(number.display_name or number.phone for number in numbers), line_of(numbers[0]))
        for waba_id, numbers in found.items()
    ]


def account_with(shop: Shop, waba_id: str) -> Account:
    """The shop's account with this id. Refuses: `NoAccount`."""
    for account in accounts_of(shop):
        if account.waba_id == waba_id:
            return account
    raise NoAccount("No active number of the shop belongs to this WhatsApp account. Look under Settings, Numbers.")
