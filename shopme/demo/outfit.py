"""What a demo shop has around its chat: codes on its tables and flyers, and templates Meta has approved."""

from datetime import datetime, timedelta
from random import Random

from catalog.models import Product
from conversations.templates.models import Template
from conversations.templates.starters import create_starters, starters
from conversations.transport.models import StandInThing
from tenants.models import QrCode, QrCodeDay, Shop, User, WhatsAppNumber
from tenants.services.qr_codes import CodeWish, create_codes

TABLES = 6
DAYS = 30
# What Meta has not answered yet, so that the demo shows a review, too.
IN_REVIEW = "follow_up"


def print_codes(shop: Shop, *, by: User, luck: Random, now: datetime) -> None:
    """A code for the door, one for each table, one for the first product and one for a flyer, opened for a month."""
    product = Product.objects.filter(status="published").order_by("position", "id").first()
    wishes = [CodeWish("menu", "At the door"), CodeWish("campaign", "Summer flyer")]
    wishes += [CodeWish("place", f"Table {place}") for place in range(1, TABLES + 1)]
    if product is not None:
        wishes.append(CodeWish("product", product.name[:60], product.pk))
    codes = create_codes(shop=shop, wishes=wishes, actor=by)
    QrCode.objects.filter(pk=codes[-1].pk).update(is_active=False)
    QrCodeDay.objects.bulk_create(
        QrCodeDay(code=code, day=(now - timedelta(days=ago)).date(), scans=scans, chats=luck.randint(0, scans))
        for code in codes[:-1]
        for ago in range(DAYS)
        if (scans := luck.randint(0, 9))
    )


def have_templates(shop: Shop, number: WhatsAppNumber, *, by: User, now: datetime) -> None:
    """The ready-made templates in the shop's language and in English, approved but for one; the stand-in knows them."""
    drafts = create_starters(
        waba_id=number.waba_id,
        purposes=[starter.purpose for starter in starters()],
        languages=list(dict.fromkeys([shop.language, "en"])),
        shop_name=shop.name,
        actor=by,
    )
    for template in drafts:
        is_waiting = template.purpose.endswith(IN_REVIEW)
        template.provider_id = f"77{int(number.waba_id) % 10**6:06d}{template.pk:08d}"
        template.status = Template.Status.PENDING if is_waiting else Template.Status.APPROVED
        template.quality = Template.Quality.UNKNOWN if is_waiting else Template.Quality.GREEN
        template.submitted_by_id, template.submitted_at = by.pk, now - timedelta(days=9)
        template.status_at = template.last_synced_at = now - timedelta(days=8)
    Template.objects.bulk_update(
        drafts,
        ["provider_id", "status", "quality", "submitted_by_id", "submitted_at", "status_at", "last_synced_at"],
    )
    StandInThing.objects.bulk_create(_at_meta(template) for template in drafts)


def _at_meta(template: Template) -> StandInThing:
    """The same template as the stand-in keeps it."""
    record = {
        "id": template.provider_id,
        "name": template.name,
        "language": template.language,
        "category": template.category,
        "status": template.status.upper(),
        "components": template.components,
        "parameter_format": "NAMED" if template.is_named else "POSITIONAL",
        "rejected_reason": "NONE",
        "quality_score": {"score": template.quality},
        "_since": template.submitted_at.timestamp() if template.submitted_at else 0,
    }
    return StandInThing(kind="template", owner=template.waba_id, key=template.provider_id, data=record)
