from typing import Any

from django.apps import AppConfig


class TenantsConfig(AppConfig):
    name = "tenants"
    label = "tenants"

    def ready(self) -> None:
        from django.db.backends.signals import connection_created  # noqa: PLC0415  (needs loaded settings)

        from tenants import wall  # noqa: PLC0415  (needs loaded settings)

        wall.build()
        connection_created.connect(forget_search_path, dispatch_uid="tenants.forget_search_path")


def forget_search_path(connection: Any, **kwargs: Any) -> None:
    """A connection fresh from the pool has no path yet, whatever this thread's wrapper believed of the last one."""
    connection.search_path_set_schemas = None
