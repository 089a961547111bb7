"""The shop's cache: every key carries its schema, and in public there is none."""

from typing import Any, NoReturn

from django.core.cache.backends.redis import RedisCache

from tenants.context import NoShop, current_schema


def shop_key(key: str, key_prefix: str, version: int) -> str:
    """The key in Redis: `<prefix>:<schema>:<version>:<key>`. Refuses: `NoShop` in public."""
    schema = current_schema()
    if schema == "public":
        raise NoShop(f"The default cache belongs to a shop; use caches['shared'] for “{key}”.")
    return f"{key_prefix or 'shop'}:{schema}:{version}:{key}"


class ShopCache(RedisCache):
    """Redis, one shop at a time. Use the alias `shared` for what belongs to the platform."""

    def clear(self) -> NoReturn:
        """Refused: emptying one shop's cache would empty every shop's."""
        raise NotImplementedError("Delete keys one by one; the server is shared by all shops.")

    def make_key(self, key: Any, version: int | None = None) -> str:
        return shop_key(str(key), self.key_prefix, version or self.version)
