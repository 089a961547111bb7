"""Secrets and personal bytes at rest: AES-256-GCM with a key id in front, bound to the place they are kept in.

A sealed value is `<key id>:<12 bytes nonce><ciphertext and tag>`. The place (`table.column`) is authenticated with it,
so a value copied into another column does not open. Keys come from `settings.FIELD_KEYS`, newest first: the newest
seals, all open. A value that does not open raises; its ciphertext never passes as text.
"""

import json
import secrets
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.conf import settings
from django.db import models

from shopme.lib.errors import BusinessError

if TYPE_CHECKING:
    from django.db.backends.base.base import BaseDatabaseWrapper
    from django.db.models import Field as DjangoField

    TextBase = DjangoField[str | None, str | None]
    JsonBase = DjangoField[Any, Any]
else:
    TextBase = JsonBase = models.Field

NONCE_OCTETS = 12


class CannotDecrypt(BusinessError):
    """The value was sealed for another place, by an unknown key, or was changed."""


@lru_cache(maxsize=64)
def _cipher(key: bytes) -> AESGCM:
    return AESGCM(key)


def encrypt_bytes(data: bytes, *, place: str) -> bytes:
    """`data` sealed with the newest key for `place` (`table.column`)."""
    key_id, key = next(iter(settings.FIELD_KEYS.items()))
    nonce = secrets.token_bytes(NONCE_OCTETS)
    return b"%b:%b%b" % (key_id.encode(), nonce, _cipher(key).encrypt(nonce, data, place.encode()))


def decrypt_bytes(sealed: bytes, *, place: str) -> bytes:
    """What `encrypt_bytes` sealed for the same place. Refuses: `CannotDecrypt`."""
    key_id, separator, rest = bytes(sealed).partition(b":")
    key = settings.FIELD_KEYS.get(key_id.decode("ascii", "replace")) if separator else None
    if key is None:
        raise CannotDecrypt(f"A value of {place} was sealed with a key that is not in FIELD_KEYS.")
    try:
        return _cipher(key).decrypt(rest[:NONCE_OCTETS], rest[NONCE_OCTETS:], place.encode())
    except (InvalidTag, ValueError) as problem:
        raise CannotDecrypt(f"A value of {place} does not open: it was changed or moved.") from problem


class _Sealed(models.Field):  # type: ignore[type-arg]
    """The column of sealed values: bytea. Not searchable and not sortable; use a blind index for look-ups."""

    empty_strings_allowed = True

    def get_internal_type(self) -> str:
        return "BinaryField"

    @property
    def place(self) -> str:
        return f"{self.model._meta.db_table}.{self.column}"  # noqa: SLF001  (Django's public way to a table's name)

    def get_lookup(self, lookup_name: str) -> Any:
        return super().get_lookup(lookup_name) if lookup_name == "isnull" else None


class EncryptedTextField(_Sealed, TextBase):
    """Text that is sealed in the database and plain in Python; empty text is kept as empty bytes."""

    def get_db_prep_value(self, value: Any, connection: "BaseDatabaseWrapper", prepared: bool = False) -> Any:
        if value is None:
            return None
        return encrypt_bytes(str(value).encode(), place=self.place) if value else b""

    def from_db_value(self, value: Any, _expression: Any, _connection: "BaseDatabaseWrapper") -> str | None:
        if value is None:
            return None
        sealed = bytes(value)
        return decrypt_bytes(sealed, place=self.place).decode() if sealed else ""


class EncryptedJSONField(_Sealed, JsonBase):
    """A JSON value that is sealed in the database."""

    def get_db_prep_value(self, value: Any, connection: "BaseDatabaseWrapper", prepared: bool = False) -> Any:
        if value is None:
            return None
        return encrypt_bytes(json.dumps(value).encode(), place=self.place)

    def from_db_value(self, value: Any, _expression: Any, _connection: "BaseDatabaseWrapper") -> Any:
        return None if value is None else json.loads(decrypt_bytes(bytes(value), place=self.place))
