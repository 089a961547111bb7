"""The base of every task that works inside a shop."""

from typing import Any

from celery import Task

from tenants.context import inside
from tenants.queries import shop_by_id


class NoShopGiven(RuntimeError):
    """A shop's task was called without `shop_id`: a bug in the caller."""


class TenantTask(Task):  # type: ignore[type-arg]
    """Runs its body inside the shop named by the keyword `shop_id`.

    Raises, and so never runs in public: `NoShopGiven`, `UnknownShop`, `ShopClosed`.
    The task's own function receives `shop_id` too. Safe in threads: nothing is kept on the task.
    """

    abstract = True

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        shop_id = kwargs.get("shop_id")
        if isinstance(shop_id, bool) or not isinstance(shop_id, int):
            raise NoShopGiven(f"{self.name} needs shop_id as a keyword.")
        with inside(shop_by_id(shop_id)):
            return super().__call__(*args, **kwargs)
