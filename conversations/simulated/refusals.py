"""Why a phone of the simulator cannot be played."""

from shopme.lib.errors import BusinessError


class NotAPhoneOfOurs(BusinessError):
    """Only customers of the simulator's number and numbers that belong to nobody may be played."""


class NoNumber(BusinessError):
    """The shop has no number on the simulator yet."""
