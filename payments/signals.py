"""News of this room, sent inside the transaction. Receivers only write rows."""

from django.dispatch import Signal

# account: GatewayAccount, secret: str, scheme: str. An account exists and wants a webhook address that verifies with
# `secret` in the way named by `scheme`.
gateway_account_added = Signal()

# order: Order, reason: str. A try to pay ended without money; the order still waits.
payment_failed = Signal()

# order: Order, attempt: PaymentAttempt. The bank gave the gateway no clear answer: for days nobody may know whether
# there is money.
payment_investigated = Signal()

# order: Order, attempt: PaymentAttempt. Money arrived that a person must look at; `attempt.review_reason` says why.
payment_needs_review = Signal()

# order: Order, refund: Refund. The gateway says that the money went back.
refund_succeeded = Signal()

# order: Order, refund: Refund. A refund that was promised did not happen.
refund_failed = Signal()
