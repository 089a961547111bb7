"""What to do about a number, in the words of whoever is called: its shop's people, or the platform's at their desk."""

from dataclasses import dataclass
from typing import Final

from tenants.models import WhatsAppNumber


@dataclass(frozen=True, slots=True)
class Advice:
    """The same advice twice: a shop has a page for each number, the desk for the shared number has rows and commands."""

    shop: str
    desk: str

    def about(self, number: WhatsAppNumber) -> str:
        """As those read it who are called about this number."""
        return self.desk if number.shop_id is None else self.shop


NEW_TOKEN: Final = Advice(
    "Enter a new token on the page of the number. Messages wait until then.",
    "Write a new token at the desk: WhatsApp numbers, the number, New token. Messages wait until then.",
)
LASTING_TOKEN: Final = Advice(
    "Make one of a system user, which does not end, and enter it on the page of the number.",
    "Make one of a system user, which does not end, and write it at the desk: WhatsApp numbers, the number, New token.",
)
WAIT: Final = Advice(
    "Messages wait until it sends again. The page of the number says more.",
    "Messages wait until it sends again. Number facts and Number news at the desk say more.",
)
CHECKS: Final = Advice(
    "Run the checks of the number: each says what to do.",
    "Look at the number in Meta's WhatsApp Manager: is it connected, is its account still shared with ShopMe's business, "
    "is ShopMe's app subscribed to that account? It is asked for again once a day.",
)
RECONNECT: Final = Advice(
    "Connect it again in Meta's WhatsApp Manager or in the WhatsApp Business app, then run its checks here.",
    "Connect it again in Meta's WhatsApp Manager. It sends by itself once WhatsApp says so.",
)
GIVE_BACK: Final = Advice(
    "Give ShopMe's app access again in Meta's business settings, then run the checks of this number.",
    "Give ShopMe's app access again in Meta's business settings. It sends by itself once WhatsApp says so.",
)
