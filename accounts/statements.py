"""INSERT, UPDATE and SELECT for what every run does, without a query that is built anew each time.

A run makes thirty statements, and for Django to put one together costs several times what the database needs to carry
it out. Here the text is joined from the columns' names, which are looked up once per process: models do not change
while it runs. Values pass through the fields' own conversions, as with Django; signals are not sent.

Everything else is a QuerySet.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, Generic, TypeAlias, TypeVar

from django.db import DEFAULT_DB_ALIAS, connections
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import BooleanField, CharField, Field, ForeignKey, IntegerField, Model, TextField

M = TypeVar("M", bound=Model)

#: Older SQLite takes 999 parameters in one statement.
MOST_PARAMETERS = 900


@dataclass(frozen=True, slots=True)
class Plus:
    """For `update`: so much more than the column holds."""

    amount: int


@dataclass(frozen=True, slots=True)
class AtLeast:
    """For conditions: the column holds so much or more."""

    amount: int


@dataclass(frozen=True, slots=True)
class After:
    """For conditions: the column is later than an expression that needs no other column, such as `Now`."""

    moment: Any


#: Fields, and the type of values that they hand to the database as they are.
_PLAIN: Mapping[type[Field[Any, Any]], type] = {
    CharField: str,
    TextField: str,
    IntegerField: int,
    BooleanField: bool,
}


@cache
def _plain(field: Field[Any, Any]) -> tuple[type, ...]:
    """The types whose values this field would not convert; most are asked for thousands of times a second."""
    while isinstance(field, ForeignKey):
        field = field.target_field
    return tuple(plain for kind, plain in _PLAIN.items() if isinstance(field, kind))


def _value(field: Field[Any, Any], value: Any, connection: Any) -> Any:
    """A value as the database takes it."""
    return (
        value
        if value is None or isinstance(value, _plain(field))
        else field.get_db_prep_save(value, connection)
    )


class Shape(Generic[M]):
    """The columns of a model, and how a row becomes an object. Get it by `shape_of`."""

    def __init__(self, model: type[M]) -> None:
        self.model = model
        self.fields: Sequence[Field[Any, Any]] = model._meta.concrete_fields
        self.table = quoted(model._meta.db_table)
        self._names = [field.attname for field in self.fields]
        self._conversions = _conversions(model, tuple(self._names))
        self.all = self.columns()

    def columns(self, table: str = "") -> str:
        """All columns, for a SELECT; ``table`` is the table's other name there."""
        return ", ".join(f"{table or self.table}.{quoted(field.column)}" for field in self.fields)

    def read(self, row: Sequence[Any]) -> M:
        """The object of a row of just these columns."""
        values = _converted(row, self._conversions, connections[DEFAULT_DB_ALIAS])
        return self.model.from_db(DEFAULT_DB_ALIAS, self._names, values)


@cache
def shape_of(model: type[M]) -> Shape[M]:
    return Shape(model)


@cache
def quoted(name: str) -> str:
    return connections[DEFAULT_DB_ALIAS].ops.quote_name(name)


@cache
def _field(model: type[Model], name: str) -> tuple[Field[Any, Any], str]:
    field = model._meta.pk if name == "pk" else model._meta.get_field(name)
    assert isinstance(field, Field) and field.column, f"{model.__name__}.{name} is no column"
    return field, quoted(field.column)


#: Most columns come as they are to be; (place, column, conversion) of the others.
Conversions: TypeAlias = "list[tuple[int, Any, Callable[..., Any]]]"


@cache
def _conversions(model: type[Model], names: tuple[str, ...]) -> Conversions:
    """Those of the thread that asks first serve all: they know nothing of its connection but the time zone."""
    connection = connections[DEFAULT_DB_ALIAS]
    columns = [_field(model, name)[0].get_col(model._meta.db_table) for name in names]
    return [
        (place, column, convert)
        for place, column in enumerate(columns)  # of a foreign key it knows the type of what it points to
        for convert in (*connection.ops.get_db_converters(column), *column.get_db_converters(connection))
    ]


def _converted(row: Sequence[Any], conversions: Conversions, connection: BaseDatabaseWrapper) -> list[Any]:
    values = list(row)
    for place, column, convert in conversions:
        values[place] = convert(values[place], column, connection)
    return values


@cache
def _insert_texts(model: type[Model]) -> tuple[Sequence[Field[Any, Any]], str, str, str]:
    """The fields that are written, the text before the values, that of one row, and the text after them."""
    fields = [
        field for field in model._meta.concrete_fields if not field.get_internal_type().endswith("AutoField")
    ]
    columns = ", ".join(quoted(field.column) for field in fields)
    has_number = len(fields) < len(model._meta.concrete_fields)
    return (
        fields,
        f"INSERT INTO {quoted(model._meta.db_table)} ({columns}) VALUES ",  # noqa: S608
        f"({', '.join(['%s'] * len(fields))})",
        f" RETURNING {_field(model, 'pk')[1]}" if has_number else "",
    )


def insert(rows: Sequence[M]) -> None:
    """Store new rows of one model, in the caller's transaction. They get their numbers."""
    if not rows:
        return
    fields, before, one, after = _insert_texts(type(rows[0]))
    most = max(1, MOST_PARAMETERS // len(fields))
    connection = connections[DEFAULT_DB_ALIAS]
    with connection.cursor() as cursor:
        for start in range(0, len(rows), most):
            part = rows[start : start + most]
            values = [
                _value(field, field.pre_save(row, add=True), connection) for row in part for field in fields
            ]
            cursor.execute(before + ", ".join([one] * len(part)) + after, values)
            if after:
                for row, (number,) in zip(part, cursor.fetchall(), strict=True):
                    row.pk = number
    for row in rows:
        row._state.adding, row._state.db = False, connection.alias


def _written(expression: Any) -> tuple[str, Sequence[Any]]:
    """The text and the parameters of an expression that needs no other column."""
    connection = connections[DEFAULT_DB_ALIAS]
    written = getattr(expression, f"as_{connection.vendor}", expression.as_sql)(None, connection)
    return written  # type: ignore[no-any-return]  # expressions are known by what they can, not by a class


def _where(model: type[Model], conditions: Mapping[str, Any]) -> tuple[str, list[Any]]:
    """The text and the parameters of conditions that all hold. A collection: any of these; None: IS NULL."""
    connection = connections[DEFAULT_DB_ALIAS]
    texts, values = [], []
    for name, wanted in conditions.items():
        field, column = _field(model, name)
        if wanted is None:
            texts.append(f"{column} IS NULL")
        elif isinstance(wanted, AtLeast):
            texts.append(f"{column} >= %s")
            values.append(wanted.amount)
        elif isinstance(wanted, After):
            text, parameters = _written(wanted.moment)
            texts.append(f"{column} > {text}")
            values += parameters
        elif isinstance(wanted, Collection) and not isinstance(wanted, str):
            texts.append(f"{column} IN ({', '.join(['%s'] * len(wanted))})" if wanted else "1 = 0")
            values += [_value(field, value, connection) for value in wanted]
        else:
            texts.append(f"{column} = %s")
            values.append(_value(field, wanted, connection))
    return " AND ".join(texts), values


def update(model: type[Model], where: Mapping[str, Any], **changes: Any) -> int:
    """Change the rows for which all conditions hold. How many there were: 0 is an ordinary answer of a guard.

    A change is a value, `Plus`, or an expression that needs no other column (`executions.clock.InSeconds`).
    """
    connection = connections[DEFAULT_DB_ALIAS]
    texts, values = [], []
    for name, value in changes.items():
        field, column = _field(model, name)
        if isinstance(value, Plus):
            texts.append(f"{column} = {column} + %s")
            values.append(value.amount)
        elif hasattr(value, "as_sql"):
            text, parameters = _written(value)
            texts.append(f"{column} = {text}")
            values += parameters
        else:
            texts.append(f"{column} = %s")
            values.append(_value(field, value, connection))
    condition, wanted = _where(model, where)
    with connection.cursor() as cursor:
        cursor.execute(
            f"UPDATE {quoted(model._meta.db_table)} SET {', '.join(texts)} WHERE {condition}",  # noqa: S608
            [*values, *wanted],
        )
        return int(cursor.rowcount)


@cache
def _order(model: type[Model], names: tuple[str, ...]) -> str:
    """ORDER BY; a minus before a name turns it round."""
    columns = [
        f"{_field(model, name.removeprefix('-'))[1]} {'DESC' if name.startswith('-') else 'ASC'}"
        for name in names
    ]
    return f" ORDER BY {', '.join(columns)}"


def _rows(
    model: type[Model],
    columns: str,
    where: Mapping[str, Any],
    order: tuple[str, ...],
    page: tuple[int, int] | None = None,
    end: str = "",
) -> list[Sequence[Any]]:
    condition, values = _where(model, where)
    text = f"SELECT {columns} FROM {quoted(model._meta.db_table)} WHERE {condition}{_order(model, order)}"  # noqa: S608
    if page is not None:
        text, values = f"{text} LIMIT %s OFFSET %s", [*values, *page]
    with connections[DEFAULT_DB_ALIAS].cursor() as cursor:
        cursor.execute(text + end, values)
        rows: list[Sequence[Any]] = cursor.fetchall()
    return rows


def select(
    model: type[M],
    where: Mapping[str, Any],
    *,
    order: tuple[str, ...] = ("pk",),
    lock: bool = False,
) -> list[M]:
    """The rows for which all conditions hold, by number; locked until the transaction ends where asked for.

    On SQLite every transaction holds the one write lock from its start, so there is nothing to lock.
    """
    shape = shape_of(model)
    can_lock = connections[DEFAULT_DB_ALIAS].features.has_select_for_update
    end = " FOR UPDATE" if lock and can_lock else ""
    return [shape.read(row) for row in _rows(model, shape.all, where, order, end=end)]


def select_row(model: type[Model], where: Mapping[str, Any]) -> tuple[Any, ...] | None:
    """The first row for which all conditions hold, as the database gives it: `Shape.read` makes the object."""
    return next((tuple(row) for row in _rows(model, shape_of(model).all, where, ("pk",))), None)


def select_values(
    model: type[Model],
    names: tuple[str, ...],
    where: Mapping[str, Any],
    *,
    order: tuple[str, ...] = ("pk",),
    page: tuple[int, int] | None = None,
) -> list[list[Any]]:
    """Some columns of the rows for which all conditions hold: where a model for each row would cost too much.

    ``page``: at most how many, and how many are passed over first.
    """
    return [
        read_values(model, names, row) for row in select_plain(model, names, where, order=order, page=page)
    ]


def select_plain(
    model: type[Model],
    names: tuple[str, ...],
    where: Mapping[str, Any],
    *,
    order: tuple[str, ...] = ("pk",),
    page: tuple[int, int] | None = None,
) -> list[tuple[Any, ...]]:
    """The same as the database gives it, to know states by; `read_values` makes the values of a row."""
    columns = ", ".join(_field(model, name)[1] for name in names)
    return [tuple(row) for row in _rows(model, columns, where, order, page)]


def read_values(model: type[Model], names: tuple[str, ...], row: Sequence[Any]) -> list[Any]:
    return _converted(row, _conversions(model, names), connections[DEFAULT_DB_ALIAS])


def count(model: type[Model], where: Mapping[str, Any]) -> int:
    """For how many rows all conditions hold."""
    condition, values = _where(model, where)
    with connections[DEFAULT_DB_ALIAS].cursor() as cursor:
        cursor.execute(f"SELECT COUNT(*) FROM {quoted(model._meta.db_table)} WHERE {condition}", values)  # noqa: S608
        return int(cursor.fetchone()[0])


def select_one(model: type[Model], name: str, where: Mapping[str, Any]) -> list[Any]:
    """One column of the rows for which all conditions hold, as the database gives it: for numbers and texts."""
    condition, values = _where(model, where)
    column = _field(model, name)[1]
    with connections[DEFAULT_DB_ALIAS].cursor() as cursor:
        cursor.execute(f"SELECT {column} FROM {quoted(model._meta.db_table)} WHERE {condition}", values)  # noqa: S608
        return [value for (value,) in cursor.fetchall()]


def exists(model: type[Model], where: Mapping[str, Any]) -> bool:
    """Is there a row for which all conditions hold?"""
    condition, values = _where(model, where)
    with connections[DEFAULT_DB_ALIAS].cursor() as cursor:
        cursor.execute(f"SELECT 1 FROM {quoted(model._meta.db_table)} WHERE {condition} LIMIT 1", values)  # noqa: S608
        return cursor.fetchone() is not None
