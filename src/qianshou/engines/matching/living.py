"""A plan that lives on: what moved between two plans and why, and pairs that are settled.

Repairing is `plan.make_plan` with ``previous``: children who come or go, a mother's leave, a veto
(``barred``) or changed needs are changed columns, and the search starts from the older plan. A
pair that a person decided on leaves the problem with `set_aside`.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from qianshou.engines.matching.explain import explain_pair
from qianshou.engines.matching.people import Children, Column, Mothers, taken
from qianshou.engines.matching.plan import Plan


@dataclass(frozen=True)
class Change:
    """One child whose mother differs between two plans; identifiers, "" for nobody.

    ``why`` is "new_child", "child_gone", "mother_gone" (also: no place any more), the rule that
    now forbids the old pair, "place_found", "place_lost", "settled" (a person fixed the new pair)
    or "better_for_all": the old pair is still allowed, but the whole plan is better so.
    """

    child: str
    before: str
    after: str
    why: str


def changes(before: Plan, after: Plan) -> list[Change]:
    """Return what moved, in the order of the children's identifiers."""
    return differences(_mothers_of(before), after)


def differences(
    old: Mapping[str, str], after: Plan, *, settled: Mapping[str, str] | None = None
) -> list[Change]:
    """Return what moved against pairs by identifier ("": nobody); `settled` stand beside the plan.

    Who had nobody before and has nobody now did not move.
    """
    new = {**_mothers_of(after), **(settled or {})}
    rows = {id_: k for k, id_ in enumerate(after.children.ids)}
    mothers = {id_: k for k, id_ in enumerate(after.mothers.ids)}
    found = []
    for child in sorted({*old, *new}):
        was, now = old.get(child, ""), new.get(child, "")
        if was == now and child in new:
            continue
        if child not in new:
            found.append(Change(child, was, "", "child_gone"))
        elif child not in old:
            found.append(Change(child, "", now, "new_child"))
        elif child not in rows:
            found.append(Change(child, was, now, "settled"))
        else:
            why = _why(after, rows[child], mothers.get(was, -1), paired=bool(now))
            found.append(Change(child, was, now, why if was else "place_found"))
    return found


def _mothers_of(plan: Plan) -> dict[str, str]:
    ids = plan.mothers.ids
    mates = plan.mate.tolist()
    return {
        child: ids[j] if j >= 0 else "" for child, j in zip(plan.children.ids, mates, strict=True)
    }


def _why(after: Plan, child: int, mother: int, *, paired: bool) -> str:
    if mother < 0 or after.places[mother] == 0:
        return "mother_gone"
    said = explain_pair(
        after.children, after.mothers, after.policy, child=child, mother=mother,
        barred=after.barred,
    )  # fmt: skip
    return said.rule or ("better_for_all" if paired else "place_lost")


def set_aside(
    children: Children, mothers: Mothers, *, pairs: Column
) -> tuple[Children, Mothers, Column]:
    """Take settled pairs (rows of child and mother) out of the problem, with their places.

    Returns the remaining children, the mothers with fewer places and a higher load, and the rows
    of the remaining children.
    """
    settled = np.asarray(pairs, np.int64).reshape(-1, 2)
    count = np.bincount(settled[:, 1], minlength=len(mothers.ids)).astype(np.int32)
    rest = np.setdiff1d(np.arange(len(children.ids)), settled[:, 0])
    fewer = replace(
        mothers, capacity=np.maximum(mothers.capacity - count, 0), load=mothers.load + count
    )
    return taken(children, rest), fewer, rest


def joined(one: Any, other: Any) -> Any:
    """Return the people of both sets of columns, one after the other."""
    columns: dict[str, Any] = {
        name: value + getattr(other, name)
        if name == "ids"
        else np.concatenate([value, getattr(other, name)])
        for name, value in vars(one).items()
    }
    return type(one)(**columns)
