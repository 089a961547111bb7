"""Under a message that did not go out: the one button that helps."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from django.urls import reverse
from django.utils import timezone

from conversations.models import Conversation, Message
from conversations.transport.providers import base
from conversations.transport.providers.registry import verdict_on
from conversations.transport.sending.resending import waiting_for_person
from tenants.context import current_shop
from tenants.models import Membership, Role

MAY_BE_TWICE: Final = "It may have arrived already. Send it again all the same?"
# Pages of rooms above this one; addresses of the operating contract.
_PAGES: Final = {
    "new_token": "/settings/numbers/",
    "check_number": "/settings/numbers/",
    "sync_templates": "/settings/templates/",
}


@dataclass(frozen=True, slots=True)
class FixButton:
    """What to offer: a form to `post`, a page at `url`, or only a `note` for those who may not."""

    label: str
    url: str = ""
    is_post: bool = False
    is_outside: bool = False
    confirm: str = ""
    note: str = ""


def buttons_for(
    shown: Sequence[Message], *, conversation: Conversation, membership: Membership
) -> Mapping[int, FixButton]:
    """The button of each message that did not go out, by its id."""
    unknown = [message.pk for message in shown if message.is_outgoing and message.state == "unknown"]
    left = waiting_for_person(shop=current_shop(), message_ids=unknown) if unknown else set()
    found = {}
    for message in shown:
        if message.pk in left:
            found[message.pk] = _again(message, confirm=MAY_BE_TWICE)
        elif (
            message.is_outgoing and message.state == "failed" and (button := _button(message, conversation, membership))
        ):
            found[message.pk] = button
    return found


def _again(message: Message, *, confirm: str = "") -> FixButton:
    url = reverse("conversations:message_again", args=[message.conversation_id, message.pk])
    return FixButton("Send again", url, is_post=True, confirm=confirm)


def _button(message: Message, conversation: Conversation, membership: Membership) -> FixButton | None:
    if not message.error_code.isdigit():
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
    page = fix.url or _page(fix.action, conversation)
    return FixButton(fix.label, page, is_outside=bool(fix.url)) if page else None


def _page(action: str, conversation: Conversation) -> str:
    """Where the shop does it; empty when there is nothing to do."""
    if action == "send_template":
        return f"{reverse('conversations:thread_show', args=[conversation.pk])}?template=choose#composer-form"
    if action == "open_customer":
        return f"/customers/{conversation.customer_id}/"
    return _PAGES.get(action, "")


def _whom(role: Role) -> str:
    return {Role.ADMIN: "an Admin", Role.MANAGER: "a Manager"}.get(role, role.label)
