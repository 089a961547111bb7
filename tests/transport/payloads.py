"""Meta's bodies, as small as a test needs them."""

import hashlib
import hmac
import json
from typing import Any

SECRET = "a-platform-secret"
TOKEN = "a-verify-token"


def message(wamid: str, *, sender: str = "27820000001", text: str = "Hi", bsuid: str = "", at: int = 1781000000) -> Any:
    """One text message of `messages[]`."""
    who: dict[str, str] = {}
    if sender:
        who["from"] = sender
    if bsuid:
        who["from_user_id"] = bsuid
    return {**who, "id": wamid, "timestamp": str(at), "type": "text", "text": {"body": text}}


def status(wamid: str, name: str, *, at: int = 1781000100, recipient: str = "27820000001") -> Any:
    """One entry of `statuses[]`."""
    return {"id": wamid, "status": name, "timestamp": str(at), "recipient_id": recipient}


def value(pnid: str, messages: list[Any] | None = None, statuses: list[Any] | None = None) -> Any:
    """The `value` of a `messages` change."""
    inner: dict[str, Any] = {
        "messaging_product": "whatsapp",
        "metadata": {"display_phone_number": "27110000000", "phone_number_id": pnid},
    }
    if messages:
        inner["contacts"] = [
            {"profile": {"name": "Ada"}, "wa_id": each["from"]}
            for each in messages
            if isinstance(each, dict) and "from" in each
        ]
        inner["messages"] = messages
    if statuses:
        inner["statuses"] = statuses
    return inner


def envelope(*entries: list[Any], waba: str = "waba-1") -> dict[str, Any]:
    """Entries of changes: each entry is a list of values."""
    return {
        "object": "whatsapp_business_account",
        "entry": [
            {"id": waba, "changes": [{"field": "messages", "value": each} for each in entry]} for entry in entries
        ],
    }


def body(pnid: str, *messages: Any, statuses: list[Any] | None = None) -> bytes:
    """One entry, one change."""
    return json.dumps(envelope([value(pnid, list(messages), statuses)])).encode()


def sign(raw: bytes, secret: str = SECRET) -> dict[str, str]:
    """The header Meta sends with `raw`."""
    return {"X-Hub-Signature-256": "sha256=" + hmac.new(secret.encode(), raw, hashlib.sha256).hexdigest()}
