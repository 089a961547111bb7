"""Telling people once: a merchant about their number, the people of the platform about what nobody understands."""

from collections.abc import Sequence
from typing import Final

import structlog
from django.utils import timezone

from conversations.transport.models import Alert
from shopme.lib import hot
from tenants.context import inside
from tenants.live import announce
from tenants.queries import UnknownShop, shop_by_id

log = structlog.get_logger(__name__)
SENDING_STOPPED: Final = "sending_stopped"
ERROR_CODE: Final = "error_code"
ODD_ANSWER: Final = "odd_answer"

_TELL: Final = """
INSERT INTO public.transport_alert (key, kind, shop_id, number_id, sentence, error_code)
VALUES (%s, %s, %s, %s, %s, %s) ON CONFLICT (key) DO NOTHING RETURNING id
"""


def tell(
    *, key: str, kind: str, sentence: str, shop_id: int | None, number_id: int | None = None, error_code: str = ""
) -> bool:
    """Tell a shop, or the platform when there is none; False when it was told already."""
    shop_id = shop_id or None  # 0 is the platform too
    values = [key[:120], kind, shop_id, number_id, sentence[:300], error_code[:20]]
    is_news = bool(hot.rows(_TELL, values))
    if is_news:
        log.error("alert", kind=kind, shop_id=shop_id, number_id=number_id, error_code=error_code)
        _show(shop_id)
    return is_news


def _show(shop_id: int | None) -> None:
    """Open pages of the shop look again."""
    if shop_id is None:
        return
    try:
        with inside(shop_by_id(shop_id), allow_suspended=True):
            announce("problems")
    except UnknownShop:
        log.info("alert_without_shop", shop_id=shop_id)


def open_alerts(shop_id: int | None) -> Sequence[Alert]:
    """What a shop, or the platform, was told and nobody has put aside; newest first."""
    return list(Alert.objects.filter(shop_id=shop_id, done_at=None).order_by("-id")[:50])


def put_aside(*, alert_id: int, shop_id: int | None) -> bool:
    """Somebody has read it; False when there is no such open alert."""
    mine = Alert.objects.filter(pk=alert_id, shop_id=shop_id, done_at=None)
    return bool(mine.update(done_at=timezone.now()))


def sending_again(*, number_id: int) -> None:
    """The number sends again: what told that it does not is over."""
    Alert.objects.filter(number_id=number_id, kind=SENDING_STOPPED, done_at=None).update(done_at=timezone.now())
