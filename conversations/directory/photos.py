"""Codes in pictures: fetched and read by a task outside the lane, told by an event in it."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from tempfile import SpooledTemporaryFile
from typing import Final

import structlog
from django.db import transaction

from conversations.directory.reading import MOST_OCTETS, codes_in_picture
from conversations.files.arriving import note_token
from conversations.transport import wakeup
from conversations.transport.lines import line_of
from conversations.transport.providers.base import MediaOutcome
from conversations.transport.providers.registry import provider
from conversations.transport.splitting.inbox import NewEvent, put_events
from conversations.transport.types import Incoming
from shopme.lib.after_commit import after_commit
from tenants.models import DirectoryPhoto, Shopper
from tenants.queries import PLATFORM, number_by_id

State = DirectoryPhoto.State
# When a look that was hinted at and never came is taken up, and when its picture is given up.
AGAIN_AFTER: Final = timedelta(seconds=10)
GIVEN_UP_AFTER: Final = timedelta(seconds=30)
# So old it is not even looked at: whoever was to look at it came to grief every time, or was away.
TOO_OLD: Final = timedelta(minutes=10)

log = structlog.get_logger(__name__)


def ask_for_look(shopper: Shopper, incoming: Incoming, *, lane: str) -> None:
    """Note that a picture has to be looked at, in the caller's transaction; a task begins once it has committed."""
    media_id = incoming.media.media_id if incoming.media else ""
    photo, is_new = DirectoryPhoto.objects.get_or_create(
        shopper=shopper, wamid=incoming.wamid, defaults={"lane": lane, "media_id": media_id[:200]}
    )
    if is_new:
        after_commit(_hint, photo.pk)


def _hint(photo_id: int) -> None:
    from conversations.directory.tasks import look_at_photo  # noqa: PLC0415 - tasks know the rules, not the reverse

    look_at_photo.apply_async(kwargs={"photo_id": photo_id}, expires=30)


def look(photo_id: int, *, is_last_try: bool = False) -> bool:
    """Fetch a picture, read its codes and tell its lane; False when it has to be tried again.

    Nothing is locked meanwhile. A look that was told already, or twice at once, changes nothing.
    """
    photo = DirectoryPhoto.objects.select_related("shopper").filter(pk=photo_id, state=State.NEW).first()
    if photo is None:
        return True
    picture = _fetched(photo)
    if picture is None and not is_last_try:
        return False
    _tell(photo, codes_in_picture(picture) if picture else [])
    return True


def look_again(now: datetime) -> int:
    """Take up looks whose hint was lost; give up those nobody could make. How many there were."""
    waiting = DirectoryPhoto.objects.filter(state=State.NEW, created_at__lt=now - AGAIN_AFTER).order_by("id")
    late = list(waiting.values_list("pk", "created_at")[:50])
    for photo_id, created_at in late:
        _take_up(photo_id, age=now - created_at)
    return len(late)


def _take_up(photo_id: int, *, age: timedelta) -> None:
    """Look at one of them; one that fails leaves the others alone, and is given up when it is not young any more."""
    try:
        if age > TOO_OLD:
            _give_up(photo_id)
        else:
            look(photo_id, is_last_try=age > GIVEN_UP_AFTER)
    except Exception:
        log.exception("photo_not_looked_at", photo_id=photo_id)
        if age > GIVEN_UP_AFTER:
            _give_up(photo_id)


def _give_up(photo_id: int) -> None:
    """Tell its lane that it has no code, so that whoever waits behind it is heard."""
    if photo := DirectoryPhoto.objects.select_related("shopper").filter(pk=photo_id).first():
        _tell(photo, [])


def with_codes(incoming: Incoming, codes: Sequence[str]) -> Incoming:
    """The message and what was read from its picture."""
    return replace(incoming, details={**incoming.details, "codes": list(codes)})


def _fetched(photo: DirectoryPhoto) -> bytes | None:
    """The picture; empty when there is none to be had, None when it may be later."""
    number = number_by_id(photo.shopper.number_id)
    line = line_of(number)
    with SpooledTemporaryFile(max_size=MOST_OCTETS) as file:
        answer = provider(number.provider).fetch_media(line, photo.media_id, into=file, most=MOST_OCTETS)
        if answer.outcome is MediaOutcome.DONE:
            file.seek(0)
            return file.read()
    log.info("photo_not_fetched", photo_id=photo.pk, outcome=answer.outcome.value)
    note_token(line, answer)
    return None if answer.outcome is MediaOutcome.LATER else b""


@transaction.atomic
def _tell(photo: DirectoryPhoto, codes: Sequence[str]) -> None:
    """An event in the person's lane, once."""
    if not DirectoryPhoto.objects.filter(pk=photo.pk, state=State.NEW).update(state=State.TOLD):
        return
    event = NewEvent(
        scope="internal",
        event_key=f"photo:{photo.pk}",
        kind="internal",
        shop_id=PLATFORM,
        number_id=photo.shopper.number_id,
        lane=photo.lane,
        data={
            "type": "photo_looked_at",
            "photo_id": photo.pk,
            "codes": list(codes),
        },
    )
    put_events([event])
    wakeup.notify(wakeup.LANES)
