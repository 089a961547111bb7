"""What an answer of 360dialog means: Meta's errors are passed through, its own are in a dated table beside this file."""

import json
from functools import cache
from pathlib import Path
from typing import Any

from conversations.transport.providers.base import Answer, Blame, Outcome, Retry
from conversations.transport.providers.meta_cloud import client
from shopme.lib.http import HttpAnswer


@cache
def _rows() -> tuple[dict[str, Any], ...]:
    return tuple(json.loads(Path(__file__).with_name("answers.json").read_text())["rows"])


def judge(found: HttpAnswer) -> Answer:
    """A wamid, one of Meta's errors, one of 360dialog's own, or nothing we can rely on."""
    data = client.as_json(found.body)
    if found.status == 200 or isinstance(data.get("error"), dict):
        return client.judge(found)
    row = _row(found.status, developer_message(found))
    if row is None:
        return client.judge(found)
    retry = Retry(row["retry"])
    is_open = retry is Retry.RECONCILE
    return Answer(
        Outcome.UNKNOWN if is_open else Outcome.REFUSED,
        retry=retry,
        blame=Blame(row["blame"]),
        error_text=row["sentence"],
        retry_after=client.retry_after(found.headers),
        is_stated_error=is_open,
    )


def developer_message(found: HttpAnswer) -> str:
    """360dialog's own words about an error, for the log of a check; empty without any."""
    meta = client.as_json(found.body).get("meta")
    words = meta.get("developer_message") if isinstance(meta, dict) else None
    return words[:300] if isinstance(words, str) else ""


def _row(status: int, words: str) -> dict[str, Any] | None:
    said = words.lower()
    return next((row for row in _rows() if row["status"] == status and row.get("word", "") in said), None)
