"""Which open questions are worth a person's time, and how many fit into the hours there are.

A question is worth as much as the automatic answer is likely to be wrong. That likelihood goes by
the reason and the weight; it starts from what was measured on invented cities, and every question
that persons have answered moves it towards what is true here.
"""

import dataclasses
from collections.abc import Iterable, Mapping

import polars as pl

# Share of the rows that a person may be asked to look at, two for each question.
LOOKED_AT = 0.005
# Questions that one person answers in an hour, both files side by side.
PER_HOUR = 60.0
# So many answers weigh as much as what was measured beforehand.
_PRIOR = 20.0
# A question that would change less than one answer in a hundred is not asked.
LEAST_WRONG = 0.01

# Reason, together or apart -> (from so many bits, share of wrong automatic answers).
Rates = Mapping[str, tuple[tuple[float, float], ...]]
# Measured on the invented city, moved by what the bench's own generator of rows says.
MEASURED: Rates = {
    "TWIN": ((-60.0, 0.005), (-8.0, 0.85)),
    "PLACEHOLDER": ((-60.0, 0.55),),
    "MARGIN": ((-60.0, 0.06), (0.0, 0.25), (2.0, 0.06), (4.0, 0.45), (11.0, 0.75)),
    "ID_CONFLICT": ((-60.0, 0.06), (6.0, 0.2)),
    "APART": ((-60.0, 0.02), (8.0, 0.4)),
    "BAND": ((-60.0, 0.1), (-1.5, 0.2), (0.0, 0.3), (4.0, 0.55)),
    "BAND together": ((-60.0, 0.25), (1.0, 0.12), (2.0, 0.01)),
}


@dataclasses.dataclass(frozen=True)
class Answer:
    """A question that a person has answered: were the two rows one person?"""

    reason: str
    weight_bits: float
    together: bool
    same: bool


def hours_to_questions(hours: float, per_hour: float = PER_HOUR) -> int:
    """Give the number of questions that fit into so many hours of work."""
    return max(int(hours * per_hour), 0)


def usual_questions(rows: int) -> int:
    """Give the number of questions if nobody says how many hours there are."""
    return max(int(rows * LOOKED_AT / 2), 1)


def learn(answers: Iterable[Answer], before: Rates = MEASURED) -> Rates:
    """Move the shares of wrong automatic answers towards what persons found."""
    counted: dict[tuple[str, float], list[float]] = {}
    for answer in answers:
        kind = _kind(answer.reason, together=answer.together)
        if kind in before:
            start = max(low for low, _ in before[kind] if low <= max(answer.weight_bits, -60.0))
            counted.setdefault((kind, start), []).append(float(answer.same != answer.together))
    return {
        kind: tuple((low, _moved(rate, counted.get((kind, low), []))) for low, rate in steps)
        for kind, steps in before.items()
    }


def _moved(rate: float, wrong: list[float]) -> float:
    return round((rate * _PRIOR + sum(wrong)) / (_PRIOR + len(wrong)), 6)


def _kind(reason: str, *, together: bool) -> str:
    return f"{reason} together" if together else reason


def ranked(doubtful: pl.DataFrame, together: pl.Series, rates: Rates = MEASURED) -> pl.DataFrame:
    """Add `wrong`, how likely the automatic answer is wrong, and put the most likely first."""
    told = (doubtful["reason"].to_list(), doubtful["weight_bits"].to_list(), together.to_list())
    wrong = [
        likely_wrong(reason, bits, together=joined, rates=rates)
        for reason, bits, joined in zip(*told, strict=True)
    ]
    return (
        doubtful.with_columns(wrong=pl.Series(wrong, dtype=pl.Float64))
        .filter(pl.col("wrong") >= LEAST_WRONG)
        .sort("wrong", "weight_bits", descending=True, maintain_order=True)
    )


def likely_wrong(reason: str, bits: float, *, together: bool, rates: Rates = MEASURED) -> float:
    """Give how likely the automatic answer is wrong, so that a person's changes a file."""
    steps = rates.get(_kind(reason, together=together), ())
    return next((rate for low, rate in reversed(steps) if bits >= low), 0.0)
