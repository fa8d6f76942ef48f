"""What a mother sees of her checklists: on her page, and as her phone takes it along."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from qianshou.accounts.models import User
from qianshou.pairing.models import Pairing
from qianshou.plans.models import Goal
from qianshou.plans.queries import lines, plan
from qianshou.plans.rules import slots


@dataclass(frozen=True)
class Card:
    """One child of hers: what is to be done, what is done already, and the goal."""

    pairing: Pairing
    name: str
    to_do: list[lines.Line]
    done: int
    goal: Goal | None

    @property
    def late(self) -> int:
        """Return how many items are late."""
        return sum(each.state == slots.LATE for each in self.to_do)


def cards_for(user: User, today: date) -> list[Card]:
    """Return her children with what is to be done, first where something is late."""
    pairings = plan.caring(user)
    found = _lines(pairings, today)
    goals = lines.goals_of(pairings)
    cards = [
        Card(
            each, plan.called(user, each), lines.open_lines(found.get(each.pk, []), free=True),
            sum(line.state == slots.DONE for line in found.get(each.pk, [])),
            goals.get(each.pk),
        )
        for each in pairings
    ]  # fmt: skip
    return sorted(cards, key=lambda card: (-card.late, -len(card.to_do), card.name))


def _lines(pairings: Sequence[Pairing], today: date) -> dict[Any, list[lines.Line]]:
    return lines.lines_of(list(lines.plans_of(pairings).values()), today)


def carried(pairings: Sequence[Pairing], today: date) -> dict[str, dict[str, Any]]:
    """Return the checklist of each pairing as a phone takes it along: words and numbers only."""
    found = _lines(pairings, today)
    goals = lines.goals_of(pairings)
    return {
        str(each.pk): {
            "items": [_carried(line) for line in found.get(each.pk, [])
                      if line.state != slots.SOON],
            "goal": _goal(goals.get(each.pk)),
        }
        for each in pairings
    }  # fmt: skip


def _carried(line: lines.Line) -> dict[str, Any]:
    by_hand = "MOTHER" in line.item.may_tick and line.item.evidence in ("NOTE", "PHOTO")
    return {
        "item": line.item.code, "part": line.part, "name": line.whole_name, "state": line.state,
        "until": line.last_on.isoformat(), "needed": line.needed, "done": line.done,
        "by_hand": by_hand and line.done < line.item.maximum
        and line.state != slots.LATE,
        "by_contact": bool(line.item.counts), "photo": line.item.evidence == "PHOTO",
    }  # fmt: skip


def _goal(goal: Goal | None) -> dict[str, str] | None:
    if goal is None:
        return None
    return {"aim": goal.aim, "until": goal.until.isoformat(), "state": goal.state}
