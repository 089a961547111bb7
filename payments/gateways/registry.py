"""Which gateways there are: one line each."""

from django.conf import settings

from payments.gateways.base import AccountFacts, Gateway, GatewayError
from payments.gateways.ozow import OzowGateway
from payments.gateways.simulated import SimulatedGateway
from payments.gateways.yoco import YocoGateway

GATEWAYS: dict[str, type[Gateway]] = {
    OzowGateway.code: OzowGateway,
    SimulatedGateway.code: SimulatedGateway,
    YocoGateway.code: YocoGateway,
}


class GatewayNotAllowed(GatewayError):
    """The gateway is unknown here, or simulated where real money is taken."""


def gateway_class(code: str) -> type[Gateway]:
    """The gateway called `code`. Refuses: `GatewayNotAllowed`."""
    found = GATEWAYS.get(code)
    if found is None:
        raise GatewayNotAllowed(f"There is no gateway “{code}”.")
    if found.is_simulated and not settings.SIMULATED_GATEWAY:
        raise GatewayNotAllowed("Simulated payments are switched off on this installation.")
    return found


def build(code: str, account: AccountFacts) -> Gateway:
    """The gateway `code` for one account and one call. Refuses: `GatewayNotAllowed`."""
    return gateway_class(code)(account)


def redirect_hosts() -> list[str]:
    """Where a form of ours may lead besides our own host: browsers check the redirect that follows a post."""
    return sorted({f"https://{host}" for gateway in GATEWAYS.values() for host in gateway.redirect_hosts})
