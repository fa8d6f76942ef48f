"""Forming a child's team: by hand, or by the rules that an office has adopted."""

from collections.abc import Collection
from datetime import date
from typing import Any, Final

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from qianshou.accounts.models import User
from qianshou.areas import rules as area_rules
from qianshou.audit import actions as audit
from qianshou.common import rowsecurity
from qianshou.common.errors import NotAllowed, Refused
from qianshou.pairing.models import Pairing
from qianshou.pairing.queries.policies import chain
from qianshou.registry.models import Child
from qianshou.teams import permissions
from qianshou.teams.models import Adoption, CareModel, CareTeam

BATCH: Final = 1_000


class TeamReasonMissing(Refused):
    """Say why: the reason is kept."""


class SameModel(Refused):
    """The child's team has this version of the model already."""


class TeamEnded(Refused):
    """This team has ended already; nothing was changed."""


class FileNotOpen(Refused):
    """The file of this child is closed, or has become part of another one."""


@transaction.atomic
def form(child: Child, model: CareModel, *, by: User, today: date, reason: str = "") -> CareTeam:
    """Give a child a team of a model; a team it has moves over, and whoever sits in it stays."""
    if not permissions.can_fill(by, child.area_code):
        raise NotAllowed
    audit.record(
        "teams.team.formed", by=by, subject_kind="child", subject_id=child.pk,
        area_code=child.area_code, reason=reason, model=f"{model.code} v{model.version}",
    )  # fmt: skip
    locked = Child.objects.select_for_update().get(pk=child.pk)
    if locked.state == Child.State.CLOSED or locked.merged_into_id is not None:
        raise FileNotOpen
    standing = CareTeam.objects.filter(child=child, ended_at=None).first()
    if standing is not None:
        if standing.model_id == model.pk:
            raise SameModel
        if not reason.strip():
            raise TeamReasonMissing
        _end(standing, by=by, reason=reason)
    return CareTeam.objects.create(
        child=child, area_code=child.area_code, model=model, began_on=today, by=by
    )


@transaction.atomic
def end(team: CareTeam, *, by: User, reason: str) -> CareTeam:
    """End a team with a reason. Who sits in it is ended place by place, with a handover."""
    if not permissions.can_fill(by, team.area_code):
        raise NotAllowed
    if not reason.strip():
        raise TeamReasonMissing
    audit.record(
        "teams.team.ended", by=by, subject_kind="child", subject_id=team.child_id,
        area_code=team.area_code, reason=reason,
    )  # fmt: skip
    locked = CareTeam.objects.select_for_update().get(pk=team.pk)
    if locked.ended_at is not None:
        raise TeamEnded
    return _end(locked, by=by, reason=reason)


def _end(team: CareTeam, *, by: User, reason: str) -> CareTeam:
    team.ended_at, team.ended_by, team.end_reason = timezone.now(), by, reason.strip()[:200]
    team.save(update_fields=["ended_at", "ended_by", "end_reason"])
    return team


def form_by_rule(county: str, *, today: date) -> int:
    """Give teams to children of a county who fit an adopted rule and have none; safe to repeat."""
    with rowsecurity.acting(rowsecurity.SYSTEM):
        rules = Adoption.objects.in_force().filter(area_code__in=chain(county))
        ordered = sorted(
            rules.select_related("model"),
            key=lambda each: (-len(area_rules.significant(each.area_code)), each.rank, each.at),
        )
        return sum(_form_rule(each, county, today=today) for each in ordered)


def _form_rule(adoption: Adoption, county: str, *, today: date) -> int:
    teams = [
        CareTeam(
            child_id=child, area_code=area, model_id=adoption.model_id, adoption=adoption,
            began_on=today,
        )
        for child, area in fitting(adoption, county).values_list("pk", "area_code").distinct()
    ]  # fmt: skip
    # Two workers at once: the one that comes second finds each child's team standing.
    CareTeam.objects.bulk_create(teams, batch_size=BATCH, ignore_conflicts=True)
    if teams:
        audit.record(
            "teams.formed_by_rule", by=None, subject_kind="care model",
            subject_id=adoption.model_id, area_code=county, children=len(teams),
        )  # fmt: skip
    return len(teams)


def fitting(adoption: Adoption, county: str) -> QuerySet[Child]:
    """Return the children of a county who fit a rule and have no team."""
    standing = CareTeam.objects.filter(ended_at=None).values("child")
    rows = Child.objects.on_file().filter(area_code__range=area_rules.subtree(county))
    rows = rows.exclude(pk__in=standing).filter(_inside(adoption.towns))
    if adoption.grades:
        now: dict[str, Any] = {"assessments__is_current": True}
        rows = rows.filter(assessments__grade__in=adoption.grades, **now)
    if adoption.categories:
        rows = rows.filter(_any_of(adoption.categories))
    if adoption.only_paired:
        rows = rows.filter(pk__in=Pairing.objects.open().values("child"))
    return rows.order_by("pk")


def _inside(towns: Collection[str]) -> Q:
    found = Q()
    for town in towns:
        found |= Q(area_code__range=area_rules.subtree(town))
    return found


def _any_of(categories: Collection[str]) -> Q:
    found = Q()
    for category in categories:
        found |= Q(facts__categories__contains=[category])
    return found


def counties() -> list[str]:
    """Return the counties in which somebody is on file and some rule may fit."""
    with rowsecurity.acting(rowsecurity.SYSTEM):
        codes = Child.objects.on_file().values_list("area_code", flat=True).distinct()
        adopted = Adoption.objects.in_force().values_list("area_code", flat=True)
        near = [area_rules.subtree(each) for each in adopted]
        found = {area_rules.county_code(code) for code in codes}
        return sorted(c for c in found if any(low <= c <= high for low, high in near))
