"""A table lives in public or in the shops' schemas, never in both: a wrong context then fails loudly."""

import pytest
from django.apps import apps
from django.conf import settings
from django.db import connection

from tenants.models import Shop

pytestmark = pytest.mark.django_db


def tables_of(schema: str) -> set[str]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT tablename FROM pg_tables WHERE schemaname = %s", [schema])
        return {name for (name,) in cursor.fetchall()}


def test_no_table_name_is_in_public_and_in_a_shop(amber: Shop) -> None:
    public, own = tables_of("public"), tables_of(amber.schema_name)
    assert len(public) > 10
    assert len(own) > 30
    assert public & own == {"django_migrations"}


def test_no_foreign_key_leaves_its_schema(amber: Shop) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            """SELECT c.conname FROM pg_constraint c
               JOIN pg_class a ON a.oid = c.conrelid JOIN pg_class b ON b.oid = c.confrelid
               WHERE c.contype = 'f' AND a.relnamespace <> b.relnamespace"""
        )
        assert cursor.fetchall() == []


def test_no_app_is_shared_and_a_shops_at_once() -> None:
    assert set(settings.SHARED_APPS) & set(settings.TENANT_APPS) == set()


def test_every_model_of_ours_is_where_its_app_belongs(amber: Shop) -> None:
    public, own = tables_of("public"), tables_of(amber.schema_name)
    for config in apps.get_app_configs():
        here, there = (own, public) if config.name in settings.TENANT_APPS else (public, own)
        for model in config.get_models(include_auto_created=True):
            if model._meta.managed and not model._meta.proxy:
                assert model._meta.db_table in here, model
                assert model._meta.db_table not in there, model
