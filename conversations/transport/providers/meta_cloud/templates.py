"""Templates at Meta's addresses. Another carrier of the same interface gives its own addresses and headers."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urlencode

import orjson

from conversations.transport.providers.base import Outcome, Retry
from conversations.transport.providers.meta_cloud.errors import is_known, verdict_on
from conversations.transport.providers.meta_cloud.template_record import read_record, written_change, written_new
from conversations.transport.providers.template_desk import DeskAnswer, TemplateWish
from shopme.lib import http

Json = dict[str, Any]
PAGE: Final = 100
DEADLINE_SECONDS: Final = 20.0
MOST_OCTETS: Final = 8_000_000
FIELDS: Final = (
    "id,name,language,status,category,correct_category,parameter_format,components,quality_score,rejected_reason,"
    "message_send_ttl_seconds"
)
_NO_ANSWER: Final = "WhatsApp did not answer. Whether it took the wish will be seen at the next comparison."
_NOT_REACHED: Final = "WhatsApp could not be reached. Try again in a minute."
_ODD_ANSWER: Final = "WhatsApp answered in a way we could not read. The next comparison will show what happened."
_NO_SAMPLES: Final = "This provider takes no samples of pictures, videos or documents here."


@dataclass(frozen=True, slots=True)
class MetaTemplates:
    """The desk of one account.

    `collection` is the address of all its templates, `item` that of one with `{id}` in it, `uploads` where samples
    are announced (empty: not possible), `upload` where one is sent with `{id}` in it.
    """

    collection: str
    item: str
    headers: Mapping[str, str]
    uploads: str = ""
    upload: str = ""
    upload_headers: Mapping[str, str] | None = None

    def page(self, *, after: str = "") -> DeskAnswer:
        query = {"fields": FIELDS, "limit": str(PAGE), **({"after": after} if after else {})}
        answer = self._call("GET", f"{self.collection}?{urlencode(query)}")
        return _as_page(answer) if answer.is_accepted else answer

    def create(self, wish: TemplateWish) -> DeskAnswer:
        answer = self._call("POST", self.collection, written_new(wish))
        return _with_id(answer) if answer.is_accepted else answer

    def edit(self, provider_id: str, wish: TemplateWish) -> DeskAnswer:
        return self._call("POST", self.item.format(id=provider_id), written_change(wish))

    def delete(self, *, name: str, provider_id: str = "") -> DeskAnswer:
        query = {"name": name, **({"hsm_id": provider_id} if provider_id else {})}
        return self._call("DELETE", f"{self.collection}?{urlencode(query)}")

    def unpause(self, provider_id: str) -> DeskAnswer:
        return self._call("POST", f"{self.item.format(id=provider_id)}/unpause", {})

    def keep_sample(self, *, filename: str, mime_type: str, content: bytes) -> DeskAnswer:
        """Two steps: announce the file, then send it."""
        if not self.uploads:
            return DeskAnswer(Outcome.REFUSED, sentence=_NO_SAMPLES)
        query = urlencode({"file_name": filename, "file_length": str(len(content)), "file_type": mime_type})
        announced = self._call("POST", f"{self.uploads}?{query}", {})
        session = announced.data.get("id")
        if not announced.is_accepted or not isinstance(session, str):
            return announced if not announced.is_accepted else DeskAnswer(Outcome.UNKNOWN, sentence=_ODD_ANSWER)
        sent = self._send("POST", self.upload.format(id=session), content, self._for_upload())
        handle = sent.data.get("h")
        if sent.is_accepted and not isinstance(handle, str):
            return DeskAnswer(Outcome.UNKNOWN, sentence=_ODD_ANSWER)
        return DeskAnswer(Outcome.ACCEPTED, {"handle": handle}) if sent.is_accepted else sent

    def _for_upload(self) -> dict[str, str]:
        return {**(self.upload_headers or self.headers), "file_offset": "0", "Content-Type": "application/octet-stream"}

    def _call(self, method: str, url: str, body: Json | None = None) -> DeskAnswer:
        headers = {**self.headers, "Content-Type": "application/json"}
        return self._send(method, url, None if body is None else orjson.dumps(body), headers)

    def _send(self, method: str, url: str, body: bytes | None, headers: Mapping[str, str]) -> DeskAnswer:
        try:
            found = http.call(
                method, url, headers=dict(headers), body=body, deadline=DEADLINE_SECONDS, max_bytes=MOST_OCTETS
            )
        except http.CallFailed as problem:
            if problem.was_sent:
                return DeskAnswer(Outcome.UNKNOWN, sentence=_NO_ANSWER)
            return DeskAnswer(Outcome.REFUSED, sentence=_NOT_REACHED)
        return judged(found)


def judged(found: http.HttpAnswer) -> DeskAnswer:
    """What an answer says: the wish was taken, one of Meta's errors, or nothing we can rely on."""
    try:
        data = orjson.loads(found.body)
    except orjson.JSONDecodeError:
        data = None
    error = data.get("error") if isinstance(data, dict) else None
    if isinstance(error, dict) and type(error.get("code")) is int:
        return _refusal(error)
    if found.status == 200 and isinstance(data, dict):
        return DeskAnswer(Outcome.ACCEPTED, data)
    if found.status in (401, 403):
        return DeskAnswer(Outcome.REFUSED, code=190, sentence=verdict_on(190).sentence)
    if 400 <= found.status < 500:
        return DeskAnswer(Outcome.REFUSED, sentence=f"WhatsApp refused this (HTTP {found.status}).")
    return DeskAnswer(Outcome.UNKNOWN, sentence=_ODD_ANSWER)


def _refusal(error: Json) -> DeskAnswer:
    """By the more exact of Meta's two codes, with Meta's own words for the person behind it."""
    code, subcode = error["code"], error.get("error_subcode")
    exact = subcode if type(subcode) is int and is_known(subcode) else code
    verdict = verdict_on(exact)
    said = error.get("error_user_msg") if isinstance(error.get("error_user_msg"), str) else ""
    sentence = f"{verdict.sentence} WhatsApp says: {said}" if said else verdict.sentence
    outcome = Outcome.UNKNOWN if verdict.retry is Retry.RECONCILE else Outcome.REFUSED
    return DeskAnswer(outcome, code=exact, sentence=sentence[:600])


def _as_page(answer: DeskAnswer) -> DeskAnswer:
    """Meta's page in our shape; a page we cannot read is no page, an odd record on it is no record."""
    listed = answer.data.get("data")
    if not isinstance(listed, list):
        return DeskAnswer(Outcome.UNKNOWN, sentence=_ODD_ANSWER)
    paging = answer.data.get("paging")
    paging = paging if isinstance(paging, dict) else {}
    cursors = paging.get("cursors")
    cursors = cursors if isinstance(cursors, dict) else {}
    # The cursor of the last page leads nowhere: only `next` says that there is more.
    after = str(cursors.get("after") or "") if paging.get("next") else ""
    records = [record for each in listed if isinstance(each, dict) and (record := read_record(each))]
    return DeskAnswer(Outcome.ACCEPTED, {"templates": records, "after": after})


def _with_id(answer: DeskAnswer) -> DeskAnswer:
    given = answer.data.get("id")
    if not isinstance(given, str | int) or not str(given):
        return DeskAnswer(Outcome.UNKNOWN, sentence=_ODD_ANSWER)
    return DeskAnswer(Outcome.ACCEPTED, {**answer.data, "id": str(given)})
