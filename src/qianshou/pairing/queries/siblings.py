"""Which children go to one mother: households, the policy's word, and what people decided."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from uuid import UUID

import numpy as np
from numpy.typing import NDArray

from qianshou.accounts import permissions
from qianshou.accounts.models import User
from qianshou.accounts.rules import Power
from qianshou.areas import rules as area_rules
from qianshou.common.errors import NotFound
from qianshou.engines.matching.policy import Policy
from qianshou.engines.matching.values import STANDING, Values
from qianshou.pairing.models import Pairing, Proposal, SiblingRule
from qianshou.pairing.queries import instance
from qianshou.pairing.queries.instance import ChildRow
from qianshou.registry.models import Child


def families_of(rows: Sequence[ChildRow], policy: Policy | None) -> dict[UUID, UUID]:
    """Return the household of each child who goes together with others who wait.

    Under a policy by which each further child costs more nobody can be kept together.
    """
    if policy is None or policy.fairness_step:
        return {}
    sizes = Counter(row.household_id for row in rows if row.household_id)
    shared = {home for home, size in sizes.items() if home and size > 1}
    said = rules_of(shared)
    kept = {home for home in shared if said.get(home, policy.siblings_together)}
    return {row.id: row.household_id for row in rows if row.household_id in kept
            and row.household_id}  # fmt: skip


def rules_of(homes: Iterable[UUID]) -> dict[UUID, bool]:
    """Return what people decided for some households; the latest word counts."""
    rows = SiblingRule.objects.in_force().filter(child__household_id__in=list(homes))
    said = rows.order_by("at", "id").values_list("child__household_id", "together")
    return {home: together for home, together in said if home is not None}


def rule_of(child: Child) -> SiblingRule | None:
    """Return what a person decided for a child's household, if anybody did."""
    if child.household_id is None:
        return None
    rows = SiblingRule.objects.in_force().filter(child__household_id=child.household_id)
    return rows.select_related("by", "child").order_by("-at", "-id").first()


def numbered(rows: Sequence[ChildRow], families: dict[UUID, UUID]) -> NDArray[np.int32]:
    """Return a number for each family, in the order of the rows; -1 for who is alone."""
    numbers: dict[UUID, int] = {}
    found = [
        numbers.setdefault(families[row.id], len(numbers)) if row.id in families else -1
        for row in rows
    ]
    return np.array(found, np.int32)


def known_mothers(area_code: str, *, values: Values = STANDING) -> dict[UUID, UUID]:
    """Return the mother whom a child of an area knows: its own of earlier, or a sibling's."""
    return {**_mothers_of_siblings(area_code), **instance.known_pairs(area_code, values=values)}


def _mothers_of_siblings(area_code: str) -> dict[UUID, UUID]:
    area_low, area_high = area_rules.subtree(area_code)
    paired = Pairing.objects.open().exclude(child__household_id=None)
    homes = dict(
        paired.filter(area_code__range=(area_low, area_high))
        .order_by("started_on", "id")
        .values_list("child__household_id", "mother_id")
    )
    kin = Child.objects.on_file().filter(household_id__in=list(homes))
    rows = kin.filter(area_code__range=(area_low, area_high)).values_list("pk", "household_id")
    return {child: homes[home] for child, home in rows}


def with_siblings(proposal: Proposal) -> list[Proposal]:
    """Return what a run proposes now for the siblings who were placed with a child, undecided."""
    if proposal.family is None:
        return []
    rows = Proposal.objects.current().open().filter(run_id=proposal.run_id, family=proposal.family)
    same = rows.filter(mother_id=proposal.mother_id).exclude(pk=proposal.pk)
    return list(same.select_related("child").order_by("child__birth_on", "id"))


@dataclass(frozen=True)
class Family:
    """What a child's page says of its siblings: who they are, and what holds for them."""

    names: list[str]
    together: bool
    rule: SiblingRule | None
    follows: bool


def family_of(user: User, child: Child, policy: Policy | None) -> Family | None:
    """Return what holds for a child's household; None for a child without siblings on file.

    `follows` tells whether together can be kept at all: not where each further child of a mother
    costs more.
    """
    if child.household_id is None:
        return None
    kin = Child.objects.on_file().filter(household_id=child.household_id).exclude(pk=child.pk)
    seen = [
        each
        for each in kin.order_by("birth_on", "id")[:20]
        if permissions.may(user, Power.VIEW_CHILDREN, each.area_code)
    ]
    if not seen:
        return None
    rule = rule_of(child)
    word = policy is not None and policy.siblings_together
    return Family(
        [each.name for each in seen],
        together=word if rule is None else rule.together,
        rule=rule,
        follows=policy is None or not policy.fairness_step,
    )


def child_for(user: User, child_id: UUID) -> Child:
    """Return a child whose pairs the person may see; raises `NotFound`."""
    child = Child.objects.on_file().filter(pk=child_id).first()
    if child is None or not permissions.may(user, Power.VIEW_PAIRS, child.area_code):
        raise NotFound
    return child
