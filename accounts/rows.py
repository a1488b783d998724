"""Objects of models, put together at once: for what every call reads, and what every run stores.

Django's constructor asks each field and tells whoever listens to signals; the objects that come of it are the same. It
serves models whose columns are plain attributes and who have no constructor of their own, which is checked, and to
whose making nobody listens: there are no signals for our own models.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, TypeVar

from django.db.models import Field, ForeignKey, Model
from django.db.models.base import ModelState
from django.db.models.fields.related_descriptors import ForeignKeyDeferredAttribute
from django.db.models.query_utils import DeferredAttribute

M = TypeVar("M", bound=Model)


def check_plain(model: type[Model]) -> None:
    """Fails for a model that Django puts together in a way of its own, such as one with a file field."""
    for field in model._meta.concrete_fields:
        kind = type(getattr(model, field.attname))
        assert kind in (DeferredAttribute, ForeignKeyDeferredAttribute), f"{field} is no plain attribute"
    assert model.__init__ is Model.__init__, f"{model.__name__} has a constructor"


@dataclass(frozen=True, slots=True)
class _Blank:
    """What a new object of a model begins with: values, those that are made for each, and relation → column."""

    values: Mapping[str, Any]
    made: Mapping[str, Callable[[], Any]]
    relations: Mapping[str, str]


@cache
def _blank_of(model: type[Model]) -> _Blank:
    check_plain(model)
    fields = model._meta.concrete_fields
    made = {
        field.attname: field.default for field in fields if field.has_default() and callable(field.default)
    }
    values = {field.attname: None if field.attname in made else _default(field) for field in fields}
    relations = {field.name: field.attname for field in fields if isinstance(field, ForeignKey)}
    return _Blank(values, made, relations)


def _default(field: Field[Any, Any]) -> Any:
    return None if isinstance(field, ForeignKey) and not field.has_default() else field.get_default()


def new(model: type[M], /, **given: Any) -> M:
    """What ``model(**given)`` is. Relations are given as objects, or as None, or their columns are.

    Raises TypeError for what is no column of it.
    """
    blank = _blank_of(model)
    values = {**blank.values, **given}
    for name, make in blank.made.items():
        if name not in given:
            values[name] = make()
    related = {}
    for name in given.keys() & blank.relations.keys():
        related[name] = one = values.pop(name)
        values[blank.relations[name]] = None if one is None else one.pk
    if len(values) != len(blank.values):
        raise TypeError(f"{model.__name__} has no {', '.join(values.keys() - blank.values.keys())}.")
    row = _with_state(model, values)
    if related:
        row._state.fields_cache.update(related)
    return row


def stored(model: type[M], values: Mapping[str, Any], *, database: str) -> M:
    """A row as it stands in a database, column → value; what ``model.from_db`` gives."""
    row = _with_state(model, values)
    row._state.adding, row._state.db = False, database
    return row


def _with_state(model: type[M], values: Mapping[str, Any]) -> M:
    row = model.__new__(model)
    row._state = ModelState()
    row.__dict__.update(values)
    return row
