"""What each side is told before it answers, taken from the files on the day of the offer."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from django.utils.translation import gettext as _

from qianshou.areas import queries as areas
from qianshou.areas import rules as area_rules
from qianshou.assessment.models import Assessment
from qianshou.bonds.rules import cards
from qianshou.mothers.rules import skills, words
from qianshou.pairing.models import Pairing
from qianshou.pairing.queries import asking


def for_mother(pairing: Pairing, *, today: date) -> dict[str, Any]:
    """Return the card of a child as codes: bands, town and needs, never a name or a place."""
    child = pairing.child
    needs = Assessment.objects.current().filter(child=child).values_list("needs", flat=True).first()
    hidden = child.hidden_location
    metres = None if hidden else asking.distance_of(pairing)
    return {
        "sex": child.sex,
        "age": cards.age_band(child.age_on(today)),
        "town": "" if hidden else area_rules.town_code(child.area_code),
        "needs": cards.needs_of(needs or (), skills.AXES),
        "distance": cards.distance_band(metres),
    }


def for_family(pairing: Pairing) -> dict[str, Any]:
    """Return what guardian and child may know of the mother: name, calling, town; no telephone."""
    mother = pairing.mother
    return {
        "name": mother.name,
        "categories": list(mother.categories),
        "town": area_rules.town_code(mother.area_code),
    }


def child_words(card: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Return the card of a child in words, as label and value."""
    town, sex = card.get("town", ""), cards.SEXES.get(card.get("sex", ""), cards.SEXES[""])
    age = cards.AGES.get(card.get("age", ""), "")
    far = cards.DISTANCES.get(card.get("distance", ""), "")
    names = areas.full_names_of({town}) if town else {}
    return [
        (_("Girl or boy"), _(sex)),
        (_("Age"), _(age) if age else _("not known")),
        (_("Where"), names.get(town, "") or _("not told, for the child's safety")),
        (_("How far"), _(far) if far else _("not told")),
        (
            _("What the child needs"),
            "；".join(_(cards.NEEDS[each]) for each in card.get("needs", ()))
            or _("company, above all"),
        ),
    ]


def asked_of_her() -> list[str]:
    """Return what a mother takes on, in words."""
    return [_(each) for each in cards.ASKED_OF_HER]


def mother_words(card: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Return the card of a mother in words, as label and value."""
    town = card.get("town", "")
    known = words.CATEGORIES
    categories = [_(known[each]) if each in known else each for each in card.get("categories", ())]
    return [
        (_("Name"), card.get("name", "")),
        (_("Who she is"), "、".join(categories) or "—"),
        (_("Where"), areas.full_names_of({town}).get(town, "") if town else "—"),
    ]
