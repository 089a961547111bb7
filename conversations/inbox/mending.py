"""Whether what kept a message from going out was mended since: then the same message may be tried again."""

from collections.abc import Collection, Mapping
from typing import Final

from django.utils import timezone

from conversations.files.models import MediaFile
from conversations.models import Conversation, Message
from conversations.templates.accounts import account_id
from conversations.templates.contents import Written
from conversations.templates.models import Template
from conversations.transport.giving_up.dead_letters import Decision
from conversations.transport.health import facts
from conversations.transport.models import OutboxItem, SharedTemplate
from conversations.transport.providers.registry import verdict_on
from conversations.transport.sending import resending
from conversations.transport.sending.leftovers import silence_of
from tenants.context import current_shop
from tenants.models import Shop
from tenants.queries import UnknownNumber, number_by_id

# What each thing an operator can do changes; whatever is done at Meta alone cannot be seen from here.
_NUMBER: Final = ("new_token", "check_number", "open_billing", "open_quality", "open_app")
_TEMPLATE: Final = ("sync_templates",)
_PERSON: Final = ("open_customer", "ask_phone", "send_template")


def send_again(*, shop: Shop, message: Message, by: Decision, wait: float = 0.0) -> None:
    """Send a message that did not go out once more, also when its cause was mended since; inside the shop.

    Refuses: `NotDead`, `NotAgain`, `TooSoon`.
    """
    is_mended = message.pk in mended([message])
    resending.send_again(shop=shop, message_id=message.pk, by=by, wait=wait, is_mended=is_mended)


def mended(failed: Collection[Message]) -> set[int]:
    """The ids of those of these failed messages whose cause was changed after they failed; inside the shop.

    Its number has a new token, a PIN, a passed check, or sends again. Its template is approved and was compared or
    changed. Its customer gave a phone, or wrote, so that the window is open. What failed here, without a code of
    WhatsApp's, may go as soon as its number sends.
    """
    by_action: dict[str, list[Message]] = {}
    for message in failed:
        if message.error_code.isdigit():
            by_action.setdefault(verdict_on(int(message.error_code)).fix.action, []).append(message)

    def of(actions: tuple[str, ...]) -> list[Message]:
        return [message for action in actions for message in by_action.get(action, [])]

    ours = _by_silence([message for message in failed if not message.error_code])
    return _by_number(of(_NUMBER)) | _by_template(of(_TEMPLATE)) | _by_person(of(_PERSON)) | ours


def numbers_behind(messages: Collection[Message]) -> Mapping[int, int]:
    """The number each message was given to, by message id."""
    rows = OutboxItem.objects.filter(shop_id=current_shop().pk, message_id__in=[message.pk for message in messages])
    return dict(rows.values_list("message_id", "number_id"))


def template_behind(message: Message, number_id: int) -> Written | None:
    """The template the message was sent as, as we know it: the shop's own, or the platform's on the shared number."""
    try:
        number = number_by_id(number_id)
    except UnknownNumber:
        return None
    rows = SharedTemplate.objects if number.shop_id is None else Template.objects
    name, language = message.content.get("name", ""), message.content.get("language", "")
    found: Written | None = rows.filter(waba_id=account_id(number), name=name, language=language).first()
    return found


def _by_silence(messages: list[Message]) -> set[int]:
    """Those whose number sends now, but for files that could not be handed over, which have a button of their own."""
    numbers = numbers_behind(messages) if messages else {}
    sent = {message_id for message_id, number_id in numbers.items() if not silence_of(number_id)}
    broken = (MediaFile.State.FAILED, MediaFile.State.REFUSED)
    files = MediaFile.objects.filter(message_id__in=sent, direction=MediaFile.Direction.OUT, state__in=broken)
    return sent - set(files.values_list("message_id", flat=True)) if sent else set()


def _by_number(messages: list[Message]) -> set[int]:
    numbers = numbers_behind(messages) if messages else {}
    known = facts.facts_of(sorted(set(numbers.values()))) if numbers else {}
    return {
        message.pk
        for message in messages
        if (number := numbers.get(message.pk)) and (at := known[number].mended_at) and at > message.state_at
    }


def _by_template(messages: list[Message]) -> set[int]:
    numbers = numbers_behind(messages) if messages else {}
    found = set()
    for message in messages:
        template = template_behind(message, numbers.get(message.pk, 0))
        if template is not None and template.status == Template.Status.APPROVED and _was_looked_at(template, message):
            found.add(message.pk)
    return found


def _was_looked_at(template: Written, message: Message) -> bool:
    """Whether it was compared with WhatsApp's, or changed, after the message failed."""
    if isinstance(template, SharedTemplate):
        return template.synced_at > message.state_at
    synced, since = template.last_synced_at, message.state_at
    return (synced is not None and synced > since) or template.events.filter(at__gt=since).exists()


def _by_person(messages: list[Message]) -> set[int]:
    threads = Conversation.objects.select_related("customer").in_bulk({message.conversation_id for message in messages})
    return {message.pk for message in messages if _is_reachable(message, threads[message.conversation_id])}


def _is_reachable(message: Message, thread: Conversation) -> bool:
    """Whether the customer did what the message waits for: gave a phone, opened the window, or wrote."""
    action = verdict_on(int(message.error_code)).fix.action
    if action == "ask_phone":
        return bool(thread.customer.phone)
    if action == "send_template":
        return thread.window_expires_at is not None and thread.window_expires_at > timezone.now()
    return thread.last_inbound_at is not None and thread.last_inbound_at > message.state_at
