"""The one fake of Yoco's Checkout API: on a real port, in threads, recording every call and failing as told.

    with FakeYoco() as yoco:
        settings.YOCO_URL = yoco.url
        yoco.fail_next("hang_up_after")          # it happened, and nobody was told
        yoco.pay("ch_0001")
        headers, body = yoco.event("ch_0001")    # signed by the public standardwebhooks package

Idempotency is Yoco's: the first answer of a key is kept, success or failure alike, and given again.
"""

import json
import threading
import time
from collections import deque
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self

from standardwebhooks import Webhook

from payments.gateways.signing import new_secret

TEST_KEY, LIVE_KEY = "sk_test_0a1b2c3d4e5f6789", "sk_live_9f8e7d6c5b4a3210"
Json = dict[str, Any]
Answer = tuple[int, Any, dict[str, str]]


@dataclass(frozen=True)
class Call:
    """One request as it came."""

    method: str
    path: str
    headers: dict[str, str]
    body: Json | None


@dataclass(frozen=True)
class Fault:
    """What goes wrong once: `status`, `html`, `hang_up` before it happens or `hang_up_after`."""

    mode: str
    status: int = 500
    body: Any = None
    headers: dict[str, str] = field(default_factory=dict)


class FakeYoco:
    """What Yoco remembers of all its merchants; `keys` are those it knows, by their mode."""

    def __init__(self) -> None:
        self.calls: list[Call] = []
        self.checkouts: dict[str, Json] = {}
        self.webhooks: list[Json] = []
        self.secrets: dict[str, str] = {}
        self.refunds: list[Json] = []
        self.keys = {TEST_KEY: "test", LIVE_KEY: "live"}
        self._faults: deque[Fault] = deque()
        self._answers: dict[str, tuple[str, Answer]] = {}
        self._lock = threading.Lock()
        fake = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                fake._serve(self)

            def do_POST(self) -> None:
                fake._serve(self)

            def do_DELETE(self) -> None:
                fake._serve(self)

            def log_message(self, *words: Any) -> None:
                return

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_address[1]}/api"

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *problem: object) -> None:
        self._server.shutdown()
        self._thread.join(timeout=5)
        self._server.server_close()

    def fail_next(self, mode: str, **details: Any) -> None:
        self._faults.append(Fault(mode, **details))

    def sent(self, method: str, end: str = "") -> list[Call]:
        """Calls by method and the end of their path."""
        return [call for call in self.calls if call.method == method and call.path.endswith(end)]

    # What customers and merchants do there.

    def pay(self, checkout_id: str, **changes: Any) -> Json:
        """The card was taken."""
        checkout = self.checkouts[checkout_id]
        checkout |= {"status": "completed", "paymentId": f"p_{checkout_id[3:]}", **changes}
        return checkout

    def event(self, checkout_id: str, kind: str = "payment.succeeded", *, number: int = 1, **changes: Any) -> Any:
        """Headers and body of a signed event about a checkout, as Yoco would send it to every address of the mode."""
        checkout = self.checkouts[checkout_id]
        stamp = datetime.now(tz=UTC).isoformat().replace("+00:00", "Z")
        payload = {
            "id": checkout["paymentId"] or f"p_{checkout_id[3:]}", "type": "payment", "createdDate": stamp,
            "amount": checkout["amount"], "currency": checkout["currency"], "status": "succeeded",
            "mode": checkout["processingMode"], "metadata": {"checkoutId": checkout_id},
        }  # fmt: skip
        name = f"evt_{checkout_id[3:]}_{number}"
        event = {"id": name, "type": kind, "createdDate": stamp, "payload": payload | changes}
        return self.signed(json.dumps(event, separators=(",", ":")).encode(), name=name)

    def signed(self, body: bytes, *, name: str = "msg_1", secret: str = "") -> tuple[dict[str, str], bytes]:
        """The headers that make any body genuine."""
        secret = secret or self.secrets[self.webhooks[-1]["id"]]
        at = datetime.now(tz=UTC)
        headers = {
            "webhook-id": name,
            "webhook-timestamp": str(int(at.timestamp())),
            "webhook-signature": Webhook(secret).sign(name, at, body.decode()),
        }
        return headers, body

    # The server.

    def _serve(self, request: BaseHTTPRequestHandler) -> None:
        raw = request.rfile.read(int(request.headers.get("Content-Length") or 0))
        headers = {name.lower(): value for name, value in request.headers.items()}
        path = request.path.removeprefix("/api")
        call = Call(request.command, path, headers, json.loads(raw) if raw else None)
        with self._lock:
            self.calls.append(call)
            fault = self._faults.popleft() if self._faults else None
            answer = self._answer(call, fault, raw.decode())
        if answer is None:
            request.close_connection = True
            request.connection.close()
            return
        status, body, extra = answer
        out = body if isinstance(body, bytes) else json.dumps(body).encode()
        request.send_response(status)
        for name, value in {"Content-Length": str(len(out)), **extra}.items():
            request.send_header(name, value)
        request.end_headers()
        request.wfile.write(out)

    def _answer(self, call: Call, fault: Fault | None, raw: str) -> Answer | None:
        """None hangs up."""
        if fault and fault.mode == "hang_up":
            return None
        if fault and fault.mode == "html":
            return 200, b"<!doctype html><title>Sorry</title>", {"Content-Type": "text/html"}
        failed = (fault.status, fault.body or {}, fault.headers) if fault and fault.mode == "status" else None
        answer = self._once(call, raw, failed)
        return None if fault and fault.mode == "hang_up_after" else answer

    def _once(self, call: Call, raw: str, failed: Answer | None) -> Answer:
        key = call.headers.get("idempotency-key")
        if call.method != "POST" or not key:
            return failed or self._do(call)
        if key in self._answers:
            first, (status, body, extra) = self._answers[key]
            if first != call.path + raw:
                return 422, {"errorCode": "idempotency_key_reused"}, {}
            return status, body, {**extra, "Idempotent-Replayed": "true"}
        answer = failed or self._do(call)
        if answer[0] not in (401, 403, 409, 429):
            self._answers[key] = (call.path + raw, answer)
        return answer

    def _do(self, call: Call) -> Answer:
        answer: tuple[int, Any]
        mode = self.keys.get(call.headers.get("authorization", "").removeprefix("Bearer "))
        if mode is None:
            return 403, {"errorCode": "unauthorized", "displayMessage": "No."}, {}
        match [call.method, *call.path.strip("/").split("/")]:
            case ["POST", "checkouts"]:
                answer = 200, self._open(call.body or {}, mode)
            case ["GET", "checkouts", checkout_id] if checkout_id in self.checkouts:
                answer = 200, self.checkouts[checkout_id]
            case ["POST", "checkouts", checkout_id, "refund"] if checkout_id in self.checkouts:
                answer = self._refund(checkout_id, call.body or {}, mode)
            case ["GET", "webhooks"]:
                answer = 200, {"subscriptions": self.webhooks}
            case ["POST", "webhooks"]:
                answer = 200, self._register(call.body or {}, mode)
            case ["DELETE", "webhooks", webhook_id]:
                self.webhooks = [hook for hook in self.webhooks if hook["id"] != webhook_id]
                answer = 204, b""
            case _:
                answer = 404, {"errorCode": "not_found"}
        return *answer, {}

    def _open(self, wish: Json, mode: str) -> Json:
        checkout_id = f"ch_{len(self.checkouts) + 1:04}"
        self.checkouts[checkout_id] = {
            **wish,
            "id": checkout_id,
            "redirectUrl": f"https://c.yoco.com/checkout/{checkout_id}",
            "status": "created",
            "paymentId": None,
            "merchantId": "m_1",
            "processingMode": mode,
        }
        return dict(self.checkouts[checkout_id])

    def _register(self, wish: Json, mode: str) -> Json:
        hook = {"id": f"sub_{time.monotonic_ns()}", "name": wish["name"], "url": wish["url"], "mode": mode}
        self.webhooks.append(hook)
        self.secrets[hook["id"]] = new_secret()
        return {**hook, "secret": self.secrets[hook["id"]]}

    def _refund(self, checkout_id: str, wish: Json, mode: str) -> tuple[int, Json]:
        checkout = self.checkouts[checkout_id]
        before = sum(refund["amount"] for refund in self.refunds if refund["checkout_id"] == checkout_id)
        amount = wish.get("amount", checkout["amount"])
        if mode == "test" or checkout["status"] != "completed":
            return 400, {"description": "Refunds need a live payment."}
        if before + amount > checkout["amount"]:
            return 400, {"description": "Payment has already been refunded."}
        refund_id = f"rfd_{len(self.refunds) + 1:04}"
        self.refunds.append({"id": refund_id, "checkout_id": checkout_id, "amount": amount})
        return 202, {"id": checkout_id, "refundId": refund_id, "message": "", "status": "pending"}
