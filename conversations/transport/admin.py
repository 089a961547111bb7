"""The platform's desk: what calls its people, and its dead letters with the two things one can do about them."""

from collections.abc import Callable
from typing import Any

from django.contrib import admin, messages
from django.contrib.admin import EmptyFieldListFilter
from django.contrib.admin.helpers import ActionForm
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.forms import CharField
from django.http import HttpRequest, HttpResponse
from django.utils.timesince import timesince

from conversations.transport.giving_up import dead_letters
from conversations.transport.giving_up.dead_letters import Decision
from conversations.transport.health import number_alerts
from conversations.transport.models import (
    DeadEvent,
    DeadSend,
    InboxEvent,
    NumberFacts,
    NumberNews,
    OutboxItem,
    PlatformAlert,
    PoisonWebhook,
    SharedTemplate,
    WebhookRaw,
)
from conversations.transport.providers.registry import news_in_words
from shopme.lib.errors import BusinessError
from tenants.admin import ReadOnly, desk
from tenants.models import User
from tenants.queries import PLATFORM, UnknownNumber, UnknownShop, number_by_id, owner_by_id, shared_numbers


def _name_of(number_id: int | None) -> str:
    try:
        return str(number_by_id(number_id or 0))
    except UnknownNumber:
        return ""


@admin.register(PlatformAlert, site=desk)
class PlatformAlertAdmin(ReadOnly):
    """What is wrong with the shared number, and what nobody but the platform can mend. What was read calls no more."""

    list_display = ["sentence", "advice", "severity", "number", "since", "acknowledged_at", "resolved_at"]
    list_display_links = None
    list_filter = [("acknowledged_at", EmptyFieldListFilter), ("resolved_at", EmptyFieldListFilter), "severity"]
    ordering = ["-since", "-id"]
    actions = ["read"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[PlatformAlert]:
        return super().get_queryset(request).filter(shop_id=None)

    @admin.display(description="number")
    def number(self, alert: PlatformAlert) -> str:
        """The number it is about, or at which it was first seen."""
        return _name_of(alert.number_id)

    @admin.action(description="I have read it")
    def read(self, request: HttpRequest, chosen: QuerySet[PlatformAlert]) -> None:
        """Mark as read; what is no lasting state is over with that."""
        if not isinstance(request.user, User):
            raise PermissionDenied
        for alert_id in list(chosen.filter(resolved_at=None).values_list("pk", flat=True)):
            number_alerts.acknowledge(shop=None, alert_id=alert_id, actor=request.user)
        self.message_user(request, "Noted.", messages.SUCCESS)


@admin.register(SharedTemplate, site=desk)
class SharedTemplateAdmin(ReadOnly):
    """What every shop on the shared number may say outside the 24 hours. `manage.py shared_templates --make` makes them."""

    list_display = ["name", "language", "status", "category", "purpose", "reason", "synced_at"]
    list_display_links = None
    list_filter = ["status", "language", "purpose"]
    ordering = ["name", "language"]

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """An empty list says how it is filled."""
        empty = "None yet: “manage.py shared_templates --make” hands WhatsApp the ready ones"
        title = "Templates of the shared number" if SharedTemplate.objects.exists() else empty
        return super().changelist_view(request, {"title": title, **(extra_context or {})})


@admin.register(NumberFacts, site=desk)
class NumberFactsAdmin(ReadOnly):
    """What is known of the platform's own numbers. Those of shops are on the shops' pages."""

    list_display = ["number", "status", "quality", "daily_limit", "ban_state", "token_expires_at", "checked_at"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[NumberFacts]:
        own = list(shared_numbers().values_list("pk", flat=True))
        return super().get_queryset(request).filter(number_id__in=own)

    @admin.display(description="number")
    def number(self, known: NumberFacts) -> str:
        """As people know it."""
        return _name_of(known.number_id)


@admin.register(NumberNews, site=desk)
class NumberNewsAdmin(ReadOnly):
    """What WhatsApp said of the platform's own numbers, as it came."""

    list_display = ["at", "field", "said", "is_understood"]
    list_filter = ["field", "is_understood"]
    ordering = ["-at", "-id"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[NumberNews]:
        return super().get_queryset(request).filter(shop_id=PLATFORM)

    @admin.display(description="said")
    def said(self, news: NumberNews) -> str:
        """In words."""
        return " · ".join(filter(None, news_in_words(news.field, news.value)))


class DecisionForm(ActionForm):
    """What is to be done with the chosen rows, and why."""

    reason = CharField(required=False, max_length=200, strip=True)


class DeadLetters(ReadOnly):
    """Rows that wait for a person. Their content is not shown: it is the shop's."""

    action_form = DecisionForm
    actions = ["retry", "discard"]
    list_display_links = None
    states: tuple[str, ...] = ()

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return super().get_queryset(request).filter(state__in=self.states).order_by("id")

    @admin.display(description="shop")
    def shop(self, row: Any) -> str:
        """The shop's slug; empty for what belongs to none."""
        if row.shop_id is None:
            return ""
        try:
            return owner_by_id(row.shop_id).slug or "platform"
        except UnknownShop:
            return f"#{row.shop_id}"

    @admin.display(description="age", ordering="created_at")
    def age(self, row: Any) -> str:
        return timesince(row.created_at)

    @admin.action(description="Retry")
    def retry(self, request: HttpRequest, chosen: QuerySet[Any]) -> None:
        self._decide(request, chosen, self.retry_one, "tried again")

    @admin.action(description="Discard (say why)")
    def discard(self, request: HttpRequest, chosen: QuerySet[Any]) -> None:
        self._decide(request, chosen, self.discard_one, "let go")

    def _decide(
        self, request: HttpRequest, chosen: QuerySet[Any], act: Callable[[int, Decision], None], done: str
    ) -> None:
        actor = request.user if isinstance(request.user, User) else None
        by = Decision(actor, request.POST.get("reason", "").strip())
        refusals: list[str] = []
        keys = list(chosen.values_list("pk", flat=True))
        for key in keys:
            try:
                act(key, by)
            except BusinessError as refusal:
                refusals.append(str(refusal))
        if count := len(keys) - len(refusals):
            self.message_user(request, f"{count} {done}.", messages.SUCCESS)
        for sentence in sorted(set(refusals)):
            self.message_user(request, f"{refusals.count(sentence)} left as it was: {sentence}", messages.WARNING)

    def retry_one(self, key: int, by: Decision) -> None:
        """Try one row again."""
        raise NotImplementedError

    def discard_one(self, key: int, by: Decision) -> None:
        """Let one row go."""
        raise NotImplementedError


@admin.register(DeadEvent, site=desk)
class DeadEventAdmin(DeadLetters):
    states = (InboxEvent.State.DEAD, InboxEvent.State.QUARANTINED)
    list_display = ["id", "shop", "kind", "state", "last_error", "attempts", "age"]
    list_filter = ["state", "kind"]
    search_fields = ["lane", "=shop_id"]
    exclude = ["data"]

    def retry_one(self, key: int, by: Decision) -> None:
        dead_letters.retry_event(event_id=key, by=by)

    def discard_one(self, key: int, by: Decision) -> None:
        dead_letters.discard_event(event_id=key, by=by)


@admin.register(PoisonWebhook, site=desk)
class PoisonWebhookAdmin(DeadLetters):
    states = (WebhookRaw.State.POISON,)
    list_display = ["id", "shop", "kind", "error", "age"]
    exclude = ["body", "body_sha256", "headers"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        kept = super().get_queryset(request).select_related("endpoint")
        return kept.defer("body", "endpoint__secrets", "endpoint__verify_token")

    @admin.display(description="shop")
    def shop(self, row: Any) -> str:
        return super().shop(row.endpoint)

    @admin.display(description="kind")
    def kind(self, row: PoisonWebhook) -> str:
        return f"{row.endpoint.kind} webhook"

    @admin.display(description="age", ordering="received_at")
    def age(self, row: PoisonWebhook) -> str:
        return timesince(row.received_at)

    def retry_one(self, key: int, by: Decision) -> None:
        dead_letters.retry_webhook(raw_id=key, by=by)

    def discard_one(self, key: int, by: Decision) -> None:
        dead_letters.discard_webhook(raw_id=key, by=by)


@admin.register(DeadSend, site=desk)
class DeadSendAdmin(DeadLetters):
    states = (OutboxItem.State.DEAD,)
    list_display = ["id", "shop", "send_class", "last_error", "error_code", "attempts", "age"]
    list_filter = ["send_class"]
    search_fields = ["lane", "=shop_id"]
    exclude = ["token"]

    def retry_one(self, key: int, by: Decision) -> None:
        dead_letters.retry_send(outbox_id=key, by=by)

    def discard_one(self, key: int, by: Decision) -> None:
        dead_letters.discard_send(outbox_id=key, by=by)
