"""A quick drawing draws less, and nothing but what Django draws; the tables are the models'."""

from contextlib import AbstractContextManager, nullcontext
from typing import Any

import pytest
from django.apps import apps
from django.db import connection
from django.db.migrations.state import ProjectState, StateApps
from django.db.models import PROTECT, Field, ForeignKey

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


def changed(way: AbstractContextManager[None], monkeypatch: pytest.MonkeyPatch) -> tuple[int, Any]:
    """Alter a model that nearly all lead to; return how many were drawn for it, and all of them."""
    state, counted = ProjectState.from_apps(apps), []
    draw = StateApps.render_multiple
    assert state.apps.get_model("registry", "Child")
    with way, monkeypatch.context() as patch:
        patch.setattr(
            StateApps,
            "render_multiple",
            lambda self, states: (counted.extend(states), draw(self, states)),
        )
        born_in = ForeignKey("areas.Area", PROTECT, null=True, related_name="+")
        state.add_field("registry", "child", "born_in", born_in, True)
        # What Django does before Python code or a signal of a migration looks at a model.
        drawn_at_once = len(counted)
        state.clear_delayed_apps_cache()
        models = state.apps.get_models()
    return drawn_at_once, {
        each._meta.label: {
            "fields": sorted(field.name for field in each._meta.get_fields(include_hidden=True)),
            "stale": [
                field.name
                for field in each._meta.local_fields
                if field.related_model
                and state.apps.get_model(field.related_model._meta.label) is not field.related_model
            ],
        }
        for each in models
    }


def test_a_change_draws_little_and_leaves_the_models_that_django_would_leave(monkeypatch):
    many, as_django = changed(nullcontext(), monkeypatch)
    few, quickly = changed(quick_drawing(), monkeypatch)

    assert quickly == as_django
    assert "born_in" in quickly["registry.Child"]["fields"]
    assert {name for each in quickly.values() for name in each["stale"]} == set()
    assert few < many / 2


COLUMNS = """
SELECT relname, attname, format_type(atttypid, atttypmod), attnotnull
FROM pg_attribute JOIN pg_class ON pg_class.oid = attrelid
WHERE relnamespace = 'public'::regnamespace AND relkind = 'r' AND attnum > 0 AND NOT attisdropped
"""
LEADS = """
SELECT conrelid::regclass::text, attname, confrelid::regclass::text
FROM pg_constraint JOIN pg_attribute ON attrelid = conrelid AND attnum = conkey[1]
WHERE contype = 'f' AND array_length(conkey, 1) = 1
"""
# As PostgreSQL writes out the types that Django names in short.
WRITTEN = {"varchar": "character varying"}


def misfits(columns: set[Any], leads: set[Any]) -> list[str]:
    """Return every field of the site's models whose column or reference is not in the database."""
    found = []
    models = apps.get_models(include_auto_created=True)
    for model in (each for each in models if each.__module__.startswith("qianshou.")):
        table = model._meta.db_table
        for field in model._meta.local_concrete_fields if model._meta.managed else ():
            kind = str(field.db_type(connection))
            short, _, size = kind.partition("(")
            kind = WRITTEN.get(short, short) + (_ and "(" + size.replace(" ", ""))
            if (table, field.column, kind, not field.null) not in columns:
                found.append(f"{table}.{field.column} {kind}")
            if field.related_model and getattr(field, "db_constraint", True):
                leads_to = field.related_model._meta.db_table
                if (table, field.column, leads_to) not in leads:
                    found.append(f"{table}.{field.column} -> {leads_to}")
    return found


@pytest.mark.django_db
def test_the_migrated_tables_are_those_of_the_models():
    with connection.cursor() as cursor:
        cursor.execute(COLUMNS)
        columns = set(cursor.fetchall())
        cursor.execute(LEADS)
        leads = set(cursor.fetchall())

    assert misfits(columns, leads) == []
    # Negative control: a column and a reference less.
    less = {each for each in columns if each[:2] != ("registry_child", "name")}
    fewer = {each for each in leads if each[:2] != ("pairing_pairing", "child_id")}
    assert misfits(less, leads) == ["registry_child.name character varying(80)"]
    assert misfits(columns, fewer) == ["pairing_pairing.child_id -> registry_child"]
