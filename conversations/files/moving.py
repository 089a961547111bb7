"""One step of moving files: take the one that is due, and fetch it or hand it over."""

import structlog

from conversations.files import arriving, claims, leaving
from conversations.files.models import MediaFile

log = structlog.get_logger(__name__)
BROKEN = "Something of ours went wrong; it was noted."


def move_one() -> bool:
    """Move one file of this shop; false when none is due. A fault of ours costs that file a try and nobody else."""
    file = claims.take()
    if file is None:
        return False
    try:
        if file.attempts > len(claims.BACKOFF) + 1:
            _give_up(file)  # it took its worker with it each time
        elif file.direction == MediaFile.Direction.IN:
            arriving.arrive(file)
        else:
            leaving.leave(file)
    except claims.Lost:
        log.warning("file_lost_to_another", file_id=file.pk)
    except Exception:
        log.exception("file_not_moved", file_id=file.pk)
        _after_fault(file)
    return True


def _after_fault(file: MediaFile) -> None:
    if file.direction == MediaFile.Direction.IN:
        claims.try_later(file, reason=BROKEN)
    elif file.attempts > len(leaving.BACKOFF):
        _give_up(file)
    else:
        claims.try_later(file, reason=BROKEN, backoff=leaving.BACKOFF)


def _give_up(file: MediaFile) -> None:
    if file.direction == MediaFile.Direction.IN:
        claims.settle(file, MediaFile.State.FAILED, reason=BROKEN)
    else:
        leaving.fail(file, MediaFile.State.FAILED, BROKEN)
