"""Migrations that run through sooner: models are drawn from copies of their fields."""

import copy
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

from django.db.models import Field
from django.utils.functional import cached_property

_BUILT_ANEW: Final = Field.clone
_KEPT: Final[dict[type[Any], list[str]]] = {}


@contextmanager
def quick_drawing() -> Iterator[None]:
    """Copy a field where Django takes it apart and builds it anew (docs/decisions/0166).

    A new installation draws twenty thousand models, and half of its time went into that. A copy is
    what Django itself makes of the fields that a model inherits.
    """
    Field.clone = _copied  # type: ignore[method-assign, assignment]
    try:
        yield
    finally:
        Field.clone = _BUILT_ANEW  # type: ignore[method-assign]


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
