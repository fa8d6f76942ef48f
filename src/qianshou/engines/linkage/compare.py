"""Comparisons: each turns pairs of rows into a level, 0 where either side is unknown."""

from collections.abc import Sequence
from typing import Protocol

import numpy as np
import numpy.typing as npt

from qianshou.engines.linkage import compare_home, compare_names, compare_numbers, compare_text
from qianshou.engines.linkage.coded import Bools, Ints, portions
from qianshou.engines.linkage.model import Model, ModelError
from qianshou.engines.linkage.prepare import Prepared

Levels = npt.NDArray[np.int8]
# Share of Latin names with two words or more that makes parts worth comparing.
_MOSTLY = 0.8


class Comparison(Protocol):
    """One piece of evidence; `levels[0]` is "missing", the last is "else"."""

    @property
    def name(self) -> str:
        """Name the comparison as in the model."""

    @property
    def levels(self) -> tuple[str, ...]:
        """Name the levels by their number."""

    @property
    def typical(self) -> tuple[float, ...]:
        """Give the usual weight of each level in bits, for levels too rare to estimate."""

    def measure(self, a: Ints, b: Ints) -> Levels:
        """Give the level of each pair of row numbers."""


def build(data: Prepared, model: Model | None = None) -> list[Comparison]:
    """Give the comparisons that this table supports, or those that the model weighs."""
    found = _han(data) if data.han else _latin(data, model)
    return found if model is None else _fitting(found, model)


def _han(data: Prepared) -> list[Comparison]:
    found: list[Comparison] = []
    household = compare_home.Household(data)
    birth = compare_numbers.Birth(data)
    if "name" in data.columns or data.spec.minors:
        found.append(compare_names.HanName(data, household, birth))
    found.append(compare_numbers.Identity(data))
    found.append(birth)
    found.append(household)
    found.append(compare_numbers.Equal(data, "sex_known", "sex"))
    # A former name or an alias is compared by itself.
    found += [compare_text.Words(data, name) for name in _present(data, "name")[1:]]
    used = {"name", "given_name", "surname", "id", "sex", "phone", "area", "address", "school"}
    return found + _others(data, used | {"guardian_name", "guardian_id", "guardian_phone"})


def _latin(data: Prepared, model: Model | None) -> list[Comparison]:
    found: list[Comparison] = []
    if "number" in data.columns:
        found.append(compare_numbers.Identity(data))
    found += _latin_names(data, model)
    if _present(data, "date"):
        found.append(compare_numbers.Birth(data))
    if "sex_known" in data.columns and _present(data, "sex"):
        found.append(compare_numbers.Equal(data, "sex_known", "sex"))
    return found + _others(data, {"name", "given_name", "surname", "sex"})


def _latin_names(data: Prepared, model: Model | None) -> list[Comparison]:
    """Compare given name and surname each, whole names only where they cannot be taken apart."""
    given, surname = _present(data, "given_name"), _present(data, "surname")
    whole = _present(data, "name")
    if whole and (given or surname):
        # Other rows tell the parts, and whole names were taken apart to meet them.
        whole = whole[1:]
    elif whole and _in_parts(data, model):
        given, surname, whole = ["name.given"], ["name.surname"], whole[1:]
    swapped = compare_text.Swapped.of(data, given, surname)
    found = [compare_text.Words(data, name, swapped=swapped) for name in given + surname]
    return [*found, *(compare_text.Words(data, name) for name in whole)]


def _in_parts(data: Prepared, model: Model | None) -> bool:
    """Tell whether whole names are compared by their parts: as the model does, or as most allow."""
    if model is not None:
        return "name.given" in model.comparisons
    whole, given = data.get("name").codes >= 0, data.get("name.given").codes >= 0
    return bool(given.sum() >= _MOSTLY * whole.sum())


def _present(data: Prepared, meaning: str) -> list[str]:
    return [name for name in data.spec.of(meaning) if name in data.columns]


def _others(data: Prepared, used: set[str]) -> list[Comparison]:
    """Compare each remaining column by itself, according to its meaning."""
    found: list[Comparison] = []
    first_date = data.spec.first("date")
    for name, meaning in data.spec.fields.items():
        if meaning in used or meaning == "ignore" or name == first_date:
            continue
        if name not in data.columns or (meaning == "id" and "number" in data.columns):
            continue
        found.append(_single(data, name, meaning))
    return found


def _single(data: Prepared, name: str, meaning: str) -> Comparison:
    match meaning:
        case "date" | "code" | "id" | "phone" | "guardian_phone":
            return compare_numbers.Code(data, name)
        case "student_no":
            # Numbers of twins are neighbours: nearly equal says nothing beyond the birthday.
            return compare_numbers.Equal(data, name, name, typical=(0.0, 18.0, -4.0))
        case "number":
            return compare_numbers.Amount(data, name)
        case _:
            return compare_text.Words(data, name)


def _fitting(comparisons: Sequence[Comparison], model: Model) -> list[Comparison]:
    """Give the comparisons that the model weighs; raises ModelError if their levels differ."""
    found = [c for c in comparisons if c.name in model.comparisons]
    if comparisons and not found:
        raise ModelError(
            f"the model weighs none of the columns ({', '.join(c.name for c in comparisons)}); "
            "it was estimated for another SPEC"
        )
    for comparison in found:
        if tuple(comparison.levels) != model.comparisons[comparison.name].levels:
            raise ModelError(
                f"comparison {comparison.name}: the model has other levels; estimate it anew"
            )
    return found


def measure(comparisons: Sequence[Comparison], a: Ints, b: Ints) -> npt.NDArray[np.int8]:
    """Give a matrix of levels, one row per pair and one column per comparison."""
    found = np.zeros((len(a), len(comparisons)), np.int8, order="F")
    for here in portions(len(a)):
        for column, comparison in enumerate(comparisons):
            found[here, column] = comparison.measure(a[here], b[here])
    return found


def among(
    comparisons: Sequence[Comparison], levels: Levels, name: str, *, wanted: Sequence[str]
) -> Bools:
    """Tell for rows of levels which are at one of the levels wanted; none where it is not asked."""
    for column, comparison in enumerate(comparisons):
        if comparison.name == name:
            marked = np.array([level in wanted for level in comparison.levels])
            result: Bools = marked[levels[:, column]]
            return result
    return np.zeros(len(levels), np.bool_)


def told(
    comparisons: Sequence[Comparison], levels: npt.NDArray[np.int8], model: Model
) -> list[dict[str, str]]:
    """Name for each pair the level of every comparison of the model; a table's gaps are missing."""
    missing = dict.fromkeys(model.comparisons, "missing")
    named = [(comparison.name, comparison.levels) for comparison in comparisons]
    return [
        missing | {name: words[level] for (name, words), level in zip(named, row, strict=True)}
        for row in levels.tolist()
    ]
