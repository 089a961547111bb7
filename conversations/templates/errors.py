"""What is refused about templates, in sentences."""

from shopme.lib.errors import BusinessError


class NoSuchTemplate(BusinessError):
    """There is no such template in this shop."""


class NameTaken(BusinessError):
    """A template of this name and language exists."""


class NameRests(BusinessError):
    """Meta blocks the name of a deleted approved template for a while."""


class CannotSubmit(BusinessError):
    """Only a draft can be submitted, and only one call at a time."""


class CannotEdit(BusinessError):
    """Meta takes no change of the template now."""


class CannotDelete(BusinessError):
    """Meta does not let go of it."""


class CannotUnpause(BusinessError):
    """Only a paused template can be let go on."""


class RefusedByWhatsApp(BusinessError):
    """WhatsApp said no, in the words of the sentence."""


class CannotUse(BusinessError):
    """A message of this template would not be delivered: its state, or its values."""
