"""Migrations that run through sooner: fewer models are drawn, and from copies of their fields."""

import copy
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

from django.db.migrations.state import ProjectState
from django.db.models import Field
from django.utils.functional import cached_property

_BUILT_ANEW: Final = Field.clone
_STATE: Final[Any] = ProjectState
_ALL_RELATED: Final = _STATE._find_reload_model  # noqa: SLF001
_KEPT: Final[dict[type[Any], list[str]]] = {}
Key = tuple[str, str]


@contextmanager
def quick_drawing() -> Iterator[None]:
    """Draw after each operation only what it has changed (docs/decisions/0166).

    Django draws anew whatever can be reached from a changed model, which here is nearly everything,
    and takes each field apart for it: twenty thousand models for a new installation. A copy of a
    field is what Django itself makes of the fields that a model inherits.
    """
    Field.clone = _copied  # type: ignore[method-assign, assignment]
    _STATE._find_reload_model = _nearest  # noqa: SLF001
    try:
        yield
    finally:
        Field.clone = _BUILT_ANEW  # type: ignore[method-assign]
        _STATE._find_reload_model = _ALL_RELATED  # noqa: SLF001


def _nearest(state: ProjectState, app_label: str, model_name: str, *_delay: bool) -> set[Key]:
    """Return a changed model and those that lead to it or stand on it.

    Only their tables can need to know of the change. Django itself does not look further where it
    draws with delay, and draws all anew before Python code or a signal may look at any model.
    """
    state.is_delayed = True
    changed = {(app_label, model_name)}
    try:
        model = state.apps.get_model(app_label, model_name)
    except LookupError:
        return changed
    fields: Any = model._meta.get_fields(include_hidden=True)
    leading = {each.related_model for each in fields if each.auto_created and not each.concrete}
    standing = set(model.__subclasses__())
    return changed | {(each._meta.app_label, each._meta.model_name) for each in leading | standing}


def _copied(field: "Field[Any, Any]") -> "Field[Any, Any]":
    if hasattr(field, "model"):  # A field of a real model: a copy would still belong to it.
        return _BUILT_ANEW(field)
    made = copy.deepcopy(field)
    # What was reckoned for the field that nobody has drawn does not hold for one that is drawn.
    for name in _reckoned(type(made)):
        made.__dict__.pop(name, None)
    return made


def _reckoned(kind: type[Any]) -> list[str]:
    """Return the names of a class's values that are reckoned once and kept."""
    if kind not in _KEPT:
        _KEPT[kind] = [
            name
            for each in kind.__mro__
            for name, value in vars(each).items()
            if isinstance(value, cached_property)
        ]
    return _KEPT[kind]
