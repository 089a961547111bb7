"""Every kind of message in the inbox of a real browser: wide and narrow, light and dark."""

from collections.abc import Callable, Sequence

import pytest
from django.utils import timezone
from playwright.sync_api import Page

from conversations.models import Conversation
from tenants.context import inside
from tenants.models import Shop
from tests.browser.looking import Stop
from tests.journeys.conftest import Bakery, stocked
from tests.payloads import recorded
from tests.payloads.playing import arrive, work

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
Walk = Callable[..., None]
# One person each, so that every thread fits a screen or two.
THREADS = {
    "answers": ("text_from_ad", "text_quoting", "flow_reply", "order", "reaction"),
    "people": ("contacts", "contacts_without_name", "location_of_place", "text_about_product", "text_forwarded_often"),
    "files": ("image", "voice_note", "document", "sticker", "edit", "revoke"),
    "app": ("echo_text", "echo_edited_and_revoked"),
    "odd": ("unsupported_poll", "unsupported_too_big", "type_of_the_future", "flow_reply_malformed", "address_reply"),
    "news": ("request_welcome", "call_permission_reply", "reaction_to_unknown", "revoke_unknown", "history", "standby"),
}


def played(bakery: Bakery, place: int, names: Sequence[str]) -> int:
    """A thread with these bodies, all of one person; its id."""
    number, digits = bakery.number, f"2782123010{place}".encode()
    for name in names:
        body = recorded(
            name,
            phone_number_id=number.phone_number_id,
            waba_id=number.waba_id,
            phone=number.phone,
            at=timezone.now(),
        )
        body = body.replace(b"27821230001", digits).replace(b"ZA.7700112233", b"ZA.P" + digits)
        arrive(body)
        work()
    return int(Conversation.objects.get(customer__phone=f"+{digits.decode()}").pk)


def opens_edits(page: Page) -> None:
    """Former words are shown where there are some; the thread stands at its end."""
    for summary in page.locator("details.edited > summary").all():
        summary.click()
    page.evaluate("document.querySelector('#thread-scroll').scrollTop = 1e6")
    page.wait_for_timeout(200)


def test_every_kind_of_message_is_drawn_well(amber: Shop, walk: Walk) -> None:
    with inside(amber):
        bakery = stocked(amber)
        threads = {name: played(bakery, place, names) for place, (name, names) in enumerate(THREADS.items())}

    walk(amber, {f"kinds-{name}": Stop(f"/inbox/{pk}/", then=opens_edits) for name, pk in threads.items()})
