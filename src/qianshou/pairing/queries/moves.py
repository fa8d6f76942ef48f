"""Steering and repairs in words: what would change, what has moved, and why."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from django.db.models import QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop, ngettext

from qianshou.accounts import permissions
from qianshou.accounts.models import User
from qianshou.accounts.rules import Power
from qianshou.areas import rules as area_rules
from qianshou.common.errors import NotFound
from qianshou.mothers.models import Mother
from qianshou.pairing.models import MatchRun, Move, Proposal, SteeringAct
from qianshou.pairing.queries import shapes
from qianshou.pairing.queries.standing import Answer, Demand
from qianshou.registry.models import Child

SHOWN: Final = 30
WHY: Final = {
    "veto": gettext_noop("a person said: never these two"),
    "force": gettext_noop("a person said: this pair all the same"),
    "lock": gettext_noop("a person keeps this pair"),
    "undone": gettext_noop("a person took a demand back"),
    "settled": gettext_noop("a person keeps or demanded this pair"),
    "gave_way": gettext_noop("the place went to another child"),
    "with_siblings": gettext_noop("siblings go together"),
    "place_found": gettext_noop("a place became free"),
    "place_lost": gettext_noop("no place is left"),
    "better_for_all": gettext_noop("all pairs together fit better so"),
    "new_child": gettext_noop("new child"),
    "child_gone": gettext_noop("the child waits no longer"),
    "mother_gone": gettext_noop("the mother has no place any more"),
}
LEADS: Final = {
    "VETO": gettext_noop("Never these two: this child is not proposed to this mother again."),
    "LOCK": gettext_noop("Keep this pair: nothing moves it until it is decided."),
    "FORCE": gettext_noop("This pair all the same, although the best plan says another."),
}


@dataclass(frozen=True)
class Row:
    """One child whose mother changes; names, "" for nobody."""

    child: str
    before: str
    after: str
    why: str


@dataclass(frozen=True)
class Told:
    """What a demand would do: sentences, who moves and why, and how many more."""

    sentences: list[str]
    rows: list[Row]
    more: int


def part_of(run: MatchRun, area_code: str) -> str:
    """Return the part of a run that is solved again together: a county, or the smaller run."""
    county = area_rules.county_code(area_code)
    low, high = area_rules.subtree(county)
    return run.area_code if low <= run.area_code <= high else county


def told(answer: Answer) -> Told:
    """Put what a demand would do into words."""
    names = _names(
        [each.child for each in answer.moves]
        + [each.yielded_to for each in answer.moves if each.yielded_to],
        [one for each in answer.moves for one in (each.before, each.after) if one],
    )
    rows = [
        Row(
            names.get(each.child, ""),
            names.get(each.before, ""),
            names.get(each.after, ""),
            _why(each.why, names.get(each.yielded_to, "")),
        )
        for each in answer.moves[:SHOWN]
    ]
    return Told(_sentences(answer), rows, len(answer.moves) - len(rows))


def _sentences(answer: Answer) -> list[str]:
    said = [points_words(answer.points)]
    if answer.lost:
        words = ngettext(
            "%(count)d child loses its place.", "%(count)d children lose their places.",
            len(answer.lost),
        )  # fmt: skip
        said.append(words % {"count": len(answer.lost)})
    if answer.won:
        words = ngettext(
            "%(count)d child who is left over gets a place.",
            "%(count)d children who are left over get a place.",
            len(answer.won),
        )
        said.append(words % {"count": len(answer.won)})
    if answer.settled.gap:
        said.append(
            _(
                "A better plan could gain at most %(points)d points: the search over siblings"
                " stopped after its time."
            )
            % {"points": answer.settled.gap}
        )
    if not answer.moves:
        said.append(_("No pair moves."))
    return said


def points_words(points: int) -> str:
    """Say what the whole plan loses or gains in points of fit."""
    if points > 0:
        return _("The whole plan loses %(points)d points of fit.") % {"points": points}
    if points < 0:
        return _("The whole plan gains %(points)d points of fit.") % {"points": -points}
    return _("The fit of the whole plan stays the same.")


def _why(code: str, heir: str) -> str:
    words = _(WHY[code]) if code in WHY else shapes.rule_words(code)
    return _("%(why)s: %(name)s") % {"why": words, "name": f"{heir[:1]}**"} if heir else words


def _names(children: Sequence[UUID], mothers: Sequence[UUID]) -> dict[UUID | None, str]:
    found: dict[UUID | None, str] = dict(
        Child.objects.filter(pk__in=children).values_list("pk", "name")
    )
    return found | dict(Mother.objects.filter(pk__in=mothers).values_list("pk", "name"))


def rows_of(moves: Iterable[Move], *, first: UUID | None = None) -> list[Row]:
    """Return stored moves as rows of a table, those of one child first."""
    moves = sorted(moves, key=lambda each: each.child_id != first)
    names = _names(
        [each.child_id for each in moves]
        + [each.yielded_to_id for each in moves if each.yielded_to_id],
        [one for each in moves for one in (each.before_id, each.after_id) if one],
    )
    return [
        Row(
            names.get(each.child_id, ""),
            names.get(each.before_id, ""),
            names.get(each.after_id, ""),
            _why(each.why, names.get(each.yielded_to_id, "")),
        )
        for each in moves
    ]


def moves_of(run: MatchRun, part: str) -> QuerySet[Move]:
    """Return what moved in a part of a run, the newest first."""
    inside = area_rules.subtree(part)
    return run.moves.filter(area_code__range=inside).order_by("-id")


def is_steered(run: MatchRun, part: str) -> bool:
    """Tell whether people have changed a part of a run's plan since it was made."""
    inside = area_rules.subtree(part)
    return run.moves.filter(area_code__range=inside, steering__isnull=False).exists()


def acts_of(run: MatchRun, part: str) -> list[SteeringAct]:
    """Return how people steered a part of a run, the newest first."""
    rows = run.steering.filter(area_code__range=area_rules.subtree(part))
    return list(rows.select_related("child", "mother", "by", "undone_by").order_by("-at"))


def act_for(user: User, act_id: UUID) -> SteeringAct:
    """Return one steering act; raises `NotFound` when it is not theirs."""
    found = (
        SteeringAct.objects.select_related(
            "child", "mother", "by", "undone_by", "run__policy", "run__by"
        )
        .filter(pk=act_id)
        .first()
    )
    if found is None or not permissions.may(user, Power.VIEW_PAIRS, found.area_code):
        raise NotFound
    return found


def facts_of(act: SteeringAct) -> list[tuple[str, str]]:
    """Return who demanded what, when, why and at what loss."""
    rows: list[tuple[str, str]] = [
        (_("Demand"), str(act.get_kind_display())),
        (_("Reason"), f"{act.get_reason_code_display()} · {act.reason}"),
        (_("Loss"), points_words(act.points)),
        (_("By"), f"{act.by} · {shapes.moment_words(act.at)}"),
    ]
    if act.undone_at is not None:
        undone = f"{act.undone_by} · {shapes.moment_words(act.undone_at)}"
        rows.append((_("Taken back"), undone))
    return rows


def history_of(proposal: Proposal) -> dict[str, Any]:
    """Return how people steered this child's pairs, and how its mother changed in the run."""
    acts = SteeringAct.objects.filter(child_id=proposal.child_id).select_related("mother", "by")
    moves = Move.objects.filter(run_id=proposal.run_id, child_id=proposal.child_id)
    return {"acts": list(acts.order_by("-at")[:5]), "moves": rows_of(moves.order_by("id")[:5])}


def demand_on(proposal: Proposal, kind: str, mother: str | None) -> Demand:
    """Return a demand about a proposal's child; raises `NotFound` for a kind that is none."""
    if kind not in SteeringAct.Kind.values:
        raise NotFound
    try:
        hers = UUID(mother) if mother else proposal.mother_id
    except ValueError:
        raise NotFound from None
    return Demand(kind, proposal.child_id, hers)


def undoing(act: SteeringAct) -> Demand:
    """Return the end of a demand."""
    return Demand(act.kind, act.child_id, act.mother_id, undoes=act)


def mother_of(demand: Demand) -> Mother:
    """Return the mother a demand is about; raises `NotFound` if nobody here may know her."""
    found = Mother.objects.filter(pk=demand.mother).first()
    if found is None:
        raise NotFound
    return found


def is_steerable(proposal: Proposal) -> bool:
    """Tell whether a proposal is what its run proposes now, and undecided."""
    return proposal.is_current and proposal.state == Proposal.State.OPEN
