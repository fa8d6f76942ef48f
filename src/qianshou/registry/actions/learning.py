"""People's answers feed the model: labels move its weights, and answers its order of questions.

The unsupervised model stays the base, and all standing answers are added to it anew each time, so
that an answer that was taken back leaves nothing behind.
"""

import dataclasses
from collections.abc import Callable
from typing import Final

from qianshou.engines.linkage import review
from qianshou.engines.linkage.labels import Label, learned, read_levels
from qianshou.engines.linkage.model import Model
from qianshou.registry.actions import modelling
from qianshou.registry.models import Doubt, Link, LinkModel

# The model is fitted anew when so many answers have come since the last time, or were taken back.
LEARN_EVERY: Final = 20
Provider = Callable[[], list[Label]]
_providers: list[Provider] = []


def register_labels(provider: Provider) -> None:
    """Let a room above add the labels that it collects."""
    if provider not in _providers:
        _providers.append(provider)


def labels() -> list[Label]:
    """Return every standing answer with the levels of the pair that it is about."""
    decided = Doubt.objects.filter(state__in=["SAME", "DIFFERENT"], by__isnull=False)
    rows = decided.order_by("pk").values_list("levels", "state")
    found = [Label(read_levels(levels), state == Doubt.State.SAME) for levels, state in rows]
    for provider in _providers:
        found += provider()
    return [label for label in found if label.levels]


def answers() -> list[review.Answer]:
    """Return how often the machine was right where people were asked, as it stood at the time."""
    decided = Doubt.objects.filter(
        state__in=["SAME", "DIFFERENT"], by__isnull=False, together__isnull=False
    )
    told = decided.order_by("pk").values_list("reason", "weight_bits", "together", "state", "met")
    return [
        review.Answer(
            reason, bits, together=bool(together), same=state == Doubt.State.SAME, met=met
        )
        for reason, bits, together, state, met in told
    ]


def learn_when_due() -> LinkModel | None:
    """Fit the model anew if enough answers have come; return it, or None if it stays."""
    newest, heard = modelling.newest(), labels()
    known = newest.labels if newest else 0
    return learn(newest, heard) if abs(len(heard) - known) >= LEARN_EVERY else None


def learn(newest: LinkModel | None, heard: list[Label]) -> LinkModel:
    """Add all answers to the unsupervised model and keep the result; later rows are weighed so."""
    base = _base(newest)
    model = Model.from_json(base.body) if base else Model.default()
    population = max(Link.objects.exclude(state=Link.State.ENDED).count(), model.rows)
    better = dataclasses.replace(
        learned(model, heard, population=population),
        questions=review.learn(answers(), model.questions),
    )
    return LinkModel.objects.create(
        body=better.as_json(), rows=base.rows if base else 0, base=base, labels=len(heard)
    )


def _base(newest: LinkModel | None) -> LinkModel | None:
    """Return the stored model without answers; None stands for the one that is shipped."""
    if newest is None or newest.labels:
        return newest.base if newest else None
    return newest
