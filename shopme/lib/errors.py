"""The one family of refusals. Doors turn them into a form error, a 409 or a chat line; anything else is a bug."""


class BusinessError(Exception):
    """A wish that a rule refuses. Subclasses are named as the sentence: `NotEnoughPoints`, `OutOfStock`."""
