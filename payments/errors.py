"""Wishes about paying that a rule refuses."""

from shopme.lib.errors import BusinessError


class NothingToPay(BusinessError):
    """The order costs nothing or is paid already."""


class OrderNotPayable(BusinessError):
    """The order was cancelled, has expired or was never placed."""


class NoWayToPay(BusinessError):
    """The shop has no active account at a gateway that takes this currency."""


class UnknownLink(BusinessError):
    """No link has this token."""


class LinkClosed(BusinessError):
    """The link takes no payment any more. `state` is what the page shows: paid, expired, replaced, revoked, closed."""

    def __init__(self, state: str) -> None:
        super().__init__(f"This link is {state}.")
        self.state = state


class PaymentUnavailable(BusinessError):
    """The gateway could not open its page now. Trying again is safe."""


class UnknownAccount(BusinessError):
    """A notification came for an account this shop does not have."""


class NothingToGiveBack(BusinessError):
    """Everything of this payment was given back, is on its way back, or never came."""


class RefundTooLarge(BusinessError):
    """More than is left of the payment."""

    def __init__(self, sentence: str, *, left_cents: int) -> None:
        super().__init__(sentence)
        self.left_cents = left_cents


class UnknownAttempt(BusinessError):
    """There is no such attempt."""
