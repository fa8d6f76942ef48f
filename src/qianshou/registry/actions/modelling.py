"""Which parameters weigh a pair: the newest learnt here that fit this version, or the shipped."""

from qianshou.engines.linkage.model import Model
from qianshou.registry.models import LinkModel


def newest() -> LinkModel | None:
    """Return the newest stored model that knows the same comparisons as this program."""
    shipped = Model.default().comparisons
    for stored in LinkModel.objects.order_by("-version")[:5]:
        levels = {name: tuple(part["levels"]) for name, part in stored.body["comparisons"].items()}
        if levels == {name: part.levels for name, part in shipped.items()}:
            return stored
    return None


def current() -> Model:
    """Return the model to weigh with."""
    stored = newest()
    return Model.from_json(stored.body) if stored else Model.default()


def store(model: Model, rows: int) -> LinkModel:
    """Keep a model that was just learnt; links remember which one weighed them."""
    return LinkModel.objects.create(body=model.as_json(), rows=rows)
