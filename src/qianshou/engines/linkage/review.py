"""Which open questions are worth a person's time, and how many fit into the hours there are.

A question is worth as much as the automatic answer is likely to be wrong. That likelihood goes by
the reason, by the weight, and by whether one department lists both (see listed); it starts from
what was measured on invented cities, and every question that persons have answered moves it
towards what is true here.
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

# Reason, together or apart, listed by one department or by none -> (from so many bits, share of
# wrong automatic answers).
Rates = Mapping[str, tuple[tuple[float, float], ...]]
# Measured on the invented city, moved by what the bench's own generator of rows says. Without a
# word on who lists whom it is not known: one list, or rows that are not of children.
MEASURED: Rates = {
    "TWIN": ((-60.0, 0.005), (-8.0, 0.85)),
    "PLACEHOLDER": ((-60.0, 0.55),),
    "MARGIN": ((-60.0, 0.06), (0.0, 0.25), (2.0, 0.06), (4.0, 0.45), (11.0, 0.75)),
    "ID_CONFLICT": ((-60.0, 0.06), (6.0, 0.2)),
    "APART": ((-60.0, 0.02), (8.0, 0.4)),
    "ROLL": ((-60.0, 0.02), (10.0, 0.7)),
    "BAND": ((-60.0, 0.1), (-1.5, 0.2), (0.0, 0.3), (4.0, 0.55)),
    "BAND together": ((-60.0, 0.25), (1.0, 0.12), (2.0, 0.01)),
    "TWIN listed by none": ((-60.0, 0.02), (-8.0, 0.85)),
    "TWIN listed by one": ((-60.0, 0.0), (-8.0, 0.06)),
    "TWIN together listed by one": ((-60.0, 0.5),),
    "MARGIN listed by none": ((-60.0, 0.6), (2.0, 0.9)),
    "MARGIN listed by one": ((-60.0, 0.02), (4.0, 0.03)),
    "ID_CONFLICT listed by one": ((-60.0, 0.01), (6.0, 0.06)),
    "BAND listed by none": ((-60.0, 0.03), (-8.0, 0.1), (-5.0, 0.6), (-3.0, 0.8), (0.0, 0.5)),
    "BAND listed by one": ((-60.0, 0.01), (-1.5, 0.02)),
    "BAND together listed by one": ((-60.0, 0.5),),
}


@dataclasses.dataclass(frozen=True)
class Answer:
    """A question that a person has answered: were the two rows one person?

    `met`: one department lists both; None if that is not known.
    """

    reason: str
    weight_bits: float
    together: bool
    same: bool
    met: bool | None = None


def hours_to_questions(hours: float, per_hour: float = PER_HOUR) -> int:
    """Give the number of questions that fit into so many hours of work."""
    return max(int(hours * per_hour), 0)


def usual_questions(doubtful: pl.DataFrame, rows: int) -> int:
    """Give how many of the first questions are asked if nobody says how many hours there are.

    They fill the share of the rows that may be looked at; a row shown twice counts once.
    """
    seen: set[str] = set()
    for number, pair in enumerate(doubtful.select("row_a", "row_b").iter_rows()):
        seen.update(pair)
        if number and len(seen) > rows * LOOKED_AT:
            return number
    return len(doubtful)


def learn(answers: Iterable[Answer], before: Rates = MEASURED) -> Rates:
    """Move the shares of wrong automatic answers towards what persons found."""
    counted: dict[tuple[str, float], list[float]] = {}
    for answer in answers:
        kind = _kind(answer.reason, together=answer.together, met=answer.met, rates=before)
        if kind in before:
            start = max(low for low, _ in before[kind] if low <= max(answer.weight_bits, -60.0))
            counted.setdefault((kind, start), []).append(float(answer.same != answer.together))
    return {
        kind: tuple((low, _moved(rate, counted.get((kind, low), []))) for low, rate in steps)
        for kind, steps in before.items()
    }


def _moved(rate: float, wrong: list[float]) -> float:
    return round((rate * _PRIOR + sum(wrong)) / (_PRIOR + len(wrong)), 6)


def _kind(reason: str, *, together: bool, met: bool | None, rates: Rates) -> str:
    """Name the kind of a question; without rates of its own it is of the wider kind."""
    kind = f"{reason} together" if together else reason
    if met is None:
        return kind
    told = f"{kind} listed by {'one' if met else 'none'}"
    return told if told in rates else kind


def ranked(doubtful: pl.DataFrame, together: pl.Series, rates: Rates = MEASURED) -> pl.DataFrame:
    """Add `wrong`, how likely the automatic answer is wrong, and put the most likely first.

    `doubtful` says in `met` whether one department lists both, null if that is not known.
    """
    told = doubtful.select("reason", "weight_bits", "met").iter_rows()
    wrong = [
        likely_wrong(reason, bits, together=joined, met=met, rates=rates)
        for (reason, bits, met), joined in zip(told, together.to_list(), strict=True)
    ]
    return (
        doubtful.with_columns(wrong=pl.Series(wrong, dtype=pl.Float64))
        .filter(pl.col("wrong") >= LEAST_WRONG)
        .sort("wrong", "weight_bits", descending=True, maintain_order=True)
    )


def likely_wrong(
    reason: str, bits: float, *, together: bool, met: bool | None = None, rates: Rates = MEASURED
) -> float:
    """Give how likely the automatic answer is wrong, so that a person's changes a file."""
    steps = rates.get(_kind(reason, together=together, met=met, rates=rates), ())
    return next((rate for low, rate in reversed(steps) if bits >= low), 0.0)
