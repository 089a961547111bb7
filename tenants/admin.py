"""The platform's desk: `/admin/` on the platform host, for its own staff."""

from typing import Any, ClassVar

from django import forms
from django.contrib import admin
from django.contrib.admin import AdminSite, ModelAdmin
from django.http import HttpRequest

from tenants.access import is_platform_staff
from tenants.models import AuditEntry, Domain, Membership, Shop, User, WhatsAppNumber
from tenants.services.numbers import change_token


class PlatformDesk(AdminSite):
    """Opens only to staff who signed in at the platform's host."""

    site_title = site_header = "ShopMe platform"
    index_title = "Shops and people"

    def has_permission(self, request: HttpRequest) -> bool:
        return request.user.is_active and is_platform_staff(request)


desk = PlatformDesk(name="admin")


class ReadOnly(ModelAdmin):  # type: ignore[type-arg]
    """Rows that services write and people only read."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(Shop, site=desk)
class ShopAdmin(ReadOnly):
    """Shops are opened, suspended and resumed by their commands and services, never by a form."""

    list_display = ["name", "slug", "status", "currency", "country", "created_at"]
    list_filter = ["status", "country"]
    search_fields = ["name", "slug"]


@admin.register(Domain, site=desk)
class DomainAdmin(ReadOnly):
    list_display = ["domain", "tenant", "is_primary"]
    search_fields = ["domain"]


@admin.register(User, site=desk)
class UserAdmin(ModelAdmin):  # type: ignore[type-arg]
    """People may be renamed, made staff or locked out; passwords are set by their owners."""

    list_display = ["email", "name", "is_staff", "is_active", "created_at"]
    list_filter = ["is_staff", "is_active"]
    search_fields = ["email", "name"]
    fields = ["email", "name", "is_staff", "is_active", "last_login"]
    readonly_fields = ["email", "last_login"]

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(Membership, site=desk)
class MembershipAdmin(ReadOnly):
    list_display = ["user", "shop", "role", "is_active"]
    list_filter = ["role", "is_active"]
    list_select_related = ["user", "shop"]
    search_fields = ["user__email", "shop__slug"]


class NewTokenForm(forms.ModelForm):  # type: ignore[type-arg]
    """Replaces a number's access token."""

    new_token = forms.CharField(max_length=1000, widget=forms.PasswordInput(attrs={"autocomplete": "off"}))

    class Meta:
        model = WhatsAppNumber
        fields: ClassVar[list[str]] = []


@admin.register(WhatsAppNumber, site=desk)
class WhatsAppNumberAdmin(ReadOnly):
    """Without the access token: it is not for reading. A new one may be written, to replace it."""

    list_display = ["display_name", "phone", "provider", "shop", "is_active"]
    list_filter = ["provider", "kind", "is_active"]
    list_select_related = ["shop"]
    form = NewTokenForm
    fields = ["display_name", "phone", "provider", "shop", "phone_number_id", "waba_id", "is_active", "new_token"]
    readonly_fields = ["display_name", "phone", "provider", "shop", "phone_number_id", "waba_id", "is_active"]

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self.has_view_permission(request, obj)

    def save_model(self, request: HttpRequest, obj: WhatsAppNumber, form: Any, change: bool) -> None:
        actor = request.user if isinstance(request.user, User) else None
        change_token(number=obj, token=form.cleaned_data["new_token"], actor=actor)


@admin.register(AuditEntry, site=desk)
class AuditEntryAdmin(ReadOnly):
    list_display = ["at", "action", "subject", "shop", "actor"]
    list_filter = ["action"]
    list_select_related = ["shop", "actor"]
    date_hierarchy = "at"
