"""Wishes about points that a rule refuses."""

from shopme.lib.errors import BusinessError


class NotEnoughPoints(BusinessError):
    """The customer holds fewer points than the wish would take."""

    def __init__(self, *, available: int, needed: int) -> None:
        super().__init__(f"{needed} points are needed, {available} are there.")
        self.available = available
        self.needed = needed


class IdempotencyConflict(BusinessError):
    """The same key was used before for another wish."""


class AccountFrozen(BusinessError):
    """The customer's points are frozen or closed."""


class NoPurchaseToReverse(BusinessError):
    """There is no purchase known for this order."""


class PointsAreBusy(BusinessError):
    """Somebody else holds this customer's points for longer than two seconds. Try again."""
