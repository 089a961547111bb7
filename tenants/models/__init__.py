"""What lives once, in the public schema. `shops`: who trades and who may do what; `directory`: how customers find them."""

from tenants.models.directory import (
    DirectoryMessage,
    DirectoryPhoto,
    Favourite,
    QrCode,
    QrCodeDay,
    Shopper,
    ShopperName,
    ShopVisit,
)
from tenants.models.owners import OwnerPhone
from tenants.models.shops import (
    AuditEntry,
    Domain,
    Membership,
    Role,
    SchemaTemplate,
    Shop,
    User,
    WhatsAppNumber,
    all_languages,
    new_schema_name,
    slug_validator,
)
from tenants.models.signing_in import LoginFailure, ResetRequest

__all__ = [
    "AuditEntry",
    "DirectoryMessage",
    "DirectoryPhoto",
    "Domain",
    "Favourite",
    "LoginFailure",
    "Membership",
    "OwnerPhone",
    "QrCode",
    "QrCodeDay",
    "ResetRequest",
    "Role",
    "SchemaTemplate",
    "Shop",
    "ShopVisit",
    "Shopper",
    "ShopperName",
    "User",
    "WhatsAppNumber",
    "all_languages",
    "new_schema_name",
    "slug_validator",
]
