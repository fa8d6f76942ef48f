"""Wishes, conflicts of interest and families decided upon, so that the demo's pages hold some.

Noted through the acts that the pages call, on children who are proposed a mother; a dozen at most.
"""

from contextlib import suppress
from itertools import pairwise
from typing import Final

from django.db.models import Count

from qianshou.accounts.models import User
from qianshou.areas import rules as area_rules
from qianshou.common.errors import Refused
from qianshou.mothers.models import Mother
from qianshou.pairing.actions import siblings, wishing
from qianshou.pairing.models import Conflict, Proposal, Wish
from qianshou.registry.models import Child

# Who wishes, what, whether a mother by name or a kind of mother, and how it is known.
WISHES: Final = (
    (Wish.Of.CHILD, Wish.Kind.WANTED, "OLDER", "孩子说想找一位像奶奶一样的妈妈"),
    (Wish.Of.GUARDIAN, Wish.Kind.WANTED, "EXPERIENCED", "家访时奶奶提出，希望是带过孩子的妈妈"),
    (Wish.Of.CHILD, Wish.Kind.UNWANTED, "YOUNGER", "孩子在班主任处说起过"),
    (Wish.Of.GUARDIAN, Wish.Kind.KNOWN, "", "同村邻居，平时常有来往"),
    (Wish.Of.CHILD, Wish.Kind.WANTED, "", "参加过她组织的假期活动，孩子点名想要她"),
    (Wish.Of.MOTHER, Wish.Kind.WANTED, "", "入户走访时认识了这个孩子，愿意结对"),
    (Wish.Of.GUARDIAN, Wish.Kind.UNWANTED, "", "两家曾有口角，监护人不愿意"),
)  # fmt: skip
CONFLICTS: Final = (
    (Conflict.Kind.RELATIVE, "孩子的堂姑，村委会证明"),
    (Conflict.Kind.TEACHER, "孩子的任课教师，学校说明"),
    (Conflict.Kind.DEBTOR, "两家有借贷纠纷，网格员走访得知"),
)
FAMILIES: Final = (
    (True, "兄妹相依为命，监护人希望由同一位妈妈照看"),
    (False, "两个孩子年龄相差大，需要不同，分别结对更合适"),
)


def furnish(county: str, *, by: User) -> int:
    """Note what families of a county said; returns how many notes there are."""
    inside = area_rules.subtree(county)
    rows = Proposal.objects.open().filter(area_code__range=inside)
    met = list(rows.select_related("child", "mother").order_by("area_code", "pk")[:40])
    if len(met) < 2:
        return 0
    # The mother of the neighbour's plan: near enough to be known, and not proposed already.
    pairs = [(one.child, other.mother) for one, other in pairwise(met)]
    return (
        sum(_wish(*pair, said, by=by) for pair, said in zip(pairs, WISHES, strict=False))
        + sum(
            _conflict(*pair, said, by=by)
            for pair, said in zip(pairs[len(WISHES) :], CONFLICTS, strict=False)
        )
        + _families(inside, by=by)
    )


def _wish(child: Child, mother: Mother, said: tuple[str, str, str, str], *, by: User) -> int:
    of, kind, trait, reason = said
    named = None if trait else mother
    with suppress(Refused):
        wishing.note_wish(child, by=by, of=of, kind=kind, mother=named, trait=trait, reason=reason)
        return 1
    return 0


def _conflict(child: Child, mother: Mother, said: tuple[str, str], *, by: User) -> int:
    with suppress(Refused):
        wishing.note_conflict(child, by=by, mother=mother, kind=said[0], reason=said[1])
        return 1
    return 0


def _families(inside: tuple[str, str], *, by: User) -> int:
    """Decide on one child each of the first households with two children."""
    here = Child.objects.on_file().filter(area_code__range=inside)
    homes = (
        here.exclude(household_id=None).values_list("household_id", flat=True)
        .annotate(children=Count("pk")).filter(children__gt=1).order_by("household_id")
    )  # fmt: skip
    made = 0
    for home, (together, reason) in zip(homes[: len(FAMILIES)], FAMILIES, strict=False):
        child = here.filter(household_id=home).order_by("pk").first()
        if child is not None:
            siblings.decide(child, by=by, together=together, reason=reason)
            made += 1
    return made
