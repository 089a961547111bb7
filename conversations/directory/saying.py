"""What the platform itself says on a shared number: rows in `public`, sent like every other message."""

from collections.abc import Sequence

import orjson
from django.utils import timezone

from conversations.intake import as_jsonb
from conversations.one_reply import folded
from conversations.outbox import shared_lane
from conversations.transport import outbox
from conversations.transport.replies import Reply, reply_kind, reply_text, reply_to_json
from conversations.transport.types import Incoming
from shopme.lib.ids import new_token
from shopme.lib.text import clean_text
from tenants.models import DirectoryMessage, Shopper
from tenants.queries import PLATFORM


def hear(shopper: Shopper, incoming: Incoming) -> None:
    """Keep what a person told the platform itself; what they tell a shop is kept there only."""
    DirectoryMessage.objects.create(
        shopper=shopper,
        direction="in",
        kind=incoming.kind.value,
        text=clean_text(incoming.text),
        content=orjson.loads(as_jsonb(incoming.to_json())),
        wamid=incoming.wamid,
        state="received",
    )


def say(shopper: Shopper, replies: Sequence[Reply], *, cause: str) -> None:
    """Say `replies` as few messages, once per `cause`. In the caller's transaction."""
    rows = [
        DirectoryMessage(
            shopper=shopper,
            direction="out",
            kind=reply_kind(reply),
            text=reply_text(reply),
            content=reply_to_json(reply),
            token=new_token(),
            state="queued",
            state_at=timezone.now(),
            dedupe_key=f"{shopper.pk}:{cause}:{place}"[:260],
        )
        for place, reply in enumerate(folded(replies), start=1)
    ]
    said = [row for row in rows if _is_new(row)]
    outbox.queue(
        shop_id=PLATFORM,
        number_id=shopper.number_id,
        lane=shared_lane(shopper.number_id, shopper.phone or shopper.bsuid or str(shopper.pk)),
        message_ids_with_keys=[(row.pk, f"message:{row.pk}", row.token) for row in said],
    )


def _is_new(row: DirectoryMessage) -> bool:
    """Write the row; False when the same cause has spoken before."""
    DirectoryMessage.objects.bulk_create([row], ignore_conflicts=True)
    row.pk = DirectoryMessage.objects.filter(token=row.token).values_list("pk", flat=True).first()
    return row.pk is not None
