"""Care teams for the demo: two models adopted, places filled from a run and by hand, tasks asked.

Goes through the acts that pages call, and is bounded: some dozen places, a few tasks.
"""

from contextlib import suppress
from datetime import date, timedelta
from typing import Final

from django.utils import translation

from qianshou.accounts.models import User
from qianshou.areas import rules as area_rules
from qianshou.common import rowsecurity
from qianshou.common.errors import Refused
from qianshou.consents.actions import noting
from qianshou.consents.queries import family, parties
from qianshou.pairing.actions import seating, teaming
from qianshou.pairing.models import CARE_KINDS, Partner, TeamRun, TeamSeat
from qianshou.registry.models import Child
from qianshou.teams.actions import answering, asking, connecting, filling, forming, modelling
from qianshou.teams.models import CareModel, CareTeam
from qianshou.teams.queries import candidates, reading, sharing

MOST_PLACES: Final = 120
MOST_BY_HAND: Final = 30
TEACHERS_CHILDREN: Final = 3
URGENT: Final = ("RED", "ORANGE")


def furnish(county: str, *, today: date) -> int:
    """Give the county's paired children their teams; returns how many teams there are."""
    with rowsecurity.acting(rowsecurity.SYSTEM), translation.override("zh-hans"):
        cast = {user.username: user for user in User.objects.all()}
        by = cast["county"]
        adopt_two(county, by=by)
        forming.form_by_rule(county, today=today)
        run = teaming.start(county, by=by, kind=TeamRun.Kind.CARE)
    teaming.compute(run.pk)
    with rowsecurity.acting(rowsecurity.SYSTEM), translation.override("zh-hans"):
        places = list(run.places.exclude(partner=None).select_related("child", "partner", "run"))
        seating.accept_many(places[:MOST_PLACES], by=by)
        seat_a_director(county, cast, by=by)
        teacher = seat_a_teacher(county, by=by)
        let_guardians_agree(county, by=by, today=today)
        ask_some(county, teacher, by=by, today=today)
        pass_one_on(county, by=by)
        return CareTeam.objects.in_force().filter(
            area_code__range=area_rules.subtree(county)
        ).count()  # fmt: skip


def adopt_two(county: str, *, by: User) -> None:
    """Adopt the wide model for urgent grades and the plain one for all other pairs."""
    models = {each.code: each for each in CareModel.objects.filter(area_code="0" * 12)}
    modelling.adopt(
        models["1+1+4+N"], county, modelling.Fit(grades=URGENT, rank=10), by=by,
        note="红、橙等级的孩子配齐四方力量",
    )  # fmt: skip
    modelling.adopt(models["1+1+N"], county, modelling.Fit(rank=100), by=by, note="其余结对孩子")


def seat_a_director(county: str, cast: dict[str, User], *, by: User) -> None:
    """Let the demo's child director sit in some teams of the own town."""
    director = cast.get("director")
    if director is None:
        return
    for child in _lacking(county, "CHILD_DIRECTOR")[:MOST_BY_HAND]:
        slot = reading.model_of(child.care_teams.get(ended_at=None).model).slot("CHILD_DIRECTOR")
        assert slot is not None
        if candidates.chosen(child, slot, str(director.pk)):
            filling.fill(child, "CHILD_DIRECTOR", str(director.pk), by=by)


def _lacking(county: str, role: str) -> list[Child]:
    """Return children whose model has a place for a role in which nobody sits."""
    teams = CareTeam.objects.in_force().filter(area_code__range=area_rules.subtree(county))
    rows = teams.filter(model__body__slot__contains=[{"role": role}]).select_related("child")
    seated = TeamSeat.objects.in_force().filter(role=role).values("child")
    return [each.child for each in rows.exclude(child__in=seated).order_by("area_code", "child")]


def seat_a_teacher(county: str, *, by: User) -> Partner | None:
    """Give one class teacher a few children, and connect the account of the demo."""
    inside = {"area_code__range": area_rules.subtree(county)}
    sitting = TeamSeat.objects.in_force().filter(role="TEACHER", **inside).exclude(partner=None)
    seat = sitting.select_related("partner").order_by("partner_id").first()
    teacher = (
        seat.partner
        if seat
        else Partner.objects.filter(role="TEACHER", is_active=True, **inside).order_by("pk").first()
    )
    if teacher is None:
        return None
    for child in _lacking(county, "TEACHER")[:TEACHERS_CHILDREN]:
        filling.fill(child, "TEACHER", str(teacher.pk), by=by)
    if User.objects.filter(username="teacher").exists():
        user = connecting.connect(teacher, "teacher", by=by)
        user.display_name = teacher.name
        user.save(update_fields=["display_name"])
    return teacher


def let_guardians_agree(county: str, *, by: User, today: date) -> None:
    """Note on paper that most guardians agree to the units around their child; some are not asked.

    Every sixth child stays without, so that the card of a partner shows what is then to be done.
    """
    seats = TeamSeat.objects.in_force().filter(
        area_code__range=area_rules.subtree(county), kind__in=CARE_KINDS
    ).exclude(partner=None)  # fmt: skip
    own = seats.filter(role="TEACHER").values("child")
    rows = Child.objects.filter(pk__in=seats.values("child")).order_by("area_code", "pk")
    for number, child in enumerate(rows[:MOST_PLACES]):
        signers = family.signers_of(child, today)
        able = (each for each in signers if each.may_sign and each.right.covers("SHARING"))
        signer = next(able, None)
        named = parties.parties_to_ask(child)
        if signer is None or not named or (number % 6 == 5 and not own.filter(child=child)):
            continue
        paper = noting.Paper(
            purpose="SHARING", given=True, given_on=today, parties=named,
            kept_at="县妇联档案柜五号", stands_id=signer.stands.pk,
        )  # fmt: skip
        # A newer answer may be on file already.
        with suppress(Refused):
            noting.note_paper(child, paper, by=by, today=today)


def ask_some(county: str, teacher: Partner | None, *, by: User, today: date) -> None:
    """Ask the teacher in the app, and doctors by a link that lies in the outbox."""
    inside = TeamSeat.objects.in_force().filter(area_code__range=area_rules.subtree(county))
    rows = inside.select_related("child", "partner", "staff", "mother").order_by("accepted_at")
    seats = rows.filter(partner=teacher, role="TEACHER")
    for seat in [each for each in seats if not sharing.opening_of(each, ["SCHOOL"]).party][:2]:
        asking.ask(
            seat, by=by, today=today, asked="请本周和孩子谈一次心，了解在校情况",
            due_on=today + timedelta(days=4), parts=["SCHOOL"],
        )  # fmt: skip
    doctors = list(rows.filter(role="DOCTOR")[:3])
    tasks = [
        asking.ask(
            each, by=by, today=today, asked="请核对孩子的预防接种，并写明还缺哪几针",
            due_on=today + timedelta(days=7), parts=["HEALTH"], by_link=True,
        ).task
        for each in doctors
    ]  # fmt: skip
    if len(tasks) > 1:
        answering.answer(
            tasks[0], by=None, outcome="DONE", words="已核对，流感疫苗未打，建议本月补上。",
            evidence="接种本第3页",
        )  # fmt: skip


def pass_one_on(county: str, *, by: User) -> None:
    """Let one police officer be replaced, with a note for the next one."""
    seats = TeamSeat.objects.in_force().filter(
        role="POLICE", kind="CARE", area_code__range=area_rules.subtree(county)
    )
    for seat in seats.select_related("child", "partner").order_by("accepted_at")[:5]:
        team = CareTeam.objects.filter(child=seat.child_id, ended_at=None).first()
        slot = reading.model_of(team.model).slot("POLICE") if team else None
        others = candidates.candidates(seat.child, slot) if slot else []
        if others:
            filling.replace(
                seat, others[0].key, by=by, reason="原民警调岗",
                handover="放学路上要过一段没有护栏的公路，已请学校安排结伴。",
            )  # fmt: skip
            return
