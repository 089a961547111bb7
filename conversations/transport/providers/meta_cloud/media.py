"""Files at Meta: asked for by id, fetched from the address that is answered, handed over by a form.

360dialog keeps them behind another door with the same manners, so the door is a value. Nothing here raises for what the
network or the provider does, and a number's token goes to its own door and to the hosts of `media.json` alone.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import IO, Any, Final
from urllib.parse import urljoin, urlsplit

from conversations.transport.providers.base import Blame, MediaAnswer, MediaOutcome, Retry
from conversations.transport.providers.meta_cloud import client
from conversations.transport.providers.meta_cloud.errors import GONE_SUBCODE, verdict_on
from conversations.transport.rules import media_rules
from conversations.transport.rules.names import FILE_TO_CUSTOMER
from shopme.lib import downloads, http
from shopme.lib.http import CallFailed

Json = dict[str, Any]
_ID: Final = re.compile(r"[A-Za-z0-9][\w-]{0,127}", re.ASCII)
_HOPS: Final = 2
_REDIRECTS: Final = (301, 302, 303, 307, 308)
GONE: Final = "WhatsApp no longer has this file."
TOO_BIG: Final = "The file is larger than WhatsApp's own limit."
UNTRUSTED: Final = "WhatsApp named an address we do not trust, so the file was not fetched."
DAMAGED: Final = "The file came damaged."
NO_FILE: Final = "Something else than the file came."
UNREACHABLE: Final = "WhatsApp could not be reached for the file."
BUSY: Final = "WhatsApp is busy; the file is fetched again in a while."
ODD: Final = "WhatsApp answered in a way we could not read."


@dataclass(frozen=True, slots=True)
class MediaDoor:
    """Where a provider keeps a number's files. `{id}` in `ask_url` is the file's id.

    `url` is the door itself, from our settings. With `is_host_rewritten` the address of a file is asked for at the door
    instead of the host it names (360dialog).
    """

    url: str
    ask_url: str
    upload_url: str
    headers: Mapping[str, str]
    is_host_rewritten: bool = False


@dataclass(frozen=True, slots=True)
class _Found:
    """What the first step told of a file."""

    url: str
    mime_type: str
    sha256: str
    size: int


def fetch(door: MediaDoor, media_id: str, *, into: IO[bytes], most: int) -> MediaAnswer:
    """Both steps. An address that has expired (it lives five minutes) is asked for once more."""
    answer = _fetch_once(door, media_id, into, most)
    if answer.outcome is MediaOutcome.GONE and answer.error_code == 404:
        into.seek(0)
        into.truncate()
        again = _fetch_once(door, media_id, into, most)
        is_dead_twice = again.outcome is MediaOutcome.GONE and again.error_code == 404
        return replace(again, outcome=MediaOutcome.LATER, sentence=NO_FILE) if is_dead_twice else again
    return answer


def _fetch_once(door: MediaDoor, media_id: str, into: IO[bytes], most: int) -> MediaAnswer:
    found = _ask(door, media_id)
    if isinstance(found, MediaAnswer):
        return found
    if found.size > most:
        return MediaAnswer(MediaOutcome.TOO_BIG, mime_type=found.mime_type, size=found.size, sentence=TOO_BIG)
    return _download(door, found, into, most)


def _ask(door: MediaDoor, media_id: str) -> _Found | MediaAnswer:
    """Step one: where the file is, and what it is said to be."""
    if not _ID.fullmatch(media_id):
        return MediaAnswer(MediaOutcome.REFUSED, sentence=UNTRUSTED)
    try:
        said = http.call("GET", door.ask_url.format(id=media_id), headers=door.headers)
    except CallFailed:
        return MediaAnswer(MediaOutcome.LATER, sentence=UNREACHABLE)
    data = client.as_json(said.body)
    url = data.get("url")
    if said.status != 200 or not isinstance(url, str):
        return _refusal(said.status, data, said.headers)
    size = str(data.get("file_size") or "")
    return _Found(
        url=_at_door(url, door.url) if door.is_host_rewritten else url,
        mime_type=str(data.get("mime_type") or "")[:128],
        sha256=media_rules.digest_of(data.get("sha256")),
        size=int(size) if size.isascii() and size.isdigit() else 0,
    )


def _at_door(url: str, door: str) -> str:
    """The same path and query at the door's own scheme and host."""
    there, here = urlsplit(url), urlsplit(door)
    return there._replace(scheme=here.scheme, netloc=here.netloc, fragment="").geturl()


def _download(door: MediaDoor, found: _Found, into: IO[bytes], most: int) -> MediaAnswer:
    """Step two: the octets, with the token, from hosts that may have it; each redirect is looked at anew."""
    url = found.url
    for _hop in range(_HOPS + 1):
        if not media_rules.may_see_token(url, own_door=door.url):
            return MediaAnswer(MediaOutcome.REFUSED, sentence=UNTRUSTED)
        parts = media_rules.split_plainly(url)
        is_own_door = parts is not None and media_rules.same_origin(parts, door.url)
        try:
            came = downloads.download(url, into=into, most=most, headers=door.headers, is_own_door=is_own_door)
        except downloads.TooManyOctets:
            return MediaAnswer(MediaOutcome.TOO_BIG, mime_type=found.mime_type, sentence=TOO_BIG)
        except CallFailed as problem:
            is_inside = str(problem) == "NotPublic"
            outcome = MediaOutcome.REFUSED if is_inside else MediaOutcome.LATER
            return MediaAnswer(outcome, sentence=UNTRUSTED if is_inside else UNREACHABLE)
        if came.status not in _REDIRECTS:
            return _judged(came, found)
        url = urljoin(url, came.headers.get("location", ""))
    return MediaAnswer(MediaOutcome.REFUSED, sentence=UNTRUSTED)


def _judged(came: downloads.Download, found: _Found) -> MediaAnswer:
    if came.status in (404, 410):
        return MediaAnswer(MediaOutcome.GONE, sentence=GONE, error_code=404)
    if came.status != 200:
        return _refusal(came.status, client.as_json(came.body), came.headers)
    if found.sha256 and came.sha256 != found.sha256:
        is_page = came.headers.get("content-type", "").startswith("text/html")
        return MediaAnswer(MediaOutcome.LATER, sentence=NO_FILE if is_page else DAMAGED)
    return MediaAnswer(MediaOutcome.DONE, mime_type=found.mime_type, sha256=came.sha256, size=came.size)


def _refusal(status: int, data: Json, headers: Mapping[str, str]) -> MediaAnswer:
    """What an answer that brought no file means, by Meta's code first."""
    error = data.get("error")
    code = error.get("code") if isinstance(error, dict) else None
    subcode = error.get("error_subcode") if isinstance(error, dict) else None
    wait = client.retry_after(headers)
    if type(code) is int:
        return replace(_by_code(code, subcode), error_code=code, retry_after=wait)
    if status in (401, 403):
        return MediaAnswer(MediaOutcome.TOKEN, sentence=verdict_on(190).sentence, error_code=190)
    if status in (404, 410):
        return MediaAnswer(MediaOutcome.GONE, sentence=GONE)
    if status == 429 or status >= 500:
        return MediaAnswer(MediaOutcome.LATER, sentence=BUSY, retry_after=wait)
    return MediaAnswer(MediaOutcome.LATER, sentence=ODD)


def _by_code(code: int, subcode: object) -> MediaAnswer:
    if code == 100 or GONE_SUBCODE in (code, subcode):
        return MediaAnswer(MediaOutcome.GONE, sentence=GONE)
    verdict = verdict_on(code)
    if verdict.blame is Blame.NUMBER_AUTH or code in (3, 10) or 200 <= code < 300:
        return MediaAnswer(MediaOutcome.TOKEN, sentence=verdict.sentence)
    if verdict.retry is Retry.NEVER:
        return MediaAnswer(MediaOutcome.REFUSED, sentence=verdict.sentence)
    return MediaAnswer(MediaOutcome.LATER, sentence=BUSY)


def upload(door: MediaDoor, file: IO[bytes], *, mime_type: str, filename: str) -> MediaAnswer:
    """POST the file; the id that is answered belongs to this number."""
    fields = {"messaging_product": "whatsapp", "type": mime_type}
    form = downloads.FormWithFile(fields, file, mime_type=mime_type, filename=filename)
    try:
        said = downloads.hand_over(door.upload_url, form, headers=door.headers)
    except CallFailed:
        return MediaAnswer(MediaOutcome.LATER, sentence=UNREACHABLE)
    data = client.as_json(said.body)
    media_id = data.get("id")
    if said.status == 200 and isinstance(media_id, str) and _ID.fullmatch(media_id):
        return MediaAnswer(MediaOutcome.DONE, media_id=media_id, mime_type=mime_type, size=form.length)
    answer = _refusal(said.status, data, said.headers)
    is_no_file = answer.outcome is MediaOutcome.GONE
    return (
        replace(answer, outcome=MediaOutcome.REFUSED, sentence=verdict_on(FILE_TO_CUSTOMER).sentence)
        if is_no_file
        else answer
    )
