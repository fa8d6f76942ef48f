"""What one member of a team sees of a child: the parts that the slot allows, and nothing else.

Everything that a card holds is put together here and handed out as plain words, so a page cannot
show a value that was not asked for. A child's row is read under the reader's own scope. Adults,
grade and the others in the team are in tables that this scope does not open: they are read as the
system, part by part, for this one child.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final
from uuid import UUID

from django.utils import timezone
from django.utils.translation import gettext as _

from qianshou.areas import queries as areas
from qianshou.assessment.models import Assessment, Grade
from qianshou.bonds.rules import cards as bonds
from qianshou.common import masking, rowsecurity
from qianshou.mothers.rules import skills
from qianshou.pairing.models import CARE_KINDS, Pairing, TeamSeat
from qianshou.registry.models import Child, Guardianship
from qianshou.registry.queries import words
from qianshou.teams.queries import reading
from qianshou.teams.rules import model, parts
from qianshou.teams.rules.sharing import Opening

Rows = list[tuple[str, str]]
# What rooms above tell about goals of a child's plan: registered, since teams cannot know them.
Goals = Callable[[UUID], Sequence[str]]
_goals: list[Goals] = []


def register_goals(provider: Goals) -> None:
    """Let the room of care plans say which goals the members of a team may read."""
    if provider not in _goals:
        _goals.append(provider)


@dataclass(frozen=True)
class Section:
    """One part of the file in words."""

    part: str
    label: str
    rows: Rows


@dataclass(frozen=True)
class Card:
    """What a member sees: always what the child is called and how old it is."""

    called: str
    age: int | None
    sections: list[Section] = field(default_factory=list)
    # The unit for which the guardian's consent is lacking, and the law by which a part is open.
    lacks: str = ""
    law: str = ""

    @property
    def is_shut(self) -> bool:
        """Tell whether nothing of the child is shown."""
        return bool(self.lacks) and not self.law


def called(child: Child) -> str:
    """Return what a child is called where its full name is not to be read: the given name."""
    return masking.given(child.name, child.given_name) or _("child without a name")


def card_of(child: Child, opened: Opening, *, role: str) -> Card:
    """Return the card of a child with exactly the parts that are open; without consent, nothing."""
    if opened.is_shut:
        return Card(_("A child of your team"), None, lacks=opened.party)
    made = []
    for part in parts.shown(list(opened.parts), hidden=child.hidden_location):
        rows = _rows(child, part, role)
        made.append(Section(part, _(parts.PARTS[part]), rows))
    age = child.age_on(timezone.localdate())
    return Card(called(child), age, made, lacks=opened.party, law=opened.law)


def _rows(child: Child, part: str, role: str) -> Rows:
    known = _facts(child, parts.FIELDS.get(part, ()))
    more = _MORE.get(part)
    if more is None:
        return known
    with rowsecurity.acting(rowsecurity.SYSTEM):
        return known + more(child, role)


def _facts(child: Child, names: Sequence[str]) -> Rows:
    rows = []
    for name in names:
        value = child.facts.get(name, getattr(child, name, None))
        if value not in (None, "", []):
            rows.append((words.label_of(name), str(words.value_of(name, value))))
    return rows


def _name(child: Child, _role: str) -> Rows:
    return [(_("Name"), child.name)] if child.name else []


def _place(child: Child, _role: str) -> Rows:
    return [(_("Where"), areas.full_names_of({child.area_code})[child.area_code])]


def _adults(child: Child) -> list[Guardianship]:
    rows = Guardianship.objects.filter(child=child).select_related("guardian")
    return list(rows.order_by("-is_guardian", "-is_carer", "pk"))


def _family(child: Child, _role: str) -> Rows:
    return [
        (str(each.get_kinship_display()), each.guardian.name + (
            f"（{_('looks after the child')}）" if each.is_carer else ""))
        for each in _adults(child) if each.guardian.name
    ]  # fmt: skip


def _contact(child: Child, _role: str) -> Rows:
    return [
        (str(each.get_kinship_display()), each.guardian.phone.open())
        for each in _adults(child)
        if each.guardian.phone
    ]


def _address(child: Child, _role: str) -> Rows:
    return [(_("Address"), child.address.open())] if child.address else []


def _grade(child: Child, _role: str) -> Rows:
    found = Assessment.objects.current().filter(child=child).values_list("grade", "needs").first()
    if found is None:
        return []
    needs = "；".join(_(bonds.NEEDS[each]) for each in bonds.needs_of(found[1], skills.AXES))
    return [(_("Grade"), str(Grade(found[0]).label)), (_("What the child needs"), needs)]


def _team(child: Child, role: str) -> Rows:
    seats = TeamSeat.objects.in_force().filter(child=child, kind__in=CARE_KINDS)
    rows = [
        (reading.role_words(each.role), masking.name(each.mother.name) if each.mother else each.who)
        for each in seats.select_related("partner", "staff", "mother").order_by("role", "pk")
        if each.role != role
    ]
    pairings = Pairing.objects.caring().filter(child=child).select_related("mother")
    if role == model.MOTHER:
        return rows
    return [
        (reading.role_words(model.MOTHER), masking.name(each.mother.name)) for each in pairings
    ] + rows


def _plan(child: Child, _role: str) -> Rows:
    goals = [goal for provider in _goals for goal in provider(child.pk)]
    return [(_("Goal"), goal) for goal in goals]


_MORE: Final[Mapping[str, Callable[[Child, str], Rows]]] = {
    "NAME": _name,
    "PLACE": _place,
    "FAMILY": _family,
    "CONTACT": _contact,
    "ADDRESS": _address,
    "GRADE": _grade,
    "TEAM": _team,
    "PLAN": _plan,
}


def titles(allowed: Sequence[str]) -> list[str]:
    """Return the names of parts, as a page lists what may be read before it is."""
    return [_(parts.PARTS[part]) for part in parts.tidy(list(allowed))]


def choices(allowed: Sequence[str]) -> list[tuple[str, Any]]:
    """Return parts as the choices of a form."""
    return [(part, _(parts.PARTS[part])) for part in parts.tidy(list(allowed))]
