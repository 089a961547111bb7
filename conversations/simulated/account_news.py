"""What Meta does to the shop's number, its account and its templates, by the names the page has for it."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Final

from conversations.transport.providers.simulator import number_switches as numbers
from conversations.transport.providers.simulator import template_switches as templates
from shopme.lib.errors import BusinessError
from tenants.models import WhatsAppNumber


class NoSuchDecision(BusinessError):
    """Meta decides nothing of that kind, or not about this account's templates."""


@dataclass(frozen=True, slots=True)
class News:
    """One thing that may happen to a number: its key, what the page calls it, and what does it."""

    key: str
    label: str
    act: Callable[[WhatsAppNumber], None]


@dataclass(frozen=True, slots=True)
class Decision:
    """One thing Meta may decide about a template, by its id."""

    key: str
    label: str
    act: Callable[[str], None]


def _rename(decision: str, reason: str | None, number: WhatsAppNumber) -> None:
    numbers.set_name_decision(number, decision, name=number.display_name, reason=reason)


LOST_PICTURE: Final = "PROFILE_PICTURE_LOST"
# By what they are about, in the order of the page.
NUMBER_NEWS: Final = {
    "Quality and limits": (
        News("GREEN", "Quality: high", lambda number: numbers.set_quality(number, "GREEN")),
        News("YELLOW", "Quality: medium", lambda number: numbers.set_quality(number, "YELLOW")),
        News("RED", "Quality: low", lambda number: numbers.set_quality(number, "RED")),
        News("TIER_250", "Limit: 250 people a day", lambda number: numbers.set_tier(number, "TIER_250")),
        News("TIER_10K", "Limit: 10,000 people a day", lambda number: numbers.set_tier(number, "TIER_10K")),
        News("throughput", "More messages a second", numbers.upgrade_throughput),
    ),
    "Name and connection": (
        News("APPROVED", "The name is approved", partial(_rename, "APPROVED", None)),
        News("REJECTED", "The name is refused", partial(_rename, "REJECTED", "NAME_NOT_CONSISTENT")),
        News("disconnect", "Disconnected by the phone app", numbers.disconnect),
        News("reconnect", "Connected again", numbers.reconnect),
        News("expire", "The token expires", lambda number: numbers.expire_token(number.access_token)),
        News("app_out", "ShopMe's app is taken out", numbers.take_app_away),
        News("app_in", "ShopMe's app is let in again", lambda number: numbers.take_app_away(number, is_back=True)),
    ),
    "Bans and restrictions": (
        News("ban_soon", "Will be banned in three days", lambda number: numbers.ban(number, "SCHEDULE_FOR_DISABLE")),
        News("ban", "Banned", lambda number: numbers.ban(number, "DISABLE")),
        News("ban_over", "The ban is lifted", lambda number: numbers.ban(number, "REINSTATE")),
        News(
            "restricted",
            "May not write first, for a week",
            lambda number: numbers.restrict(number, "RESTRICTED_BIZ_INITIATED_MESSAGING"),
        ),
        News(
            "restricted_all",
            "May not even answer, for a week",
            lambda number: numbers.restrict(number, "RESTRICTED_CUSTOMER_INITIATED_MESSAGING"),
        ),
        News("unrestricted", "The restrictions are lifted", numbers.restrict),
        News("violation", "Broke a rule of Meta's", lambda number: numbers.violate(number, "SCAM")),
    ),
    "Account and notices": (
        News("review_no", "The account is rejected", lambda number: numbers.review_account(number, "REJECTED")),
        News("review_yes", "The account is approved", lambda number: numbers.review_account(number, "APPROVED")),
        News(
            "alert",
            "The profile picture was lost",
            lambda number: numbers.alert(number, LOST_PICTURE, words="The profile picture was lost."),
        ),
        News("pin", "Its PIN was changed", lambda number: numbers.security(number, "PIN_CHANGED")),
        News("pin_reset", "Somebody wants its PIN off", lambda number: numbers.security(number, "PIN_RESET_REQUEST")),
        News("future", "News of the future", numbers.of_the_future),
    ),
    "Reviews of templates from now on": (
        News("reviews_by_words", "Decided by their words", lambda number: templates.set_review(number.waba_id, "")),
        News("reviews_yes", "All approved", lambda number: templates.set_review(number.waba_id, "approve")),
        News("reviews_no", "All rejected", lambda number: templates.set_review(number.waba_id, "reject")),
        News("reviews_wait", "Left for you to decide", lambda number: templates.set_review(number.waba_id, "wait")),
    ),
}
_NEWS: Final = {news.key: news for group in NUMBER_NEWS.values() for news in group}
# In the order Meta usually decides them.
DECISIONS: Final = (
    Decision("approve", "Approve it", templates.approve_template),
    Decision("reject", "Reject it", templates.reject_template),
    Decision("pause", "Pause it for low quality", templates.pause_template),
    Decision("unpause", "End the pause", templates.unpause_template),
    Decision("GREEN", "Quality: high", lambda key: templates.set_quality(key, "GREEN")),
    Decision("YELLOW", "Quality: medium", lambda key: templates.set_quality(key, "YELLOW")),
    Decision("RED", "Quality: low", lambda key: templates.set_quality(key, "RED")),
    Decision("soon_offer", "Will be an offer in a week", lambda key: templates.announce_category(key, "MARKETING")),
    Decision("offer", "Is an offer now", lambda key: templates.set_category(key, "MARKETING")),
    Decision("utility", "Is about an order now", lambda key: templates.set_category(key, "UTILITY")),
    Decision("doubt", "Its category seems wrong", templates.doubt_category),
    Decision("reword", "Its words are changed at Meta", templates.reword),
)
_DECISIONS: Final = {decision.key: decision for decision in DECISIONS}


def happen_to_number(number: WhatsAppNumber, key: str) -> None:
    """The news `key` happens to the number, and the webhook tells it. Refuses: `NoSuchDecision`."""
    news = _NEWS.get(key)
    if news is None:
        raise NoSuchDecision("Choose what happens to the number.")
    news.act(number)


def templates_of(number: WhatsAppNumber) -> list[tuple[str, str]]:
    """(id, name and language) of every template the account has at the stand-in."""
    things = templates.templates_at_meta(number.waba_id)
    return [(thing.key, f"{thing.data['name']} · {thing.data['language']}") for thing in things]


def decide_template(number: WhatsAppNumber, *, provider_id: str, decision: str) -> None:
    """Meta decides, and tells it by a webhook. Refuses: `NoSuchDecision`."""
    found = _DECISIONS.get(decision)
    if found is None or provider_id not in dict(templates_of(number)):
        raise NoSuchDecision("Choose a template and what happens to it.")
    found.act(provider_id)
