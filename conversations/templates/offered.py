"""The templates a number's chats may be written by: the shop's own, or the platform's on the shared number."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from conversations.templates import shared
from conversations.templates.accounts import account_id
from conversations.templates.contents import Written
from conversations.templates.models import Template
from conversations.templates.using import usable_templates
from conversations.transport.models import SharedTemplate
from tenants.models import WhatsAppNumber
from tenants.queries import UnknownNumber, number_by_id

# How pages name one of the platform's; a shop's own goes by its id.
_SHARED: Final = "shared-"
_LONGEST_ID: Final = 18


def key_of(template: Written) -> str:
    """How an address names it."""
    return f"{_SHARED if isinstance(template, SharedTemplate) else ''}{template.pk}"


def template_with(key: str) -> Written | None:
    """The template an address names, whether or not it may be used; inside the shop."""
    digits = key.removeprefix(_SHARED)
    if not (digits.isascii() and digits.isdigit() and len(digits) <= _LONGEST_ID):
        return None
    if key.startswith(_SHARED):
        return SharedTemplate.objects.filter(pk=int(digits)).first()
    return Template.objects.filter(pk=int(digits)).first()


def offered_on(number_id: int) -> Sequence[Written]:
    """Those that WhatsApp has approved for the number, by name."""
    number = _known(number_id)
    if number is None:
        return []
    return shared.sayable(number) if number.shop_id is None else list(usable_templates(account_id(number)))


def belongs_to(template: Written, number_id: int) -> bool:
    """Whether the number may use it. No shop's own number speaks by the platform's, nor by one made for other words."""
    number = _known(number_id)
    if number is None or account_id(number) != template.waba_id:
        return False
    if isinstance(template, SharedTemplate):
        return number.shop_id is None and bool(template.purpose)
    return number.shop_id is not None


def samples_of(template: Written) -> Mapping[str, Any]:
    """The kept file of its header; the platform's have none."""
    return template.samples if isinstance(template, Template) else {}


def is_shared(number_id: int) -> bool:
    """Whether the number is the platform's, so that no shop looks after its templates."""
    number = _known(number_id)
    return number is not None and number.shop_id is None


def _known(number_id: int) -> WhatsAppNumber | None:
    try:
        return number_by_id(number_id)
    except UnknownNumber:
        return None
