"""Objects that are put together at once are those that Django makes."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Any

import pytest
from django.db.models import ForeignKey, Model

from accounts.models import ApiKey, Team, User
from accounts.rows import new, stored
from credits.models import Entry, Hold, HoldClosing
from executions.models import Batch, Event, Execution, NodeRun, Submission
from workflows.models import Workflow

HOT = (Batch, Execution, NodeRun, Event, Submission, Hold, HoldClosing, Entry)


def columns(row: Model) -> dict[str, Any]:
    """Its values, but for those that are another one each time."""
    values = {field.attname: getattr(row, field.attname) for field in row._meta.concrete_fields}
    return {
        name: value if not isinstance(value, uuid.UUID | datetime) else type(value)
        for name, value in values.items()
    }


@pytest.mark.parametrize("model", HOT)
def test_a_new_one_begins_as_django_lets_it_begin(model):
    ours, theirs = new(model), model()
    assert columns(ours) == columns(theirs)
    assert vars(ours).keys() == vars(theirs).keys()
    assert (ours._state.adding, ours._state.db) == (True, None)


@pytest.mark.parametrize("model", HOT)
def test_no_two_share_what_is_made_for_each(model):
    one, other = new(model), new(model)
    for field in model._meta.concrete_fields:
        value = getattr(one, field.attname)
        if isinstance(value, dict | list | uuid.UUID):
            assert value is not getattr(other, field.attname)


def test_relations_are_given_as_objects_or_by_their_columns():
    team, workflow = Team(pk=3), Workflow(pk="w")
    one = new(Execution, team=team, workflow=workflow, started_by=None, version_id=7, inputs={"a": 1})
    assert (one.team_id, one.workflow_id, one.started_by_id, one.version_id) == (3, "w", None, 7)
    assert one.team is team
    assert one.workflow is workflow
    assert one.started_by is None
    assert Execution.team.is_cached(one)
    assert not Execution.version.is_cached(one)
    assert one.inputs == {"a": 1}
    one.team = Team(pk=4)
    assert one.team_id == 4


def test_what_is_no_column_is_a_mistake():
    with pytest.raises(TypeError, match="Event has no colour"):
        new(Event, colour="red")


def test_a_model_may_have_a_column_called_like_a_parameter():
    assert new(Submission, model="flux").model == "flux"


@pytest.mark.django_db
@pytest.mark.parametrize("model", [User, Team, ApiKey])
def test_a_stored_one_is_what_django_reads(model, alice):
    ApiKey.objects.create(team=Team.objects.get(members__user=alice), user=alice, digest="d", name="key")
    theirs = model.objects.get()
    names = [field.attname for field in model._meta.concrete_fields]
    ours = stored(model, {name: getattr(theirs, name) for name in names}, database="default")
    assert ours == theirs
    assert columns(ours) == columns(theirs)
    assert (ours._state.adding, ours._state.db) == (False, "default")
    relations = [field.name for field in model._meta.concrete_fields if isinstance(field, ForeignKey)]
    assert not any(getattr(model, name).is_cached(ours) for name in relations)
    ours.save()
    assert columns(model.objects.get()) == columns(theirs)
