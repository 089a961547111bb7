"""What came in for a number, also while it is switched off and its events are kept apart. Looks by key, for pages only."""

from datetime import datetime

from django.db import connection

from conversations.transport.models import InboxEvent, NumberFacts, NumberSetup, WebhookEndpoint, WebhookRaw
from conversations.transport.providers.base import BadBody
from conversations.transport.providers.registry import provider
from conversations.transport.splitter import BODY_PLACE
from conversations.transport.splitting.routing import quarantine_of
from shopme.lib.encryption import CannotDecrypt, decrypt_bytes


def _scopes(setup: NumberSetup) -> list[str]:
    """Where the keys of the number's events lie: its own id, and apart by the addresses they came by."""
    ids = list(WebhookEndpoint.objects.filter(number_id=setup.number_id or 0).values_list("pk", flat=True))
    ids += list(WebhookEndpoint.objects.filter(kind=WebhookEndpoint.Kind.PLATFORM).values_list("pk", flat=True))
    return [setup.phone_number_id, *(quarantine_of(setup.phone_number_id, pk) for pk in ids)]


def last_message_at(setup: NumberSetup) -> datetime | None:
    """When a customer's message last came, since the setup began."""
    events = InboxEvent.objects.filter(
        scope__in=_scopes(setup), kind=InboxEvent.Kind.MESSAGE, created_at__gte=setup.created_at
    )
    return events.order_by("-id").values_list("created_at", flat=True).first()


def account_seen(setup: NumberSetup) -> str:
    """For which account the newest message came to the number's own address; empty when its body is not kept any more."""
    newest = InboxEvent.objects.filter(
        scope__in=_scopes(setup), kind=InboxEvent.Kind.MESSAGE, created_at__gte=setup.created_at
    )
    raw_id = newest.order_by("-id").values_list("raw_id", flat=True).first()
    raw = WebhookRaw.objects.filter(pk=raw_id or 0, endpoint__number_id=setup.number_id or 0).first()
    if raw is None or not raw.body:
        return ""
    try:
        parsed = provider(setup.provider).parse(decrypt_bytes(bytes(raw.body), place=BODY_PLACE))
    except (CannotDecrypt, BadBody):
        return ""
    theirs = (event.waba_id for event in parsed.events if event.phone_number_id == setup.phone_number_id)
    return next(theirs, "")


def has_receipt(setup: NumberSetup, wamid: str) -> bool:
    """Whether WhatsApp told what became of a message."""
    keys = {"event_key__startswith": f"st:{wamid}:", "event_key__regex": ":(sent|delivered|read|played):"}
    return InboxEvent.objects.filter(scope__in=_scopes(setup), **keys).exists()


def note_last_webhooks(*, minutes: int = 10) -> int:
    """Write down for each number when something last came for it; how many numbers. Reads the youngest events only."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            INSERT INTO public.transport_numberfacts
                (number_id, status, quality, tier, verified_name, name_status, throughput, platform_type,
                 is_coexisting, account_review, ban_state, restrictions, volume_tier, token_scopes, token_problem,
                 leads_to, told_at, last_webhook_at)
            SELECT number_id, '', '', '', '', '', '', '', false, '', '', '[]', '{}', '[]', '', '', '{}', max(created_at)
            FROM public.transport_inboxevent
            WHERE created_at > now() - make_interval(mins => %s) AND number_id IS NOT NULL AND kind <> 'internal'
            GROUP BY number_id
            ON CONFLICT (number_id) DO UPDATE
            SET last_webhook_at = greatest(transport_numberfacts.last_webhook_at, excluded.last_webhook_at)
            """,
            [minutes],
        )
        return int(cursor.rowcount)


def last_webhook_at(number_id: int, known: NumberFacts) -> datetime | None:
    """When something last came: what was noted, or what came since."""
    recent = InboxEvent.objects.filter(number_id=number_id)
    if known.last_webhook_at is not None:
        recent = recent.filter(created_at__gt=known.last_webhook_at)
    newest = recent.order_by("-created_at").values_list("created_at", flat=True).first()
    return newest or known.last_webhook_at
