"""Writing care models, each version once, and adopting them for children who fit."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from django.db import transaction
from django.db.models import Max
from django.utils import timezone

from qianshou.accounts.models import User
from qianshou.areas import rules as area_rules
from qianshou.audit import actions as audit
from qianshou.common.errors import NotAllowed, Refused
from qianshou.teams import permissions
from qianshou.teams.models import Adoption, CareModel
from qianshou.teams.queries import offered as queries
from qianshou.teams.queries import reading
from qianshou.teams.rules import model as rules

LARGEST: Final = 64 * 1024


class ModelNoteMissing(Refused):
    """Please say what is new and why: the note is kept with the version."""


class NothingNew(Refused):
    """This says the same as the newest version, so nothing was written."""


class ModelTooLarge(Refused):
    """This model is too large to be read by anybody. Use fewer slots and shorter words."""


class AdoptionWithin(Refused):
    """These towns do not lie in the area that adopts the model."""


@dataclass(frozen=True)
class Written:
    """What an office writes: a short code, a name, the slots, and what is new."""

    code: str
    name: Mapping[str, str]
    body: Mapping[str, Any]
    note: str


def load_shipped() -> list[CareModel]:
    """Store the models that come along, each as a new version when it has changed."""
    return [
        _keep(
            queries.EVERYWHERE,
            Written(each["code"], each["name"], {"slot": each["slot"]}, ""),
            by=None,
        )
        for each in queries.shipped()
    ]


@transaction.atomic
def write(area_code: str, written: Written, *, by: User) -> CareModel:
    """Write the next version of an area's own model; teams keep theirs until they are moved.

    Raises `rules.BadModelError` with everything that does not fit, slot by slot.
    """
    if not permissions.can_edit_models(by, area_code):
        raise NotAllowed
    if not written.note.strip():
        raise ModelNoteMissing
    rules.model_from(written.body, roles=reading.ROLES)
    before = _newest(area_code, written.code)
    made = _keep(area_code, written, by=by)
    if before is not None and made.pk == before.pk:
        raise NothingNew
    audit.record(
        "teams.model.written", by=by, subject_kind="care model", subject_id=made.pk,
        area_code=area_code, reason=written.note, code=made.code, version=made.version,
        sha256=made.sha256,
    )  # fmt: skip
    return made


def _newest(area_code: str, code: str) -> CareModel | None:
    rows = CareModel.objects.filter(area_code=area_code, code=code)
    return rows.order_by("-version").first()


def _keep(area_code: str, written: Written, *, by: User | None) -> CareModel:
    text = json.dumps({"name": written.name, **written.body}, sort_keys=True, ensure_ascii=False)
    if len(text.encode()) > LARGEST:
        raise ModelTooLarge
    digest = hashlib.sha256(text.encode()).hexdigest()
    newest = _newest(area_code, written.code)
    if newest is not None and newest.sha256 == digest:
        return newest
    highest = CareModel.objects.filter(area_code=area_code, code=written.code).aggregate(
        Max("version")
    )
    return CareModel.objects.create(
        area_code=area_code, code=written.code, version=(highest["version__max"] or 0) + 1,
        name=dict(written.name), body=dict(written.body), note=written.note.strip()[:300],
        sha256=digest, by=by, created_at=timezone.now(),
    )  # fmt: skip


@dataclass(frozen=True)
class Fit:
    """Which children get a team: empty lists fit everybody, the lowest rank decides first."""

    grades: Sequence[str] = ()
    categories: Sequence[str] = ()
    towns: Sequence[str] = ()
    only_paired: bool = True
    rank: int = 100


@transaction.atomic
def adopt(model: CareModel, area_code: str, fit: Fit, *, by: User, note: str) -> Adoption:
    """Let children of an area who fit get a team of this version; those with a team keep it."""
    if not permissions.can_edit_models(by, area_code):
        raise NotAllowed
    if not note.strip():
        raise ModelNoteMissing
    low, high = area_rules.subtree(area_code)
    if not all(low <= town <= high for town in fit.towns):
        raise AdoptionWithin
    made = Adoption.objects.create(
        area_code=area_code, model=model, grades=sorted(fit.grades),
        categories=sorted(fit.categories), towns=sorted(fit.towns), only_paired=fit.only_paired,
        rank=fit.rank, note=note.strip()[:200], by=by, at=timezone.now(),
    )  # fmt: skip
    audit.record(
        "teams.model.adopted", by=by, subject_kind="care model", subject_id=model.pk,
        area_code=area_code, reason=note, code=model.code, version=model.version,
    )  # fmt: skip
    return made


@transaction.atomic
def end_adoption(adoption: Adoption, *, by: User) -> None:
    """Let a rule make no further teams; those that it made stay."""
    if not permissions.can_edit_models(by, adoption.area_code):
        raise NotAllowed
    adoption.ended_at, adoption.ended_by = timezone.now(), by
    adoption.save(update_fields=["ended_at", "ended_by"])
    audit.record(
        "teams.model.unadopted", by=by, subject_kind="care model",
        subject_id=adoption.model_id, area_code=adoption.area_code,
    )  # fmt: skip
