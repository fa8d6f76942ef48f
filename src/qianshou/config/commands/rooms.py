"""A little of what the demo's other rooms hold, each thing done through its real action.

Without it a newcomer finds the rooms around the main job empty. All of it stands in the demo's
county and follows from the seed.
"""

import csv
import io
from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from typing import Any, Final

import numpy as np
from django.utils import translation

from qianshou.accounts.actions import grant_role
from qianshou.accounts.models import User
from qianshou.areas import queries as areas
from qianshou.areas import rules as area_rules
from qianshou.areas.models import Area
from qianshou.common import rowsecurity
from qianshou.config.commands import (
    furnish_bonds,
    furnish_care,
    furnish_cases,
    furnish_consents,
    furnish_families,
    furnish_file,
    furnish_plans,
    furnish_protection,
    furnish_recruitment,
    furnish_support,
    furnish_teams,
    furnish_visits,
    furnish_wishes,
    people,
)
from qianshou.engines.city import names
from qianshou.exchange.actions import agreeing, egress
from qianshou.exchange.models import Agreement, Source
from qianshou.outbound.actions import exporting, receivers
from qianshou.outbound.models import Export
from qianshou.outbound.rules import kinds
from qianshou.pairing.actions import policies, roster, steering, teaming
from qianshou.pairing.models import MatchRun, Policy, Proposal, SteeringAct, TeamRun
from qianshou.pairing.queries import moves, standing
from qianshou.pairing.queries.roster import COLUMNS, PHONE
from qianshou.registry.actions import noticing
from qianshou.registry.models import Notice

YEAR: Final = timedelta(days=365)
# Partners of every town: role, where they work, how far they go (km), how many children each.
IN_EACH_TOWN: Final = (
    ("社区民警", "{town}派出所", 25, 60),
    ("家庭医生", "{town}卫生院", 20, 60),
    ("班主任", "{town}中心小学", 20, 60),
    ("网格员", "{town}综治中心", 10, 60),
    ("社区书记", "{town}中心社区", 10, 60),
    ("辅导老师", "{town}家长学校", 20, 60),
)
OF_THE_COUNTY: Final = (
    ("心理咨询师", "{county}未成年人心理辅导站", 60, 80),
    ("社工", "{county}社会工作服务中心", 60, 80),
    ("律师", "{county}法律援助中心", 60, 80),
    ("志愿者", "{county}志愿服务联合会", 60, 80),
    ("爱心企业", "{county}女企业家协会", 60, 80),
)
COUNSELLORS: Final = 3


def furnish(run: MatchRun, county: str, *, seed: int, today: date) -> None:
    """Put a little into every room of the demo's county."""
    with rowsecurity.acting(rowsecurity.SYSTEM), translation.override("zh-hans"):
        cast = {user.username: user for user in User.objects.all()}
        agree_with_a_department(cast["city"], today)
        tell_two_systems(cast["city"], today)
        draft_a_policy(run, cast["city"])
        ask_for_an_export(cast["clerk"], areas.area_of(county), today)
        steer_a_pair(run, county, by=cast["county"])
        furnish_families.furnish(county, by=cast["county"])
        note_a_visit(county, by=cast["clerk"])
        roster.take_list(
            county, by=cast["county"], file=roster_of(county, seed), name="协同人员名单.csv"
        )
        furnish_recruitment.furnish(county, cast=cast, seed=seed, today=today)
        teams = teaming.start(county, by=cast["county"], kind=TeamRun.Kind.TASK)
    teaming.compute(teams.pk)
    with translation.override("zh-hans"):
        furnish_consents.furnish(county, by=cast["county"], today=today)
    furnish_bonds.furnish(county)
    furnish_file.furnish(county, seed=seed, today=today)
    furnish_support.furnish(county, seed=seed, today=today)
    furnish_cases.furnish(county, seed=seed, today=today)
    with rowsecurity.acting(rowsecurity.SYSTEM), translation.override("zh-hans"):
        furnish_care.furnish(county, seed=seed, today=today, by=cast["county"])
        furnish_plans.furnish(county, seed=seed, today=today, by=cast["county"])
        furnish_protection.furnish(county, seed=seed, today=today, cast=cast)
        furnish_visits.furnish(county, seed=seed, today=today, by=cast["county"])
        furnish_wishes.furnish(county, seed=seed, today=today, cast=cast)
    furnish_teams.furnish(county, today=today)


def agree_with_a_department(by: User, today: date) -> None:
    """Enter the agreement under which the list of children with a disability arrives."""
    source = Source.objects.get(code="disabled-persons-federation")
    purposes = Agreement.Purpose
    agreeing.agree(
        source, by=by, number=f"渝妇残数协〔{today.year}〕1号",
        basis=Agreement.Basis.DUTY,
        purposes=[purposes.FILE, purposes.ASSESSMENT, purposes.MATCHING],
        fields=list(source.profile["columns"]), valid_from=today, valid_until=today + YEAR,
    )  # fmt: skip


def tell_two_systems(by: User, today: date) -> None:
    """Let one system collect messages with a key; another waits for two administrators."""
    receivers.make(
        by=by, code="care-data", name="市儿童关爱数据平台", area_code=people.CITY,
        agreed=receivers.Agreement(
            (kinds.CHANGED, kinds.STARTED), f"渝妇函〔{today.year}〕12号", today + YEAR
        ),
    )  # fmt: skip
    called = receivers.make(
        by=by, code="care-desk", name="困境儿童帮扶协同系统", area_code=people.CITY,
        agreed=receivers.Agreement((kinds.RAISED,), f"渝妇函〔{today.year}〕15号", today + YEAR),
        url="https://desk.example/messages",
    )  # fmt: skip
    egress.ask(called, by=by, url=called.url, addresses=["10.20.30.40"])


def draft_a_policy(run: MatchRun, by: User) -> Policy:
    """Write a version in which the way counts more; nobody has put it in force."""
    body = run.policy.body
    weights = {name: part["weight"] for name, part in body["parts"].items()}
    weights["travel"] += 100
    for gives in ("time", "stability"):
        weights[gives] -= 50
    numbers = policies.Numbers(
        weights=weights,
        rules_on=frozenset(name for name, rule in body["rules"].items() if rule["on"]),
        limits=body["limits"], switching=body["switching"], waiting=body["waiting"],
        step=body["fairness"]["step"],
    )  # fmt: skip
    return policies.draft(
        people.CITY, by=by, base=run.policy, name="路程优先", numbers=numbers,
        note="山区乡镇反映路程太远，先看看加大路程权重的效果",
    )  # fmt: skip


def ask_for_an_export(clerk: User, county: Area, today: date) -> Export:
    """Let the clerk ask for rows with names, which somebody else has to allow."""
    grant_role(clerk, by=None, role="data_taker", area=county, today=today)
    return exporting.ask(
        by=clerk, dataset=Export.Dataset.MOTHERS, area_code=county.code, named=True,
        reason="核对爱心妈妈培训签到名单",
    )  # fmt: skip


def steer_a_pair(run: MatchRun, county: str, *, by: User) -> SteeringAct | None:
    """Forbid one proposed pair; the plan moves around it."""
    rows = Proposal.objects.open().filter(run=run, area_code__range=area_rules.subtree(county))
    found = rows.order_by("-area_code", "-pk").first()
    if found is None:
        return None
    demand = moves.demand_on(found, SteeringAct.Kind.VETO, None)
    part = moves.part_of(run, found.area_code)
    return steering.steer(
        run, part, demand, by=by, seal=standing.standing(run, part).answer(demand).seal,
        why=steering.Why(SteeringAct.Reason.KNOWN, "两家是亲戚，由其他妈妈结对更合适"),
    )  # fmt: skip


def note_a_visit(county: str, *, by: User) -> None:
    """Note the first visit that a change of a child's life asked for."""
    due = Notice.objects.filter(visit=Notice.Visit.DUE, area_code__range=area_rules.subtree(county))
    first = due.order_by("pk").first()
    if first is not None:
        noticing.note_visit(first, by=by, said="已上门，家中有人照看，孩子情况平稳")


def roster_of(county: str, seed: int) -> io.BytesIO:
    """Write the list of partners that a county would send; one row has to be mended."""
    text = io.StringIO()
    writer = csv.DictWriter(text, (*COLUMNS, PHONE))
    writer.writeheader()
    writer.writerows(_partners(county, seed))
    return io.BytesIO(text.getvalue().encode("utf-8-sig"))


def _partners(county: str, seed: int) -> Iterator[Mapping[str, Any]]:
    towns = areas.areas_inside(county, "TOWN")
    place = areas.area_of(county).name
    posts = [
        (role, unit.format(town=town.name), town.code, reach, many)
        for town in towns
        for role, unit, reach, many in IN_EACH_TOWN
    ]
    posts += [
        (role, unit.format(county=place), town.code, reach, many)
        for role, unit, reach, many in OF_THE_COUNTY
        for town in towns[:: max(len(towns) // COUNSELLORS, 1)][:COUNSELLORS]
    ]
    posts.append(("楼栋长", f"{place}社区服务中心", towns[0].code, 10, 20))
    rng = np.random.default_rng(seed)
    surnames = names.draw_surnames(rng, len(posts))
    given = names.draw_given(rng, rng.integers(1, 3, len(posts)), "parents")
    for number, (first, last, post) in enumerate(zip(surnames, given, posts, strict=True)):
        role, unit, code, reach, many = post
        cells = (role, f"{first}{last}", unit, code, reach, many, "普通话")
        # Numbers of a block that no network gives out.
        yield dict(zip(COLUMNS, cells, strict=True)) | {PHONE: f"1000000{number:04}"}
