"""The one fake of Ozow: its API on a real port, in threads, and the notices it would post.

    with FakeOzow() as ozow:
        settings.OZOW_API_URL = settings.OZOW_PAY_URL = ozow.url
        ozow.fail_next("PostPaymentRequest", "html")
        …
        paid = ozow.pay(reference)
        body = ozow.notice(paid)

Its hashes are written down here once more, so that ours are not checked by themselves.
"""

import hashlib
import json
import threading
import uuid
from collections import defaultdict
from dataclasses import dataclass, field
from decimal import Decimal
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self
from urllib.parse import parse_qs, urlencode, urlsplit

SITE, KEY, API_KEY = "SHO-SHO-001", "ShopMeTestPrivateKey0001ABCDEF", "api-key-of-amber"
ASKED = (
    "SiteCode", "CountryCode", "CurrencyCode", "Amount", "TransactionReference", "BankReference",
    "Optional1", "Optional2", "Optional3", "Optional4", "Optional5", "Customer",
    "CancelUrl", "ErrorUrl", "SuccessUrl", "NotifyUrl", "IsTest",
    "BankId", "BankAccountNumber", "BranchCode", "BankAccountName", "PayeeDisplayName", "ExpiryDateUtc",
)  # fmt: skip
TOLD = (
    "SiteCode", "TransactionId", "TransactionReference", "Amount", "Status",
    "Optional1", "Optional2", "Optional3", "Optional4", "Optional5",
    "CurrencyCode", "IsTest", "StatusMessage",
)  # fmt: skip


def hashed(values: list[str], key: str) -> str:
    return hashlib.sha512(("".join(values) + key).lower().encode()).hexdigest()


def _text(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


@dataclass
class Call:
    """One request as it came."""

    method: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


@dataclass
class Transaction:
    """One try of a customer. `hidden_for` so many questions nobody is told of it."""

    reference: str
    amount: Decimal
    status: str = "Complete"
    message: str = ""
    is_test: bool = False
    currency: str = "ZAR"
    site_code: str = SITE
    hidden_for: int = 0
    id: str = field(default_factory=lambda: str(uuid.uuid4()))
    created: str = ""

    def row(self) -> dict[str, Any]:
        return {
            "transactionId": self.id,
            "merchantCode": "SHO-SHO",
            "siteCode": self.site_code,
            "transactionReference": self.reference,
            "currencyCode": self.currency,
            "amount": float(self.amount),  # 149.90 prints as 149.9, as theirs does
            "status": self.status,
            "statusMessage": self.message,
            "createdDate": self.created,
            "paymentDate": self.created if self.status == "Complete" else None,
            "bankName": "FNB",
        }


class FakeOzow:
    """Ozow for one site on 127.0.0.1."""

    def __init__(self) -> None:
        self.calls: list[Call] = []
        self.requests: dict[str, dict[str, Any]] = {}
        self.transactions: list[Transaction] = []
        self.tokens: list[str] = []
        self.token_seconds: object = 3600
        self.refunds: list[dict[str, Any]] = []
        self.shows_one_as_object = True
        self.pay_host = "https://pay.ozow.com"
        self._faults: dict[str, list[str]] = defaultdict(list)
        self._stopped = threading.Event()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, args=[0.02], daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stopped.set()
        self._server.shutdown()
        self._server.server_close()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_port}"

    def asked(self, path: str) -> list[Call]:
        """Calls of one kind."""
        return [call for call in self.calls if call.path == path]

    def fail_next(self, path: str, *faults: str) -> None:
        """One call for each fault: a status, `html`, `timeout`, `hang up`, `raw:<body>` or an errorMessage."""
        self._faults[path].extend(faults)

    def pay(self, reference: str, /, status: str = "Complete", **facts: Any) -> Transaction:
        """What a customer did on the page that was asked for with `reference`."""
        asked = self.requests[reference]
        transaction = Transaction(reference, Decimal(asked["Amount"]), status, is_test=asked["IsTest"])
        for name, value in facts.items():
            setattr(transaction, name, value)
        transaction.created = f"2026-03-02T10:00:{len(self.transactions):02d}"
        self.transactions.append(transaction)
        return transaction

    def notice(self, transaction: Transaction, *, key: str = KEY, **changes: str) -> bytes:
        """The form Ozow posts: amounts with two decimals, and things that are not signed."""
        values = dict.fromkeys(TOLD, "") | {
            "SiteCode": transaction.site_code,
            "TransactionId": transaction.id,
            "TransactionReference": transaction.reference,
            "Amount": f"{transaction.amount:.2f}",
            "Status": transaction.status,
            "CurrencyCode": transaction.currency,
            "IsTest": _text(transaction.is_test),
            "StatusMessage": transaction.message,
            **changes,
        }
        signed = {**values, "Hash": hashed([values[name] for name in TOLD], key)}
        return urlencode({**signed, "SubStatus": "Unclassified", "BankName": "FNB"}).encode()

    def answer(self, call: Call) -> tuple[int, bytes] | None:
        """Status and body; None hangs up."""
        if self._faults[call.path]:
            return self._fault(self._faults[call.path].pop(0))
        if call.path.startswith("secure/"):
            return self._secured(call)
        return self._said(call) if call.headers.get("apikey") == API_KEY else (401, b"")

    def _said(self, call: Call) -> tuple[int, bytes]:
        if call.path == "token":
            return 200, json.dumps(self._token(call.body)).encode()
        if call.method == "POST":
            return 200, json.dumps(self._request(call.json)).encode()
        rows = self._rows(call)
        is_one = call.path == "GetTransaction" and len(rows) == 1 and self.shows_one_as_object
        return 200, json.dumps(rows[0] if is_one else rows).encode()

    def _fault(self, fault: str) -> tuple[int, bytes] | None:
        if fault.isdigit():
            return int(fault), b"" if fault == "204" else b"{}"
        if fault == "html":
            return 200, b"<html><body>Service unavailable</body></html>"
        if fault == "timeout":
            self._stopped.wait(5)
            return None
        if fault == "hang up":
            return None
        if fault.startswith("raw:"):
            return 200, fault[4:].encode()
        return 200, json.dumps({"paymentRequestId": None, "url": None, "errorMessage": fault}).encode()

    def _request(self, wish: dict[str, Any]) -> dict[str, Any]:
        values = [_text(wish[name]) for name in ASKED if wish.get(name) not in (None, "")]
        if wish["SiteCode"] != SITE or wish["HashCheck"] != hashed(values, KEY):
            return {"paymentRequestId": None, "url": None, "errorMessage": "HashCheck value has failed."}
        self.requests[wish["TransactionReference"]] = wish
        name = str(uuid.uuid4())
        return {"paymentRequestId": name, "url": f"{self.pay_host}/{name}/Secure", "errorMessage": None}

    def _token(self, form: bytes) -> dict[str, Any]:
        asked = {name: values[0] for name, values in parse_qs(form.decode()).items()}
        if asked != {"grant_type": "password", "SiteCode": SITE}:
            return {"error": "invalid_grant"}
        self.tokens.append(f"token-{len(self.tokens) + 1}")
        return {"access_token": self.tokens[-1], "token_type": "bearer", "expires_in": self.token_seconds}

    def _secured(self, call: Call) -> tuple[int, bytes]:
        """Only the newest token is good."""
        if not self.tokens or call.headers.get("authorization") != f"Bearer {self.tokens[-1]}":
            return 401, b""
        return 200, json.dumps([self._refund(wish) for wish in call.json]).encode()

    def _refund(self, wish: dict[str, Any]) -> dict[str, Any]:
        said = {"refundId": None, "transactionId": wish["transactionId"], "refundAmount": None, "errors": []}
        values = [str(wish[name]) for name in ("transactionId", "amount", "refundReason", "notifyUrl")]
        paid = next((each for each in self.transactions if each.id == wish["transactionId"]), None)
        if wish["hashCheck"] != hashed(values, KEY):
            return {**said, "errors": ["HashCheck value has failed."]}
        if paid is None or Decimal(wish["amount"]) > paid.amount:
            return {**said, "errors": ["The amount is more than was paid."]}
        self.refunds.append({**wish, "refundId": str(uuid.uuid4())})
        return {**said, "refundId": self.refunds[-1]["refundId"], "refundAmount": float(wish["amount"])}

    def refund_notice(
        self, refund: dict[str, Any], status: str = "Complete", *, key: str = KEY, **changes: str
    ) -> bytes:
        """The form Ozow posts once a refund was paid, or was not."""
        values = {
            "RefundId": refund["refundId"],
            "TransactionId": refund["transactionId"],
            "CurrencyCode": "ZAR",
            "Amount": f"{Decimal(refund['amount']):.2f}",
            "Status": status,
            "BankName": "FNB",
            "AccountNumber": "*****1234",
            "StatusMessage": "",
            **changes,
        }
        return urlencode({**values, "isRtc": "false", "Hash": hashed(list(values.values()), key)}).encode()

    def _rows(self, call: Call) -> list[dict[str, Any]]:
        query = {name.lower(): value for name, value in call.query.items()}
        wanted = query.get("istest", "false") == "true"
        fitting = [each for each in self.transactions if each.is_test == wanted and query["sitecode"] == SITE]
        if call.path == "GetTransactionReport":
            reported = [each for each in self.transactions if not each.is_test and each.hidden_for <= 0]
            return [{"id": each.id, "status": each.status, "customer": "", "optional1": ""} for each in reported]
        if call.path == "GetTransactionByReference":
            fitting = [each for each in fitting if each.reference == query["transactionreference"]][:10]
        else:
            fitting = [each for each in fitting if each.id == query["transactionid"]]
        shown = [each for each in fitting if each.hidden_for <= 0]
        for each in fitting:
            each.hidden_for -= 1
        return [each.row() for each in shown]

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        fake = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def _serve(self) -> None:
                parts = urlsplit(self.path)
                body = self.rfile.read(int(self.headers.get("content-length") or 0))
                query = {name: values[0] for name, values in parse_qs(parts.query).items()}
                headers = {name.lower(): value for name, value in self.headers.items()}
                call = Call(self.command, parts.path.strip("/"), query, headers, body)
                fake.calls.append(call)
                said = fake.answer(call)
                if said is None:
                    self.close_connection = True
                    self.connection.close()
                    return
                self.send_response(said[0])
                self.send_header("Content-Length", str(len(said[1])))
                self.end_headers()
                self.wfile.write(said[1])

            do_GET = do_POST = _serve  # noqa: N815 - the names the standard library asks for

            def log_message(self, *_: object) -> None:
                """Silence."""

        return Handler
