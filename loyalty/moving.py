"""Rows that go from one customer to another in a merge, and back: what moved is written down by its keys."""

from typing import Any

from django.db.models import QuerySet

from loyalty.models import Merge


def hand_over(merge: Merge, name: str, rows: QuerySet[Any]) -> None:
    """Give the rows that are the gone customer's to the kept one, and note their keys under `name`."""
    ids = list(rows.filter(customer=merge.gone_id).order_by("pk").values_list("pk", flat=True))
    rows.model.objects.filter(pk__in=ids).update(customer=merge.kept_id)
    merge.moved[name] = ids


def give_back(merge: Merge, name: str, rows: QuerySet[Any]) -> None:
    """Return the rows noted under `name`, as far as they are still with the kept customer."""
    rows.filter(pk__in=merge.moved.get(name, []), customer=merge.kept_id).update(customer=merge.gone_id)
