"""Under a message that did not go out: the one button that helps."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from django.urls import reverse
from django.utils import timezone

from conversations.inbox import mending
from conversations.models import Conversation, Message
from conversations.templates.offered import is_shared
from conversations.transport.providers import base
from conversations.transport.providers.registry import verdict_on
from conversations.transport.sending.resending import waiting_for_person
from tenants.context import current_shop
from tenants.models import Membership, Role
from tenants.queries import UnknownNumber, number_by_id

_PLATFORMS: Final = (
    "The platform looks after the templates of the shared number. It can be sent again once this is mended."
)
MAY_BE_TWICE: Final = "It may have arrived already. Send it again all the same?"
# Pages of rooms above this one; addresses of the operating contract.
_NUMBERS: Final = "/settings/numbers/"
_AT_THE_NUMBER: Final = {"new_token": "#keys-title", "check_number": ""}


@dataclass(frozen=True, slots=True)
class FixButton:
    """What to offer: a form to `post`, a page at `url`, or only a `note` for those who may not.

    `again`: where the same message may be tried at once besides, because what is done at Meta cannot be seen here.
    """

    label: str
    url: str = ""
    is_post: bool = False
    is_outside: bool = False
    confirm: str = ""
    note: str = ""
    again: str = ""


def buttons_for(
    shown: Sequence[Message], *, conversation: Conversation, membership: Membership
) -> Mapping[int, FixButton]:
    """The button of each message that did not go out, by its id."""
    unknown = [message.pk for message in shown if message.is_outgoing and message.state == "unknown"]
    left = waiting_for_person(shop=current_shop(), message_ids=unknown) if unknown else set()
    found = {message.pk: _again(message, confirm=MAY_BE_TWICE) for message in shown if message.pk in left}
    failed = [message for message in shown if _may_be_mended(message)]
    mended = mending.mended(failed) if failed else set()
    for message in failed:
        button = _again(message) if message.pk in mended else _button(message, conversation, membership)
        if button:
            found[message.pk] = button
    return found


def _may_be_mended(message: Message) -> bool:
    return (
        message.is_outgoing and message.state == "failed" and (not message.error_code or message.error_code.isdigit())
    )


def _again(message: Message, *, confirm: str = "") -> FixButton:
    return FixButton("Send again", _again_url(message), is_post=True, confirm=confirm)


def _again_url(message: Message) -> str:
    return reverse("conversations:message_again", args=[message.conversation_id, message.pk])


def _button(message: Message, conversation: Conversation, membership: Membership) -> FixButton | None:
    if not message.error_code:
        return None
    verdict = verdict_on(int(message.error_code))
    fix = verdict.fix
    if fix.role and not membership.may_act_as(Role(fix.role)):
        return FixButton(fix.label, note=f"Ask {_whom(Role(fix.role))}.")
    if fix.action == "retry":
        is_early = verdict.tries == 1 and (timezone.now() - message.state_at).total_seconds() < fix.wait
        confirm = MAY_BE_TWICE if verdict.retry is base.Retry.RECONCILE else ""
        return None if is_early else _again(message, confirm=confirm)
    if fix.action == "ask_phone":
        url = reverse("conversations:phone_ask", args=[conversation.pk, message.pk])
        return FixButton(fix.label, url, is_post=True)
    if fix.url:
        return FixButton(fix.label, fix.url, is_outside=True, again=_again_url(message))
    page = _page(fix.action, message, conversation)
    note = _PLATFORMS if fix.action == "sync_templates" and not page else ""
    return FixButton(fix.label, page, note=note) if page or note else None


def _page(action: str, message: Message, conversation: Conversation) -> str:
    """Where the shop does it, at the very thing that is meant; empty when there is nothing to do."""
    if action == "send_template":
        return f"{reverse('conversations:thread_show', args=[conversation.pk])}?template=choose#composer-form"
    if action == "open_customer":
        return f"/customers/{conversation.customer_id}/"
    if action == "sync_templates":
        return _template_page(message, conversation.number_id)
    return _number_page(conversation.number_id, _AT_THE_NUMBER[action]) if action in _AT_THE_NUMBER else ""


def _number_page(number_id: int, anchor: str) -> str:
    """The number's own page; the list for one that is not the shop's, such as the shared one."""
    try:
        is_own = number_by_id(number_id).shop_id == current_shop().pk
    except UnknownNumber:
        is_own = False
    return f"{_NUMBERS}{number_id}/{anchor}" if is_own else _NUMBERS


def _template_page(message: Message, number_id: int) -> str:
    """The template's own page, or the list; empty for the platform's, which no shop can look after."""
    if is_shared(number_id):
        return ""
    template = mending.template_behind(message, number_id)
    if template is None:
        return reverse("conversations:template_list")
    return reverse("conversations:template_show", args=[template.pk])


def _whom(role: Role) -> str:
    return {Role.ADMIN: "an Admin", Role.MANAGER: "a Manager"}.get(role, role.label)
