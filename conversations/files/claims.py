"""Taking files that are due, and writing down how it went. Rows decide; a task is a hint.

A try is counted before it begins, so a file that kills its worker is given up like any other. Whoever lost the lease
writes nothing: `taken` is the fence, for tries that do not count and a person's wish set `attempts` back.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final

from django.db import connection, transaction
from django.db.models.functions import Now
from django.utils import timezone

from conversations.files.models import MediaFile
from tenants.live import announce

State = MediaFile.State
# A minute to fetch at most, then the workshop; who says nothing until then is dead.
LEASE_SECONDS: Final = 180
# Waits between tries; the last one is over a day after the first, well within the days WhatsApp keeps a file.
BACKOFF: Final = (5, 30, 180, 900, 3600, 21_600, 64_800)
GAVE_UP: Final = "The file could not be fetched, though we tried {tries} times."

_TAKE: Final = """
UPDATE conversations_mediafile f SET state = 'moving', attempts = f.attempts + 1, taken = f.taken + 1,
  lease_until = clock_timestamp() + make_interval(secs => %(lease)s)
WHERE f.id = (
  SELECT id FROM conversations_mediafile
  WHERE (state = 'waiting' AND next_at <= clock_timestamp()) OR (state = 'moving' AND lease_until < clock_timestamp())
  ORDER BY next_at LIMIT 1 FOR UPDATE SKIP LOCKED)
RETURNING f.id
"""


@dataclass(frozen=True, slots=True)
class Lost(Exception):
    """Somebody else has taken the file over; what was made of it is thrown away."""

    file_id: int


def take() -> MediaFile | None:
    """The file of this shop that is due the longest, held by a lease; None when nothing is due."""
    with connection.cursor() as cursor:
        cursor.execute(_TAKE, {"lease": LEASE_SECONDS})
        row = cursor.fetchone()
    if row is None:
        return None
    return MediaFile.objects.select_related("message__conversation").get(pk=row[0])


def is_any_due() -> bool:
    """Whether a file of this shop waits for its turn, or was left in the middle."""
    now = timezone.now()
    due = MediaFile.objects.filter(state=State.WAITING, next_at__lte=now)
    left = MediaFile.objects.filter(state=State.MOVING, lease_until__lt=now)
    return due.exists() or left.exists()


@transaction.atomic
def settle(file: MediaFile, state: str, *, reason: str = "", **found: Any) -> None:
    """Write down how a try ended and tell open pages. Refuses: `Lost`."""
    changes = {"state": state, "reason": reason[:300], "lease_until": None, **found}
    ours = MediaFile.objects.filter(pk=file.pk, state=State.MOVING, taken=file.taken)
    if not ours.update(**changes):
        raise Lost(file.pk)
    for name, value in changes.items():
        setattr(file, name, value)
    announce(f"thread-{file.message.conversation_id}")


def try_later(file: MediaFile, *, reason: str, after: float | None = None, backoff: Sequence[int] = BACKOFF) -> bool:
    """Wait for another try; false when there were enough: then the file has failed."""
    if file.attempts > len(backoff):
        settle(file, State.FAILED, reason=f"{GAVE_UP.format(tries=file.attempts)} {reason}")
        return False
    wait = max(after or 0.0, backoff[file.attempts - 1])
    settle(file, State.WAITING, reason=reason, next_at=timezone.now() + timedelta(seconds=wait))
    return True


def wait_uncounted(file: MediaFile, *, reason: str, seconds: float) -> None:
    """Wait for something that is not the file's fault; the try does not count."""
    at = timezone.now() + timedelta(seconds=seconds)
    settle(file, State.WAITING, reason=reason, next_at=at, attempts=max(0, file.attempts - 1))


@transaction.atomic
def again(file_id: int) -> MediaFile | None:
    """A person wants another try; None when there is nothing to try. Locks the file."""
    file = MediaFile.objects.select_for_update().filter(pk=file_id).first()
    if file is None or not file.may_be_tried_again:
        return None
    MediaFile.objects.filter(pk=file.pk).update(state=State.WAITING, attempts=0, reason="", next_at=Now())
    file.refresh_from_db()
    announce(f"thread-{file.message.conversation_id}")
    return file
