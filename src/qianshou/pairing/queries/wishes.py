"""Wishes and conflicts of interest: for the matching as rows, for the pages in words."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, Final
from uuid import UUID

import numpy as np
from django.db.models import Q
from django.db.models.functions import Coalesce
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from qianshou.accounts import permissions as accounts
from qianshou.accounts.models import User
from qianshou.accounts.rules import Power
from qianshou.areas import rules as area_rules
from qianshou.common.errors import NotFound
from qianshou.engines.matching.values import STANDING, Values
from qianshou.mothers.models import Mother
from qianshou.mothers.rules.words import LANGUAGES
from qianshou.pairing.models import Conflict, Proposal, Wish
from qianshou.pairing.queries import siblings
from qianshou.pairing.queries.instance import ChildRow, MotherRow
from qianshou.pairing.rules import wishes as rules
from qianshou.registry.models import Child

TRAITS: Final = {
    rules.EXPERIENCED: gettext_noop("has cared for a child here before"),
    rules.YOUNGER: gettext_noop("younger than 40"),
    rules.OLDER: gettext_noop("50 or older"),
}


# What was noted on a file that another one took in holds for that one.
FILE: Final = Coalesce("child__merged_into_id", "child_id")


@dataclass(frozen=True)
class Said:
    """What is wished for the children of an area; the first mother a child knows stands apart."""

    known: dict[UUID, UUID]
    persons: dict[tuple[UUID, str], list[UUID]] = field(default_factory=dict)
    traits: dict[tuple[UUID, str], set[str]] = field(default_factory=dict)

    def named(self, children: Sequence[ChildRow], at: dict[UUID, int], kind: str) -> Any:
        """Return the rows of the mothers each child wishes for, or does not, the first few."""
        found = np.full((len(children), rules.PERSONS), -1, np.int32)
        for row, child in enumerate(children):
            persons = [at[each] for each in self.persons.get((child.id, kind), ()) if each in at]
            found[row, : len(persons)] = persons[: rules.PERSONS]
        return found

    def asked(self, children: Sequence[ChildRow], kind: str, bits: dict[str, int]) -> Any:
        """Return what each child wishes in a mother, or does not, as bits."""
        masks = [_mask(self.traits.get((child.id, kind), ()), bits) for child in children]
        return np.array(masks, np.uint32)

    def had(self, mothers: Sequence[MotherRow], ages: Sequence[int], bits: dict[str, int]) -> Any:
        """Return which of the traits that anybody asked for each mother has, as bits."""
        if not bits:
            return np.zeros(len(mothers), np.uint32)
        rows = zip(mothers, ages, strict=True)
        return np.array([
            _mask(
                rules.traits_of(age=age, languages=row.languages, load=row.load, kept=row.kept),
                bits,
            )
            for row, age in rows
        ], np.uint32)  # fmt: skip


def _mask(traits: Iterable[str], bits: dict[str, int]) -> int:
    return sum(1 << bits[each] for each in traits if bits.get(each, rules.BITS) < rules.BITS)


def said_in(area_code: str, *, values: Values = STANDING) -> Said:
    """Read every wish in force for the children of an area, and whom they know."""
    found = Said(siblings.known_mothers(area_code, values=values))
    rows = Wish.objects.in_force().filter(area_code__range=area_rules.subtree(area_code))
    for child, kind, mother, trait in rows.order_by("mother_id", "trait").values_list(
        FILE, "kind", "mother_id", "trait"
    ):
        key = (child, Wish.Kind.UNWANTED if kind == Wish.Kind.UNWANTED else Wish.Kind.WANTED)
        if mother is None:
            found.traits.setdefault(key, set()).add(trait)
        elif mother not in found.persons.setdefault(key, []):
            found.persons[key].append(mother)
    return found


def conflicts_in(area_code: str) -> dict[UUID, dict[str, int]]:
    """Count for each child of an area how many mothers are out for which conflict of interest."""
    inside = area_rules.subtree(area_code)
    rows = Conflict.objects.in_force().filter(area_code__range=inside)
    counts: dict[UUID, Counter[str]] = defaultdict(Counter)
    for child, kind in rows.values_list(FILE, "kind"):
        counts[child][kind] += 1
    return {child: dict(each) for child, each in counts.items()}


def trait_words(trait: str) -> str:
    """Return what is wished in a mother, in words."""
    if trait.startswith(rules.LANGUAGE):
        code = trait.removeprefix(rules.LANGUAGE)
        return _("speaks %(language)s") % {"language": _(LANGUAGES.get(code, code))}
    return _(TRAITS.get(trait, trait))


def trait_choices() -> list[tuple[str, str]]:
    """Return everything that can be wished in a mother, for a choice."""
    tongues = [f"{rules.LANGUAGE}{code}" for code in LANGUAGES]
    return [(each, trait_words(each)) for each in (*tongues, *TRAITS)]


def wishes_of(child: Child) -> list[Wish]:
    """Return a child's wishes in force, the newest first."""
    rows = Wish.objects.in_force().filter(_on_file_of(child)).select_related("mother", "by")
    return list(rows.order_by("-at", "-id"))


def _on_file_of(child: Child) -> Q:
    return Q(child=child) | Q(child__merged_into=child)


def conflicts_of(child: Child) -> list[Conflict]:
    """Return a child's conflicts of interest in force, the newest first."""
    rows = Conflict.objects.in_force().filter(_on_file_of(child)).select_related("mother", "by")
    return list(rows.order_by("-at", "-id"))


def said_for(user: User, kind: str, said_id: UUID) -> Wish | Conflict:
    """Return a wish or a conflict that the person may take back; raises `NotFound`."""
    model: type[Wish | Conflict] = Wish if kind == "wish" else Conflict
    rows: Any = model.objects.select_related("child", "mother")
    found: Wish | Conflict | None = rows.filter(pk=said_id).first()
    if found is None or not accounts.may(user, Power.VIEW_PAIRS, found.area_code):
        raise NotFound
    return found


def mother_named(user: User, text: str) -> Mother | None:
    """Return the one mother whom a number of the mothers' list or a whole name means here."""
    text = text.strip()
    rows = Mother.objects.filter(search_name=text) if text else Mother.objects.none()
    found = [each for each in rows[:20] if accounts.may(user, Power.VIEW_MOTHERS, each.area_code)]
    return found[0] if len(found) == 1 else None


def row_of(wish: Wish) -> dict[str, Any]:
    """Return a wish as a row of the page."""
    about = trait_words(wish.trait) if wish.mother is None else wish.mother.name
    return {
        "id": wish.pk,
        "of": wish.get_of_display(),
        "kind": wish.get_kind_display(),
        "tone": "bad" if wish.kind == Wish.Kind.UNWANTED else "good",
        "person": "" if wish.mother is None else about,
        "trait": about if wish.mother is None else "",
        "reason": wish.reason,
        "by": wish.by,
        "at": wish.at,
    }


def because(proposal: Proposal) -> list[str]:
    """Say which wishes speak for or against a proposed pair, in sentences."""
    mother = proposal.mother
    today = proposal.run.created_at.date()
    age = today.year - mother.birth_on.year if mother.birth_on else 0
    traits = rules.traits_of(
        age=age, languages=mother.languages, load=mother.pairings.filter(ended_on=None).count(),
        kept=0,
    )  # fmt: skip
    return [
        _sentence(wish)
        for wish in wishes_of(proposal.child)
        if wish.mother_id == mother.pk or (wish.mother is None and wish.trait in traits)
    ]


def _sentence(wish: Wish) -> str:
    who = wish.get_of_display()
    if wish.kind == Wish.Kind.KNOWN:
        return _("They know each other, says %(who)s: %(reason)s") % {
            "who": who, "reason": wish.reason,
        }  # fmt: skip
    if wish.mother is None:
        words = (
            _("Although %(who)s did not wish a mother who %(trait)s: %(reason)s")
            if wish.kind == Wish.Kind.UNWANTED
            else _("Because %(who)s wished a mother who %(trait)s: %(reason)s")
        )
        return words % {"who": who, "trait": trait_words(wish.trait), "reason": wish.reason}
    words = (
        _("Although %(who)s did not wish it: %(reason)s")
        if wish.kind == Wish.Kind.UNWANTED
        else _("Because %(who)s wished it: %(reason)s")
    )
    return words % {"who": who, "reason": wish.reason}
