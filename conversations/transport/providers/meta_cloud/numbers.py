"""A number at Meta's management addresses: its fields, its account, its webhooks, its token."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final
from urllib.parse import quote, urlencode

import orjson

from conversations.transport.providers.base import Blame
from conversations.transport.providers.meta_cloud.client import as_json
from conversations.transport.providers.meta_cloud.errors import code_of_status, verdict_on
from conversations.transport.providers.number_desk import TokenFacts, Told
from shopme.lib import http

Json = dict[str, Any]
NEEDED: Final = ("whatsapp_business_messaging", "whatsapp_business_management")
FIELDS: Final = (
    "display_phone_number,verified_name,name_status,status,quality_rating,throughput,code_verification_status,"
    "platform_type,is_on_biz_app,whatsapp_business_manager_messaging_limit"
)
MOST_PAGES: Final = 50
# The token itself is refused: that says nothing about a number or an account.
_SIGN_IN: Final = (0, 190)
NOT_REACHED: Final = "WhatsApp could not be reached. Try again in a minute."
UNWELL: Final = "WhatsApp answered in a way we could not read. Try again in a minute."
NO_WEBHOOK: Final = "Meta's webhook address is set in the app's dashboard."


@dataclass(frozen=True, slots=True)
class MetaNumber:
    """`base` is the Graph API with its version."""

    base: str
    phone_number_id: str
    waba_id: str
    access_token: str

    def token(self) -> TokenFacts:
        """Asked with the token itself: Meta answers that for system users; where it does not, nothing is known."""
        told = self._call("GET", f"{self.base}/debug_token?{urlencode({'input_token': self.access_token})}")
        data = told.data.get("data")
        if not told.is_fine or not isinstance(data, dict):
            is_dead, is_answered = told.code == 190, told.is_fine or told.code is not None
            return TokenFacts(is_known=is_dead, is_valid=is_answered and not is_dead, sentence=told.sentence)
        scopes = tuple(str(name) for name in data.get("scopes") or () if isinstance(name, str))
        error = data.get("error")
        return TokenFacts(
            is_known=True,
            is_valid=data.get("is_valid") is True,
            scopes=scopes,
            missing=tuple(name for name in NEEDED if name not in scopes),
            expires_at=_moment(data.get("expires_at")),
            app_id=str(data.get("app_id") or ""),
            sentence=str(error.get("message") or "")[:300] if isinstance(error, dict) else "",
        )

    def number(self) -> Told:
        told = self._call("GET", f"{self._own}?fields={FIELDS}")
        return Told(True, data=_facts(told.data)) if told.is_fine else told

    def belongs(self) -> Told:
        for page in self._pages(f"{self.base}/{quote(self.waba_id)}/phone_numbers?fields=id&limit=100"):
            if not page.is_fine:
                return page
            if any(_id(item) == self.phone_number_id for item in _items(page.data)):
                return Told(True)
        sentence = "This WhatsApp Business Account has no number with that phone number ID."
        return Told(False, sentence, is_refused=True)

    def subscribe(self) -> Told:
        return self._call("POST", self._apps, {})

    def subscribed(self, *, app_id: str) -> Told:
        overrides: dict[str, str] = {}
        for page in self._pages(self._apps):
            if not page.is_fine:
                return page
            for item in _items(page.data):
                app = item.get("whatsapp_business_api_data")
                overrides[_id(app if isinstance(app, dict) else item)] = str(item.get("override_callback_uri") or "")
        ours = app_id or next(iter(overrides), "")
        if ours in overrides:
            return Told(True, data={"apps": len(overrides), "override": overrides[ours]})
        sentence = "Meta took the subscription, but our app is not in its list when read back."
        return Told(False, sentence, is_refused=True)

    def set_webhook(self, *, url: str, header: str, secret: str) -> Told:
        return Told(False, NO_WEBHOOK, is_refused=True)

    def webhook(self) -> Told:
        """The number's own address goes before its account's, and that before the app's."""
        told = self._call("GET", f"{self._own}?fields=webhook_configuration")
        known = _mapping(told.data.get("webhook_configuration"))
        named = [known.get(level) for level in ("phone_number", "whatsapp_business_account", "application")]
        data = {"url": str(next(filter(None, named), "")), "own": str(named[0] or "")}
        return Told(True, data=data) if told.is_fine else told

    def register(self, *, pin: str) -> Told:
        return self._call("POST", f"{self._own}/register", {"messaging_product": "whatsapp", "pin": pin})

    def set_pin(self, *, pin: str) -> Told:
        return self._call("POST", self._own, {"pin": pin})

    @property
    def _own(self) -> str:
        return f"{self.base}/{quote(self.phone_number_id)}"

    @property
    def _apps(self) -> str:
        return f"{self.base}/{quote(self.waba_id)}/subscribed_apps"

    def _pages(self, url: str) -> Iterator[Told]:
        """Every page of a list; a page that fails is the last."""
        for _ in range(MOST_PAGES):
            told = self._call("GET", url)
            yield told
            cursors = _mapping(_mapping(told.data.get("paging")).get("cursors"))
            if not told.is_fine or not (after := cursors.get("after")) or not _items(told.data):
                return
            base = url.split("&after=", maxsplit=1)[0]
            url = f"{base}{'&' if '?' in base else '?'}after={quote(str(after))}"

    def _call(self, method: str, url: str, payload: Json | None = None) -> Told:
        headers = {"Authorization": f"Bearer {self.access_token}"}
        return call(method, url, headers=headers, payload=payload)


def call(method: str, url: str, *, headers: Mapping[str, str], payload: Json | None = None) -> Told:
    """One call of the management interface, judged by Meta's code."""
    body = None if payload is None else orjson.dumps(payload)
    try:
        found = http.call(method, url, headers={**headers, "Content-Type": "application/json"}, body=body)
    except http.CallFailed:
        return Told(False, NOT_REACHED)
    data = as_json(found.body)
    error = data.get("error")
    if isinstance(error, dict) and type(error.get("code")) is int:
        subcode = error.get("error_subcode")
        return _refusal(error["code"], subcode if type(subcode) is int else None)
    if found.status == 200 and not isinstance(error, dict):
        return Told(True, data=data)
    code = code_of_status(found.status)
    return Told(False, UNWELL) if code is None else _refusal(code)


def _refusal(code: int, subcode: int | None = None) -> Told:
    """What Meta's code says, and whether that is about the number or account that was asked for."""
    known = verdict_on(code, subcode)
    is_about_it = known.blame is Blame.MESSAGE or (known.blame is Blame.NUMBER_AUTH and code not in _SIGN_IN)
    return Told(False, known.sentence, code=code, is_refused=is_about_it)


def _facts(data: Json) -> Json:
    """Meta's fields of a number in the names of `NumberFacts`; what it left out is left out."""
    limit = data.get("whatsapp_business_manager_messaging_limit") or data.get("messaging_limit_tier")
    throughput = _mapping(data.get("throughput")).get("level")
    digits = "".join(sign for sign in str(data.get("display_phone_number") or "") if "0" <= sign <= "9")
    words = {
        "phone": f"+{digits}" if digits else "",
        "verified_name": data.get("verified_name"),
        "name_status": data.get("name_status"),
        "status": data.get("status"),
        "quality": data.get("quality_rating"),
        "throughput": throughput,
        "platform_type": data.get("platform_type"),
        "tier": limit if isinstance(limit, str) else None,
    }
    found: Json = {name: value for name, value in words.items() if isinstance(value, str) and value}
    if isinstance(data.get("is_on_biz_app"), bool):
        found["is_coexisting"] = data["is_on_biz_app"]
    return found


def _moment(written: Any) -> datetime | None:
    """Unix seconds; nought means that it never expires."""
    is_time = isinstance(written, int) and not isinstance(written, bool) and 0 < written < 10**11
    return datetime.fromtimestamp(written, UTC) if is_time else None


def _items(data: Json) -> list[Json]:
    found = data.get("data")
    return [item for item in found if isinstance(item, dict)] if isinstance(found, list) else []


def _mapping(value: Any) -> Json:
    return value if isinstance(value, dict) else {}


def _id(item: Json) -> str:
    return str(item.get("id") or "")
