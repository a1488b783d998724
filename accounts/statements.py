"""INSERT, UPDATE and SELECT for what every run does, without a query that is built anew each time.

A run makes thirty statements, and for Django to put one together costs several times what the database needs to carry
it out. Here the text is joined from the columns' names, which are looked up once per process: models do not change
while it runs. Values pass through the fields' own conversions, as with Django; signals are not sent.

Everything else is a QuerySet.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any, Generic, TypeAlias, TypeVar

from django.db import DEFAULT_DB_ALIAS, connections
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import (
    BooleanField,
    CharField,
    DateTimeField,
    Field,
    ForeignKey,
    IntegerField,
    Model,
    TextField,
)

from accounts.rows import check_plain, stored

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


@dataclass(frozen=True, slots=True)
class By:
    """For conditions: the column is no later than such an expression."""

    moment: Any


@dataclass(frozen=True, slots=True)
class Of:
    """For conditions: the column is this one of a row of another model for which all of ``where`` hold."""

    model: type[Model]
    name: str
    where: Mapping[str, Any]


#: Fields, and the type of values that they hand to the database as they are.
_PLAIN: Mapping[type[Field[Any, Any]], type] = {
    CharField: str,
    TextField: str,
    IntegerField: int,
    BooleanField: bool,
}


@dataclass(frozen=True, slots=True, eq=False)
class Column:
    """A field, its quoted name, and the types whose values it would not convert.

    ``attribute`` is where its value stands when it is stored; "" when the field has a say in that.
    """

    field: Field[Any, Any]
    name: str
    plain: tuple[type, ...]
    attribute: str

    def value(self, value: Any, connection: BaseDatabaseWrapper) -> Any:
        """A value as the database takes it."""
        if value is None or isinstance(value, self.plain):
            return value
        if isinstance(self.field, DateTimeField) and isinstance(value, datetime):
            return connection.ops.adapt_datetimefield_value(
                value
            )  # it is one: no need to read it as one first
        return self.field.get_db_prep_save(value, connection)

    def of_new(self, row: Model, connection: BaseDatabaseWrapper) -> Any:
        """The value of a row that is being stored, as the database takes it."""
        found = row.__dict__[self.attribute] if self.attribute else self.field.pre_save(row, add=True)
        return self.value(found, connection)


def _column_of(field: Field[Any, Any]) -> Column:
    target = field
    while isinstance(target, ForeignKey):
        target = target.target_field
    plain = tuple(plain for kind, plain in _PLAIN.items() if isinstance(target, kind))
    if isinstance(field, DateTimeField):
        has_say = field.auto_now or field.auto_now_add
    else:
        has_say = type(field).pre_save is not Field.pre_save
    return Column(field, quoted(field.column), plain, "" if has_say else field.attname)


@cache
def columns_of(model: type[Model]) -> tuple[Column, ...]:
    """All columns of a model, its number among them."""
    return tuple(map(_column_of, model._meta.concrete_fields))


class Shape(Generic[M]):
    """The columns of a model, and how a row becomes an object. Get it by `shape_of`."""

    def __init__(self, model: type[M]) -> None:
        check_plain(model)
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
        return stored(self.model, dict(zip(self._names, values, strict=True)), database=DEFAULT_DB_ALIAS)


@cache
def shape_of(model: type[M]) -> Shape[M]:
    return Shape(model)


def cursor_of(connection: BaseDatabaseWrapper, *, is_counted: bool = False) -> Any:
    """A cursor for a text that comes again and again: where the database can keep such texts, it does.

    Whoever is to know how many rows were changed says ``is_counted``.
    """
    make = getattr(connection, "prepared_cursor", None)
    return connection.cursor() if make is None else make(is_counted=is_counted)


@contextmanager
def sent_along() -> Iterator[None]:
    """Around a transaction: what nobody waits for (`write`, `insert` of what needs no number) makes no journey to the
    database of its own. Was it refused, the next statement, or the commit, raises that."""
    with getattr(connections[DEFAULT_DB_ALIAS], "sent_along", nullcontext)():
        yield


@cache
def quoted(name: str) -> str:
    return connections[DEFAULT_DB_ALIAS].ops.quote_name(name)


@cache
def _column(model: type[Model], name: str) -> Column:
    field = model._meta.pk if name == "pk" else model._meta.get_field(name)
    assert isinstance(field, Field) and field.column, f"{model.__name__}.{name} is no column"
    return _column_of(field)


#: Most columns come as they are to be; (place, column, conversion) of the others.
Conversions: TypeAlias = "list[tuple[int, Any, Callable[..., Any]]]"


@cache
def _conversions(model: type[Model], names: tuple[str, ...]) -> Conversions:
    """Those of the thread that asks first serve all: they know nothing of its connection but the time zone."""
    connection = connections[DEFAULT_DB_ALIAS]
    columns = [_column(model, name).field.get_col(model._meta.db_table) for name in names]
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
def _insert_texts(model: type[Model]) -> tuple[Sequence[Column], str, str, str]:
    """The columns that are written, the text before the values, that of one row, and the text after them."""
    columns = [
        _column_of(field)
        for field in model._meta.concrete_fields
        if not field.get_internal_type().endswith("AutoField")
    ]
    names = ", ".join(column.name for column in columns)
    has_number = len(columns) < len(model._meta.concrete_fields)
    return (
        columns,
        f"INSERT INTO {quoted(model._meta.db_table)} ({names}) VALUES ",  # noqa: S608
        f"({', '.join(['%s'] * len(columns))})",
        f" RETURNING {_column(model, 'pk').name}" if has_number else "",
    )


def insert(rows: Sequence[M], *, numbered: bool = True) -> None:
    """Store new rows of one model, in the caller's transaction. They get their numbers, if they are to be known."""
    if not rows:
        return
    columns, before, one, after = _insert_texts(type(rows[0]))
    after = after if numbered else ""
    most = max(1, MOST_PARAMETERS // len(columns))
    connection = connections[DEFAULT_DB_ALIAS]
    with cursor_of(connection) as cursor:
        for start in range(0, len(rows), most):
            part = rows[start : start + most]
            values = [column.of_new(row, connection) for row in part for column in columns]
            cursor.execute(before + ", ".join([one] * len(part)) + after, values)
            if after:
                for row, (number,) in zip(part, cursor.fetchall(), strict=True):
                    row.pk = number
    for row in rows:
        row._state.adding, row._state.db = False, connection.alias


def insert_new(rows: Sequence[M]) -> list[M]:
    """Store those new rows of a model without numbers that are not there yet; returns those stored."""
    columns, before, one, _ = _insert_texts(type(rows[0]))
    end = f" ON CONFLICT DO NOTHING RETURNING {_column(type(rows[0]), 'pk').name}"
    most = max(1, MOST_PARAMETERS // len(columns))
    connection = connections[DEFAULT_DB_ALIAS]
    stored = set()
    with cursor_of(connection) as cursor:
        for start in range(0, len(rows), most):
            part = rows[start : start + most]
            values = [column.of_new(row, connection) for row in part for column in columns]
            cursor.execute(before + ", ".join([one] * len(part)) + end, values)
            stored |= {number for (number,) in cursor.fetchall()}
    return [row for row in rows if row.pk in stored]


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
        column = _column(model, name)
        if wanted is None:
            texts.append(f"{column.name} IS NULL")
        elif isinstance(wanted, AtLeast):
            texts.append(f"{column.name} >= %s")
            values.append(wanted.amount)
        elif isinstance(wanted, Of):
            inner, theirs = _where(wanted.model, wanted.where)
            table, one = quoted(wanted.model._meta.db_table), _column(wanted.model, wanted.name).name
            texts.append(f"{column.name} IN (SELECT {one} FROM {table} WHERE {inner})")  # noqa: S608
            values += theirs
        elif isinstance(wanted, After | By):
            text, parameters = _written(wanted.moment)
            texts.append(f"{column.name} {'>' if isinstance(wanted, After) else '<='} {text}")
            values += parameters
        elif isinstance(wanted, Collection) and not isinstance(wanted, str):
            texts.append(f"{column.name} IN ({', '.join(['%s'] * len(wanted))})" if wanted else "1 = 0")
            values += [column.value(value, connection) for value in wanted]
        else:
            texts.append(f"{column.name} = %s")
            values.append(column.value(wanted, connection))
    return " AND ".join(texts), values


def update(model: type[Model], where: Mapping[str, Any], **changes: Any) -> int:
    """Change the rows for which all conditions hold. How many there were: 0 is an ordinary answer of a guard.

    A change is a value, `Plus`, or an expression that needs no other column (`executions.clock.InSeconds`).
    """
    text, values = update_text(model, where, changes)
    with cursor_of(connections[DEFAULT_DB_ALIAS], is_counted=True) as cursor:
        cursor.execute(text, values)
        return int(cursor.rowcount)


def write(model: type[Model], where: Mapping[str, Any], **changes: Any) -> None:
    """`update`, where nobody asks how many there were."""
    text, values = update_text(model, where, changes)
    with cursor_of(connections[DEFAULT_DB_ALIAS]) as cursor:
        cursor.execute(text, values)


def update_text(
    model: type[Model], where: Mapping[str, Any], changes: Mapping[str, Any]
) -> tuple[str, list[Any]]:
    """The text and the parameters of `update`. Changes of the same columns under like conditions share their text."""
    connection = connections[DEFAULT_DB_ALIAS]
    texts, values = [], []
    for name, value in changes.items():
        column = _column(model, name)
        if isinstance(value, Plus):
            texts.append(f"{column.name} = {column.name} + %s")
            values.append(value.amount)
        elif hasattr(value, "as_sql"):
            text, parameters = _written(value)
            texts.append(f"{column.name} = {text}")
            values += parameters
        else:
            texts.append(f"{column.name} = %s")
            values.append(column.value(value, connection))
    condition, wanted = _where(model, where)
    text = f"UPDATE {quoted(model._meta.db_table)} SET {', '.join(texts)} WHERE {condition}"  # noqa: S608
    return text, [*values, *wanted]


@cache
def _order(model: type[Model], names: tuple[str, ...]) -> str:
    """ORDER BY; a minus before a name turns it round."""
    columns = [
        f"{_column(model, name.removeprefix('-')).name} {'DESC' if name.startswith('-') else 'ASC'}"
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
    with cursor_of(connections[DEFAULT_DB_ALIAS]) as cursor:
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
    columns = ", ".join(_column(model, name).name for name in names)
    return [tuple(row) for row in _rows(model, columns, where, order, page)]


def read_values(model: type[Model], names: tuple[str, ...], row: Sequence[Any]) -> list[Any]:
    return _converted(row, _conversions(model, names), connections[DEFAULT_DB_ALIAS])


def count(model: type[Model], where: Mapping[str, Any]) -> int:
    """For how many rows all conditions hold."""
    condition, values = _where(model, where)
    with cursor_of(connections[DEFAULT_DB_ALIAS]) as cursor:
        cursor.execute(f"SELECT COUNT(*) FROM {quoted(model._meta.db_table)} WHERE {condition}", values)  # noqa: S608
        return int(cursor.fetchone()[0])


def exists(model: type[Model], where: Mapping[str, Any]) -> bool:
    """Is there a row for which all conditions hold?"""
    condition, values = _where(model, where)
    with cursor_of(connections[DEFAULT_DB_ALIAS]) as cursor:
        cursor.execute(f"SELECT 1 FROM {quoted(model._meta.db_table)} WHERE {condition} LIMIT 1", values)  # noqa: S608
        return cursor.fetchone() is not None
