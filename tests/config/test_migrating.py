"""Models drawn from copied fields are those that Django draws from fields built anew."""

from contextlib import AbstractContextManager, nullcontext
from typing import Any

from django.apps import apps
from django.db.migrations.state import ProjectState
from django.db.models import Field

from qianshou.config.migrating import quick_drawing


def drawn(way: AbstractContextManager[None]) -> dict[str, Any]:
    """Draw all models of the site and return what their fields are and where they lead."""
    state = ProjectState.from_apps(apps)
    # As in a migration: something has asked the fields before they are drawn.
    assert all(
        isinstance(field.related_model, str)
        for model in state.models.values()
        for field in model.fields.values()
        if field.is_relation
    )
    with way:
        models = state.apps.get_models()
    return {
        f"{model._meta.label}.{field.name}": (field.deconstruct()[1:], field.related_model_label)
        for model in models
        for field in map(with_label, model._meta.local_fields)
    }


def with_label(field: Any) -> Any:
    leads_to = field.related_model
    field.related_model_label = leads_to._meta.label if leads_to else ""
    assert not isinstance(leads_to, str)
    return field


def test_copied_fields_are_drawn_as_those_built_anew():
    anew = drawn(nullcontext())
    copied = drawn(quick_drawing())

    assert len(anew) > 500
    assert copied == anew


def test_django_builds_its_fields_anew_afterwards():
    before = Field.clone
    with quick_drawing():
        assert Field.clone is not before
    assert Field.clone is before
