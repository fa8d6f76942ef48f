"""What a refusal would do to the whole plan, and the exact case against another mother, in words.

Names are told only of children whose pairs the viewer may see; the others are counted.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from qianshou.accounts import permissions
from qianshou.accounts.models import User
from qianshou.accounts.rules import Power
from qianshou.mothers.models import Mother
from qianshou.pairing.models import Proposal
from qianshou.pairing.queries import archived
from qianshou.pairing.queries.archived import Cost, Move
from qianshou.registry.models import Child

SHOWN = 8


@dataclass(frozen=True)
class Change:
    """One child who would have another mother; names, "" for nobody."""

    child: Child
    before: str
    after: str


@dataclass(frozen=True)
class Told:
    """What one change of the plan would cost, in sentences and rows."""

    sentences: list[str]
    changes: list[Change]
    more: int


def of_refusal(user: User, proposal: Proposal) -> Told | None:
    """Tell what refusing a proposal would cost the whole plan; None if it cannot be reckoned."""
    plan = archived.archived(proposal.run)
    cost = plan.veto(str(proposal.child_id)) if plan else None
    if cost is None:
        return None
    if all(each.before != str(proposal.mother_id) for each in cost.moves):
        # Steering has made this pair; what its refusal would do is told where it can be vetoed.
        return None
    return told(user, cost, first=_loss_of_refusal(cost.points), child=str(proposal.child_id))


def of_runner_up(proposal: Proposal) -> str:
    """Say what the plan would lose with the mother who is next: exactly, or else at least."""
    if proposal.runner_up_id is None:
        return ""
    plan = archived.archived(proposal.run)
    found = plan.why_not(str(proposal.child_id), str(proposal.runner_up_id)) if plan else None
    if found is not None and not found.cost.left_out:
        return loss_of_choice(found.cost.points)
    return _("With her the whole plan would lose at least %(points)d points.") % {
        "points": proposal.margin or 0
    }


def told(user: User, cost: Cost, *, first: str, child: str) -> Told:
    """Put a cost into words for one viewer; `first` is the sentence about the points."""
    seen = _seen(user, (each.child for each in cost.moves), cost.left_out, cost.taken_in)
    sentences = [first]
    if cost.left_out:
        sentences.append(_("%(name)s would be left over.") % {"name": _name(cost.left_out, seen)})
    if cost.taken_in:
        sentences.append(
            _("%(name)s, who is left over now, would get a place.")
            % {"name": _name(cost.taken_in, seen)}
        )
    others = sum(each.child not in {child, cost.left_out, cost.taken_in} for each in cost.moves)
    if others:
        words = ngettext(
            "%(count)d other child would get another mother.",
            "%(count)d other children would get another mother.",
            others,
        )
        sentences.append(words % {"count": others})
    # The child who is asked about comes first, then the others in the order in which they move.
    visible = sorted((m for m in cost.moves if m.child in seen), key=lambda m: m.child != child)
    shown = visible[:SHOWN]
    return Told(sentences, _changes(shown, seen), len(cost.moves) - len(shown))


def _loss_of_refusal(points: int) -> str:
    if points > 0:
        return _("If it is refused, the whole plan loses %(points)d points of fit.") % {
            "points": points
        }
    if points < 0:
        return _("If it is refused, the fit of all pairs grows by %(points)d points.") % {
            "points": -points
        }
    return _("If it is refused, the fit of the whole plan stays the same.")


def loss_of_choice(points: int) -> str:
    """Say what choosing another mother costs in points of fit."""
    if points > 0:
        return _("With her the whole plan would lose exactly %(points)d points of fit.") % {
            "points": points
        }
    if points < 0:
        return _("With her the fit of all pairs would grow by %(points)d points.") % {
            "points": -points
        }
    return _("With her the fit of the whole plan would stay the same.")


def _seen(user: User, moved: Iterable[str], *ends: str) -> dict[str, Child]:
    ids = [UUID(each) for each in {*moved, *ends} if each]
    return {
        str(child.pk): child
        for child in Child.objects.filter(pk__in=ids)
        if permissions.may(user, Power.VIEW_PAIRS, child.area_code)
    }


def _name(child: str, seen: dict[str, Child]) -> str:
    known = seen.get(child)
    return _("A child of another area") if known is None else f"{known.name[:1]}**"


def _changes(moves: list[Move], seen: dict[str, Child]) -> list[Change]:
    ids = {UUID(name) for each in moves for name in (each.before, each.after) if name}
    names = {str(key): name for key, name in _names_of(ids)}
    return [
        Change(seen[each.child], names.get(each.before, ""), names.get(each.after, ""))
        for each in moves
    ]


def _names_of(ids: set[UUID]) -> Iterable[tuple[UUID, str]]:
    return Mother.objects.filter(pk__in=ids).values_list("pk", "name")
