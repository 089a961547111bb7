"""Files of messages, for people of the shop only: each form of them, whole or in ranges, and another try."""

import re
from collections.abc import Iterator
from typing import IO, Final, TypeVar

from django.core.exceptions import SuspiciousFileOperation
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect
from django.views.decorators.http import require_POST, require_safe

from conversations.files import claims, keeping
from conversations.files.models import MediaFile
from conversations.transport.giving_up.dead_letters import Decision
from conversations.transport.sending.resending import send_again
from conversations.views.acts import after_act, refused
from shopme.lib.errors import BusinessError
from tenants.access import DashboardRequest, dashboard_view
from tenants.storage import content_type_of, open_private

# Kept by the browser as long as an address lives.
SECONDS: Final = 300
PIECE: Final = 64 * 1024
Answer = TypeVar("Answer", bound=HttpResponseBase)
_KEYS: Final = {"original": "key", "shown": "shown_key", "thumb": "thumb_key"}
_RANGE: Final = re.compile(r"bytes=(\d{0,12})-(\d{0,12})", re.ASCII)
# Whatever it is: nothing in it runs, and nothing loads.
_CAGE: Final = "sandbox; default-src 'none'; img-src 'self'; media-src 'self'; style-src 'none'"


@dashboard_view()
@require_safe
def file_show(request: DashboardRequest, file_id: int, form: str) -> HttpResponseBase:
    """A file as it is shown (`shown`, `thumb`), or as it came (`original`), which is downloaded and never opened."""
    file = get_object_or_404(MediaFile, pk=file_id, state=MediaFile.State.READY)
    key = getattr(file, _KEYS.get(form, ""), "") if form in _KEYS else ""
    try:
        kept = open_private(key) if key else None
    except (FileNotFoundError, SuspiciousFileOperation) as problem:
        raise Http404("No such file.") from problem
    if kept is None:
        raise Http404("No such file.")
    if form == "original":
        return caged(_attached(file, kept))
    return caged(ranged(request, kept, content_type_of(key)))


def caged(response: Answer) -> Answer:
    """The answer with everything that keeps a stranger's file from doing anything in a browser."""
    response["Cache-Control"] = f"private, max-age={SECONDS}"
    response["Content-Security-Policy"] = _CAGE
    response["X-Content-Type-Options"] = "nosniff"
    response["Cross-Origin-Resource-Policy"] = "same-origin"
    response["Content-Encoding"] = "identity"  # pressed already, and ranges count its own octets
    return response


def _attached(file: MediaFile, kept: IO[bytes]) -> FileResponse:
    ending = file.key.rpartition(".")[2]
    name = file.filename or f"{file.get_shown_as_display().lower() or 'file'}-{file.message_id}.{ending}"
    return FileResponse(kept, as_attachment=True, filename=name, content_type="application/octet-stream")


def ranged(request: HttpRequest, kept: IO[bytes], content_type: str) -> HttpResponse | StreamingHttpResponse:
    """The whole, or the one range that was asked for: players jump about in what they play."""
    size = kept.seek(0, 2)
    found = _RANGE.fullmatch(request.headers.get("Range", "").strip())
    span = _span(found[1], found[2], size) if found else (0, size - 1)
    if span is None:
        kept.close()
        return HttpResponse(status=416, headers={"Content-Range": f"bytes */{size}"})
    first, last = span
    response = StreamingHttpResponse(_pieces(kept, first, last), content_type=content_type)
    response["Accept-Ranges"] = "bytes"
    response["Content-Length"] = str(last - first + 1)
    if found:
        response.status_code = 206
        response["Content-Range"] = f"bytes {first}-{last}/{size}"
    return response


def _span(first: str, last: str, size: int) -> tuple[int, int] | None:
    """The first and last octet of `first-last`; `-n` are the last n. None for what is not there."""
    if not first:
        count = min(int(last or 0), size)
        return (size - count, size - 1) if count else None
    start, end = int(first), min(int(last), size - 1) if last else size - 1
    return (start, end) if start <= end else None


def _pieces(kept: IO[bytes], first: int, last: int) -> Iterator[bytes]:
    with kept:
        kept.seek(first)
        rest = last - first + 1
        while rest > 0 and (piece := kept.read(min(PIECE, rest))):
            rest -= len(piece)
            yield piece


@dashboard_view()
@require_POST
def file_again(request: DashboardRequest, file_id: int) -> HttpResponse:
    """Another try for a file that could not be fetched, or handed over with its message."""
    file = get_object_or_404(MediaFile.objects.select_related("message"), pk=file_id)
    conversation_id = file.message.conversation_id
    if file.direction == MediaFile.Direction.IN:
        if claims.again(file.pk):
            keeping.hint()
            return after_act(request, conversation_id, "Looking for the file again.")
        return redirect("conversations:thread_show", conversation_id)
    try:
        send_again(shop=request.shop, message_id=file.message_id, by=Decision(request.user, "its file once more"))
    except BusinessError as refusal:
        return refused(request, conversation_id, str(refusal))
    return after_act(request, conversation_id, "On its way again.")
