"""Wishes about baskets and orders that a rule refuses."""

from shopme.lib.errors import BusinessError


class NotOnSale(BusinessError):
    """The variant cannot be bought now: unpublished, taken off the shelf, or unknown."""

    def __init__(self, name: str = "") -> None:
        super().__init__(f"{name or 'This product'} is not on sale right now.")
        self.name = name


class TooMany(BusinessError):
    """More pieces of one variant than a basket takes."""


class BasketEmpty(BusinessError):
    """There is nothing in the basket to order."""

    def __init__(self) -> None:
        super().__init__("The basket is empty.")


class BelowMinimum(BusinessError):
    """The goods are worth less than the shop's smallest order. Both amounts in minor units."""

    def __init__(self, *, minimum_cents: int, subtotal_cents: int) -> None:
        super().__init__(f"The smallest order is {minimum_cents}; this one is {subtotal_cents} (minor units).")
        self.minimum_cents = minimum_cents
        self.short_by_cents = minimum_cents - subtotal_cents


class PriceChanged(BusinessError):
    """The total is no longer what the customer agreed to. `new_total` in minor units."""

    def __init__(self, *, new_total: int) -> None:
        super().__init__("The price has changed since it was shown.")
        self.new_total = new_total


class FulfilmentNotOffered(BusinessError):
    """The shop does not hand goods over in this way."""

    def __init__(self, fulfilment: str) -> None:
        super().__init__(f"This shop does not offer {fulfilment}.")
        self.fulfilment = fulfilment


class AddressMissing(BusinessError):
    """A delivery needs an address or a location."""

    def __init__(self) -> None:
        super().__init__("Where shall we deliver? An address or a location is needed.")


class MoveNotAllowed(BusinessError):
    """An order in this state cannot move there."""

    def __init__(self, number: int, from_state: str, to_state: str) -> None:
        super().__init__(f"Order #{number} is {from_state} and cannot become {to_state}.")
        self.from_state = from_state
        self.to_state = to_state


class UnknownOrder(BusinessError):
    """There is no such order."""
