"""Querysets whose SQL is written once per process: for the handful of reads that every chat turn makes.

Django writes the SQL of a queryset anew each time it is evaluated, which costs more than the query itself. The rows are
the same objects, `select_related` and annotations included; `prefetch_related` is not.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from django.db import connection
from django.db.models import Model, QuerySet
from django.db.models.query import get_related_populators

from shopme.lib import hot

M = TypeVar("M", bound=Model)
# What stands for an argument while the SQL is written; found again among its parameters.
_STANDS_FOR: dict[type, Callable[[int], Any]] = {
    int: lambda place: 7_305_194_100 + place,
    str: lambda place: f"\ue000prepared-{place}\ue000",
    list: lambda place: [7_305_194_100 + place],
}
_PLACE = re.compile(r"%s")


class CannotPrepare(TypeError):
    """An argument does not reach the SQL as it is, so the SQL cannot be kept."""


@dataclass(frozen=True, slots=True)
class _Plan:
    """The SQL with its parameters, where the arguments go, and how a row becomes an object."""

    sql: str
    params: tuple[Any, ...]
    places: tuple[tuple[int, int], ...]
    model: type[Model]
    names: tuple[str, ...]
    start: int
    converters: tuple[tuple[int, tuple[Any, ...], Any], ...]
    populators: tuple[Any, ...]
    annotations: tuple[tuple[str, int], ...]


class Prepared(Generic[M]):
    """`Prepared(lambda shelf: Product.objects.filter(category_id=shelf))`; then `.rows(3)` as often as you like.

    Arguments are whole numbers or texts that the queryset compares as they are, or lists of whole numbers for `__in`.
    Another number of arguments, or arguments of other types, is another statement.
    """

    def __init__(self, make: Callable[..., QuerySet[M]]) -> None:
        self._make = make
        self._plans: dict[tuple[type, ...], _Plan] = {}

    def rows(self, *arguments: int | str | list[int]) -> list[M]:
        """The rows for `arguments`. Refuses, the first time: `CannotPrepare`."""
        shape = tuple(type(argument) for argument in arguments)
        plan = self._plans.get(shape)
        if plan is None:
            plan = self._plans[shape] = _plan(self._make, shape)
        params = list(plan.params)
        for place, argument in plan.places:
            params[place] = arguments[argument]
        return [_object(plan, row) for row in hot.rows(plan.sql, params)]


def _plan(make: Callable[..., QuerySet[M]], shape: tuple[type, ...]) -> _Plan:
    stand_ins = [_STANDS_FOR[kind](place) for place, kind in enumerate(shape)]
    compiler = make(*stand_ins).query.get_compiler(connection=connection)
    sql, params = compiler.as_sql()
    marks = [stand_in[0] if isinstance(stand_in, list) else stand_in for stand_in in stand_ins]
    places = tuple((place, marks.index(value)) for place, value in enumerate(params) if value in marks)
    for place, argument in places:
        if shape[argument] is list:
            sql = _as_array(sql, place)
    if {argument for _place, argument in places} != set(range(len(shape))):
        raise CannotPrepare("An argument does not appear in the SQL as it was given.")
    klass = compiler.klass_info
    fields = klass["select_fields"]
    selected = [column for column, _sql, _alias in compiler.select]
    return _Plan(
        sql=sql,
        params=tuple(params),
        places=places,
        model=klass["model"],
        names=tuple(selected[position].target.attname for position in fields),
        start=fields[0],
        converters=tuple(
            (position, tuple(converters), column)
            for position, (converters, column) in compiler.get_converters(selected).items()
        ),
        populators=tuple(get_related_populators(klass, compiler.select, connection.alias)),  # type: ignore[call-arg]
        annotations=tuple((compiler.annotation_col_map or {}).items()),
    )


def _as_array(sql: str, place: int) -> str:
    """`IN (%s)` at a parameter becomes `= ANY(%s)`, which takes a list of any length."""
    mark = [found.start() for found in _PLACE.finditer(sql)][place]
    before, after = sql[:mark], sql[mark + 2 :]
    if not (before.endswith("IN (") and after.startswith(")")):
        raise CannotPrepare("A list may only stand in an `__in`.")
    return f"{before.removesuffix('IN (')}= ANY(%s{after}"


def _object(plan: _Plan, row: Sequence[Any]) -> Any:
    values = list(row)
    for position, converters, column in plan.converters:
        for convert in converters:
            values[position] = convert(values[position], column, connection)
    start, end = plan.start, plan.start + len(plan.names)
    made = plan.model.from_db(connection.alias, list(plan.names), values[start:end])
    for populator in plan.populators:
        populator.populate(values, made)
    for name, position in plan.annotations:
        setattr(made, name, values[position])
    return made
