"""Sealed values open in their place, with a key we have, unchanged; or they raise."""

from typing import Any

import pytest
from django.db import connection, models
from django.test.utils import isolate_apps

from shopme.lib.encryption import (
    CannotDecrypt,
    EncryptedJSONField,
    EncryptedTextField,
    decrypt_bytes,
    encrypt_bytes,
)

OLD, NEW = {"old": b"o" * 32}, {"new": b"n" * 32}


@pytest.fixture(autouse=True)
def _keys(settings) -> None:
    settings.FIELD_KEYS = {**NEW, **OLD}


@pytest.mark.parametrize("data", [b"", b"a", "höi 👋".encode(), b"\x00\xff:" * 1000])
def test_a_sealed_value_opens_in_its_place(data: bytes) -> None:
    sealed = encrypt_bytes(data, place="t.c")

    assert decrypt_bytes(sealed, place="t.c") == data
    assert sealed.startswith(b"new:")
    assert len(sealed) == len(b"new:") + 12 + len(data) + 16


def test_the_same_value_never_seals_the_same() -> None:
    assert encrypt_bytes(b"a", place="t.c") != encrypt_bytes(b"a", place="t.c")


def test_it_opens_nowhere_else() -> None:
    with pytest.raises(CannotDecrypt, match=r"t\.other"):
        decrypt_bytes(encrypt_bytes(b"a", place="t.c"), place="t.other")


def test_every_changed_byte_is_noticed() -> None:
    sealed = encrypt_bytes(b"secret", place="t.c")
    for index in range(len(sealed)):
        changed = bytearray(sealed)
        changed[index] ^= 1
        with pytest.raises(CannotDecrypt):
            decrypt_bytes(bytes(changed), place="t.c")


@pytest.mark.parametrize("odd", [b"", b"plain text", b"new:", b"new:short", b"gone:" + b"x" * 40, b"\xff:" + b"x" * 40])
def test_what_was_never_sealed_raises_instead_of_passing_as_text(odd: bytes) -> None:
    with pytest.raises(CannotDecrypt):
        decrypt_bytes(odd, place="t.c")


def test_after_a_rotation_old_values_still_open_and_new_ones_use_the_new_key(settings) -> None:
    settings.FIELD_KEYS = OLD
    before = encrypt_bytes(b"a", place="t.c")
    settings.FIELD_KEYS = {**NEW, **OLD}

    assert decrypt_bytes(before, place="t.c") == b"a"
    assert encrypt_bytes(b"a", place="t.c").startswith(b"new:")

    settings.FIELD_KEYS = NEW
    with pytest.raises(CannotDecrypt, match="not in FIELD_KEYS"):
        decrypt_bytes(before, place="t.c")


def test_a_key_under_the_same_name_but_another_value_does_not_open(settings) -> None:
    sealed = encrypt_bytes(b"a", place="t.c")
    settings.FIELD_KEYS = {"new": b"x" * 32}

    with pytest.raises(CannotDecrypt):
        decrypt_bytes(sealed, place="t.c")


@pytest.fixture
def sealed_model() -> Any:
    """A model of sealed fields that no registry keeps."""
    with isolate_apps("shopme"):

        class Sealed(models.Model):
            text = EncryptedTextField(default="")
            document = EncryptedJSONField(null=True)

            class Meta:
                app_label = "shopme"

            def __str__(self) -> str:
                return "sealed"

    return Sealed


@pytest.mark.django_db
@pytest.mark.parametrize("text", ["", "token", "höi 👋"])
def test_fields_are_sealed_in_the_table_and_plain_in_python(sealed_model: Any, text: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            f"CREATE TABLE {sealed_model._meta.db_table} (id bigserial, text bytea NOT NULL, document bytea)"
        )
    row = sealed_model.objects.create(text=text, document=["a", {"b": 1}])

    fresh = sealed_model.objects.get(pk=row.pk)
    assert (fresh.text, fresh.document) == (text, ["a", {"b": 1}])
    assert sealed_model.objects.create(text=text).document is None
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT text, document FROM {sealed_model._meta.db_table}")
        kept, document = (bytes(value) for value in cursor.fetchone())
    assert kept == b"" if not text else text.encode() not in kept
    with pytest.raises(CannotDecrypt):
        decrypt_bytes(document, place="shopme_sealed.text")


def test_a_sealed_column_cannot_be_searched(sealed_model: Any) -> None:
    with pytest.raises(Exception, match="Unsupported lookup"):
        str(sealed_model.objects.filter(text="token").query)
    assert "IS NULL" in str(sealed_model.objects.filter(document__isnull=True).query)
