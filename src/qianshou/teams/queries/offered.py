"""Care models of an area: which are offered, what one says in plain words, where it is adopted."""

import tomllib
from collections.abc import Iterable
from pathlib import Path
from typing import Any, Final
from uuid import UUID

from django.db.models import Count, Q
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from qianshou.accounts.models import User
from qianshou.areas import queries as areas
from qianshou.areas import rules as area_rules
from qianshou.assessment.models import Grade
from qianshou.common.errors import NotFound
from qianshou.pairing.queries.policies import chain
from qianshou.registry.queries import words as file_words
from qianshou.teams import permissions
from qianshou.teams.models import Adoption, CareModel
from qianshou.teams.queries import reading
from qianshou.teams.rules import model as rules
from qianshou.teams.rules import parts
from qianshou.teams.rules.model import Duty, Slot

EVERYWHERE: Final = "000000000000"
FOLDER: Final = Path(__file__).parents[1] / "data" / "models"


def shipped() -> list[dict[str, Any]]:
    """Return the models that come along, as data."""
    return [tomllib.loads(each.read_text(encoding="utf-8")) for each in sorted(FOLDER.iterdir())]


def models_for(user: User, area_code: str) -> list[CareModel]:
    """Return the newest version of every model offered to an area, its own before those above."""
    if not permissions.can_read_models(user, area_code):
        raise NotFound
    rows = CareModel.objects.filter(area_code__in=chain(area_code)).select_related("by")
    newest: dict[tuple[str, str], CareModel] = {}
    for each in rows.order_by("version"):
        newest[each.area_code, each.code] = each
    return sorted(newest.values(), key=lambda each: (_depth(each.area_code), each.code))


def _depth(area_code: str) -> int:
    return -len(area_rules.significant(area_code)) if area_code != EVERYWHERE else 0


def model_for(user: User, model_id: UUID, area_code: str) -> CareModel:
    """Return one version that the person may read; raises `NotFound`."""
    if not permissions.can_read_models(user, area_code):
        raise NotFound
    rows = CareModel.objects.filter(pk=model_id, area_code__in=chain(area_code))
    found = rows.select_related("by").first()
    if found is None:
        raise NotFound
    return found


def versions_of(model: CareModel) -> list[CareModel]:
    """Return every version of a model, the newest first."""
    rows = CareModel.objects.filter(area_code=model.area_code, code=model.code)
    return list(rows.select_related("by").order_by("-version"))


def rows_of(models: Iterable[CareModel], area_code: str) -> list[dict[str, Any]]:
    """Return models as rows of the list, with how many teams of the area each has."""
    found = list(models)
    inside = Q(area_code__range=area_rules.subtree(area_code))
    keys = Q()
    for each in found:
        keys |= Q(model__code=each.code, model__area_code=each.area_code)
    counted: dict[tuple[str, str], int] = {}
    if found:
        from_teams = CareModel.teams.rel.related_model.objects.in_force()  # type: ignore[attr-defined]
        rows = from_teams.filter(inside, keys).values_list("model__area_code", "model__code")
        counted = {(area, code): n for area, code, n in rows.annotate(n=Count("pk")).order_by()}
    names = areas.names_of({each.area_code for each in found})
    return [
        {
            "model": each,
            "name": reading.words(each.name),
            "whose": names.get(each.area_code, _("shipped")),
            "slots": "、".join(reading.slot_words(s) for s in reading.model_of(each).slots),
            "teams": counted.get((each.area_code, each.code), 0),
        }
        for each in found
    ]


def explained(model: CareModel) -> list[dict[str, Any]]:
    """Return a model slot by slot in plain words."""
    return [explain_slot(slot) for slot in reading.model_of(model).slots]


def explain_slot(slot: Slot) -> dict[str, Any]:
    """Return one slot in plain words."""
    sees = [_(parts.PARTS[part]) for part in slot.parts]
    return {
        "role": slot.role,
        "name": reading.slot_words(slot),
        "how_many": how_many(slot),
        "source": _(rules.SOURCES[slot.source]),
        "sees": "、".join(sees) or _("only what the child is called, and its age"),
        "duties": [duty_words(duty) for duty in slot.duties],
    }


def how_many(slot: Slot) -> str:
    """Say how many people a slot wants, and whether it is a gap without them."""
    if slot.least == slot.most:
        number = ngettext("%(n)d person", "%(n)d people", slot.most) % {"n": slot.most}
    else:
        number = _("%(least)d to %(most)d people") % {"least": slot.least, "most": slot.most}
    if slot.required:
        return _("%(number)s, required") % {"number": number}
    return _("%(number)s, may stay empty") % {"number": number}


def duty_words(duty: Duty) -> dict[str, Any]:
    """Say what is to be done, and every how many days by grade."""
    return {
        "text": reading.words(duty.text) or _(rules.DUTIES[duty.what]),
        "days": [(code, str(Grade(code).label), duty.days[code]) for code in rules.GRADES],
    }


def adoptions_of(model: CareModel, area_code: str) -> list[dict[str, Any]]:
    """Return where any version of a model is adopted, as it concerns an area."""
    rows = Adoption.objects.in_force().filter(
        model__code=model.code, model__area_code=model.area_code, area_code__in=chain(area_code)
    )
    return [
        {"adoption": each, "words": conditions(each), "own": each.area_code == area_code}
        for each in rows.select_related("model", "by").order_by("rank", "at")
    ]


def adoption_for(user: User, adoption_id: UUID) -> Adoption:
    """Return one rule of an office that the person may end; raises `NotFound`."""
    found = Adoption.objects.in_force().filter(pk=adoption_id).first()
    if found is None or not permissions.can_edit_models(user, found.area_code):
        raise NotFound
    return found


def conditions(adoption: Adoption) -> str:
    """Say in words which children a rule is about."""
    said = [_("children with a mother") if adoption.only_paired else _("all children on file")]
    if adoption.grades:
        said.append("、".join(str(Grade(each).label) for each in adoption.grades))
    if adoption.categories:
        said.append("、".join(file_words.value_of("categories", [each])
                             for each in adoption.categories))  # fmt: skip
    if adoption.towns:
        names = areas.names_of(set(adoption.towns))
        said.append("、".join(names.get(each, each) for each in adoption.towns))
    return "；".join(said)
