"""Which parameters weigh a pair: the newest learnt here that fit this version, or the shipped."""

from functools import lru_cache
from typing import Final

import polars as pl

from qianshou.engines.linkage.model import Model
from qianshou.registry.models import LinkModel

# A frame has to be this large, and of two departments, before it teaches more than the model at
# hand; a stored model is replaced only by one learnt from half as much again.
TRAIN_FROM: Final = 20_000
TRAIN_GROWTH: Final = 1.5


def newest() -> LinkModel | None:
    """Return the newest stored model that knows the same comparisons as this program."""
    versions = LinkModel.objects.order_by("-version").values_list("version", flat=True)[:5]
    return next((found for each in versions if (found := _fitting(each))), None)


@lru_cache(maxsize=8)
def _fitting(version: int) -> LinkModel | None:
    """Return a stored model unless another program wrote it; a version never changes."""
    stored = LinkModel.objects.get(pk=version)
    levels = {name: tuple(part["levels"]) for name, part in stored.body["comparisons"].items()}
    shipped = Model.default().comparisons
    return stored if levels == {name: part.levels for name, part in shipped.items()} else None


def opened(stored: LinkModel | None) -> Model:
    """Return the model to weigh with, kept warm: reading one costs more than linking a row."""
    return _opened(stored.pk) if stored else Model.default()


@lru_cache(maxsize=2)
def _opened(version: int) -> Model:
    return Model.from_json(LinkModel.objects.get(pk=version).body)


def current() -> Model:
    """Return the model to weigh with."""
    return opened(newest())


def enough(rows: int, newest: LinkModel | None) -> bool:
    """Tell whether so many rows would teach more than the model at hand."""
    return rows >= (TRAIN_FROM if newest is None else max(TRAIN_FROM, TRAIN_GROWTH * newest.rows))


def teaches(frame: pl.DataFrame, newest: LinkModel | None) -> bool:
    """Tell whether a frame is large enough, and of two departments, to learn a model from."""
    return enough(len(frame), newest) and frame["source"].n_unique() > 1


def store(model: Model, rows: int) -> LinkModel:
    """Keep a model that was just learnt; links remember which one weighed them."""
    return LinkModel.objects.create(body=model.as_json(), rows=rows)
