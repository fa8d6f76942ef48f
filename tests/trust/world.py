"""Two counties with the same few things in each, and one person per role: the matrix's stage.

Built through the real acts wherever one exists, so that a page meets what it meets in service.
"""

import io
import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path
from typing import Any, Final
from uuid import UUID, uuid4

import polars as pl
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import transaction
from django.utils import timezone

from qianshou.accounts.models import Grant, Token, User
from qianshou.accounts.rules import POWERS, Power
from qianshou.areas import rules as area_rules
from qianshou.areas.models import Area
from qianshou.assessment.actions import instruments
from qianshou.common import rowsecurity
from qianshou.consents.actions import asking as consent_asking
from qianshou.consents.actions import texts as consent_texts
from qianshou.consents.rules.texts import LANGUAGES
from qianshou.engines.matching.policy import PARTS
from qianshou.exchange.actions import agreeing, asking
from qianshou.exchange.actions import egress as ways
from qianshou.exchange.connectors import samples
from qianshou.exchange.models import Drift, ImportRun, QuarantinedRow
from qianshou.notices import actions as notices
from qianshou.notices.models import Notice
from qianshou.outbound.actions import receivers
from qianshou.outbound.models import Export
from qianshou.pairing.actions import matching
from qianshou.pairing.models import (
    LeftOver,
    MatchRun,
    Pairing,
    Partner,
    Policy,
    Proposal,
    RosterLoad,
    SteeringAct,
    TeamPlace,
    TeamRun,
    TeamSeat,
    WeightStudy,
    Wish,
)
from qianshou.pairing.rules import plans as pairing_rules
from qianshou.quality.actions import sampling, scoring
from qianshou.registry.actions import deciding, merging, setting
from qianshou.registry.models import (
    Child,
    Doubt,
    Guardianship,
    Hold,
    Link,
)
from tests import (
    make,
    make_consents,
    make_exchange,
    make_mothers,
    make_pairing,
    make_registry,
)
from tests.trust import (
    world_bonds,
    world_care,
    world_cases,
    world_plans,
    world_protection,
    world_support,
    world_teams,
    world_visits,
    world_wishes,
)

CITY = make.CITY
# Where a role works, in the own county; whoever is not named works for the whole county.
GRADES: Final = {
    "fed_city": "city", "sys_admin": "city", "sec_admin": "city", "auditor": "city",
    "fed_town": "town", "child_supervisor": "town",
    "fed_village": "village", "grid": "village", "child_director": "village",
}  # fmt: skip


@dataclass
class Place:
    """One county with a town, a village, and the things that routes ask for by name."""

    county: str
    town: str
    village: str
    letter: str
    things: dict[str, Any] = field(default_factory=dict)
    areas: dict[str, str] = field(default_factory=dict)

    def put(self, name: str, thing: Any, area: str | None = None) -> Any:
        """Keep a thing under a name, with the area that decides who may see it."""
        self.things[name] = thing
        self.areas[name] = area if area is not None else thing.area_code
        return thing


@dataclass(frozen=True)
class Person:
    """A member of the cast as the matrix reckons: which powers, where; `user` None is anonymous."""

    name: str
    user: User | None
    grants: tuple[tuple[str, str], ...] = ()

    def may(self, power: Power, area: str | None = None) -> bool:
        """Tell whether a grant gives a power, for an area; reckoned without the application."""
        return any(
            power in POWERS[role] and (area is None or _covers(where, area))
            for role, where in self.grants
        )

    @property
    def chosen(self) -> str:
        """Return the area that the shell opens for this person: the widest of the grants."""
        codes = [where for _role, where in self.grants]
        return min(codes, key=lambda code: (len(code.rstrip("0")), code), default="")


def _covers(where: str, area: str) -> bool:
    low, high = area_rules.subtree(where)
    return low <= area <= high


@dataclass
class World:
    """Everything the cells need."""

    own: Place
    other: Place
    cast: dict[str, Person]


def build() -> World:
    """Build both counties and the cast inside the caller's transaction, as the system."""
    instruments.load_instruments()
    consent_texts.load_texts()
    matching.load_policies()
    own = Place("500236000000", "500236117000", "500236117201", "1")
    other = Place("500235000000", "500235107000", "500235107205", "2")
    for place in (own, other):
        _furnish(place)
    cast = dict(_cast(own, other))
    world_protection.admit()
    return World(own, other, cast)


def _cast(own: Place, other: Place) -> Iterator[tuple[str, Person]]:
    where = {"city": CITY, "town": own.town, "village": own.village}
    yield "anonymous", Person("anonymous", None)
    for role in POWERS:
        area = where.get(GRADES.get(role, ""), own.county)
        stands = {"mother": "mother", "partner": "team_partner"}.get(role)
        fields = {"person_id": own.things[stands].pk} if stands else {}
        yield role, Person(role, make.a_user(role, area=area, **fields), ((role, area),))
    yield "nobody", Person("nobody", make.a_user())
    # Clerk here, evaluator there: figures of the other county must not open its people.
    mixed = make.a_user("clerk", area=own.county)
    _grant(mixed, "evaluator", other.county)
    grants = (("clerk", own.county), ("evaluator", other.county))
    yield "clerk_and_evaluator", Person("clerk_and_evaluator", mixed, grants)
    # Taking data out is a role on top of one that sees the rows.
    both = ("fed_county", "data_taker")
    taker = make.a_user(*both, area=own.county)
    yield (
        "worker_and_taker",
        Person("worker_and_taker", taker, tuple((r, own.county) for r in both)),
    )


def _grant(user: User, role: str, area: str) -> Grant:
    return Grant.objects.create(
        user=user, role=role, area=Area.objects.get(code=area), valid_from=date(2026, 1, 1)
    )


def _furnish(place: Place) -> None:
    Area.objects.get_or_create(
        code=place.village,
        defaults={"name": "紫阳村", "level": "VILLAGE", "parent_id": place.town},
    )
    place.put("worker", make.a_worker(place.county), place.county)
    _children(place)
    _doubts(place)
    place.put(
        "mother",
        make_mothers.a_mother(
            area_code=place.village, name=f"陈桂芳{place.letter}",
            id_number=make_mothers.an_id_number(), phone=make_mothers.a_phone(), capacity=4,
        ),
    )  # fmt: skip
    _deliveries(place)
    _pairing(place)
    world_bonds.furnish(place)
    make_mothers.furnish(place)
    world_support.furnish(place)
    _outbound(place)
    _recruits(place)
    world_care.furnish(place)
    world_cases.furnish(place)
    world_teams.furnish(place)
    world_plans.furnish(place)
    world_protection.furnish(place)
    world_visits.furnish(place)
    world_wishes.furnish(place)
    _notices(place)
    _consents(place)
    _accounts(place)


def _recruits(place: Place) -> None:
    from tests.trust import recruits

    recruits.furnish(place)


# -- children -------------------------------------------------------------------------------------


def row(place: Place, number: int, **values: Any) -> dict[str, Any]:
    """A civil affairs row of one of the county's children, different in every identifying word."""
    birth = date(2012 + number % 5, 1 + number, 10 + number)
    first17 = f"{place.county[:6]}{birth:%Y%m%d}{place.letter}{number}2"
    names = ["一诺", "梓涵", "浩宇", "欣怡", "子轩", "诗琪", "俊杰", "语嫣", "天佑", "可馨"]
    surname = "张" if place.letter == "1" else "欧阳"
    return {
        "key": f"MZ{place.letter}{number}",
        "name": surname + names[number],
        "sex": "F",
        "birth_on": birth.isoformat(),
        "id_number": make_registry.number_of(first17),
        "phone": f"1543{place.letter}{number:06d}",
        "address": f"{place.letter}组{number}号老屋",
        "area_code": place.village,
        "father_name": f"{surname}{'甲乙丙丁戊己庚辛壬癸'[number]}国",
        "father_phone": f"1542{place.letter}{number:06d}",
        "father_status": "MIGRANT_WORK",
        "consent": True,
        "consent_on": "2026-03-01",
        **values,
    }


def _children(place: Place) -> None:
    rows = [row(place, number) for number in range(8)]
    rows[0] |= {"violence_clue": True, "mother_status": "DEAD"}
    event = make_registry.deliver(rows, area_code=place.county)
    school = {key: rows[0][key] for key in ("name", "sex", "birth_on", "id_number", "area_code")}
    make_registry.deliver(
        [{**school, "key": f"G{place.letter}", "school": "竹园镇中心小学校", "stage": "PRIMARY"}],
        "education", area_code=place.county,
    )  # fmt: skip
    files = [make_registry.child_of(record) for record, _area, _values in event.arrived]
    place.put("child", Child.objects.get(pk=files[0].pk))
    place.put("twin", files[1])
    place.put("paired", files[6])
    place.put("free", files[7])
    place.put("guardianship", Guardianship.objects.filter(child=files[0]).first())
    place.put("record", _link(files[0]).record, place.village)
    place.things["link"] = _link(files[0])
    merged = merging.merge_children(
        files[2], files[3], by=place.things["worker"], reason="同一个孩子"
    )
    place.put("event", merged)
    place.put("notice", files[0].notices.filter(visit="DUE").first())
    place.things["rows"] = rows
    place.things["pair_to_doubt"] = (files[4], files[5])


def _link(child: Child) -> Link:
    found = Link.objects.filter(child=child).exclude(state="ENDED").order_by("since").first()
    assert found is not None
    return found


def _doubts(place: Place) -> None:
    one, other = place.things["pair_to_doubt"]
    place.put("doubt", _doubt(one, other))
    _quality(place)
    answered = _doubt(place.things["twin"], place.things["free"])
    place.put(
        "answered",
        deciding.decide_doubt(answered, by=place.things["worker"], verdict="different"),
    )


def _quality(place: Place) -> None:
    """A value set by hand, a warning that is held, a scorecard, and a sample with a label."""
    child, worker = place.things["child"], place.things["worker"]
    setting.pin(child, "school", "竹园镇第二小学", by=worker, reason="校长来电")
    Hold.objects.create(
        child=child, area_code=child.area_code, field="violence_clue", value=True,
        record=place.things["record"], since=timezone.now(),
    )  # fmt: skip
    source = make_registry.a_source()
    place.things["list_of_children"] = source
    place.things["county"] = place.county
    place.put("scorecard", scoring.score(source, place.county))
    sample = sampling.draw(place.county, by=worker)
    first, second = sample.pairs.order_by("position")[:2]
    place.put("pair", first)
    place.put("labelled", sampling.label(second, "UNCLEAR", by=worker))


def _doubt(one: Child, other: Child) -> Doubt:
    low, high = sorted((_link(one).record_id, _link(other).record_id), key=str)
    return Doubt.objects.create(
        area_code=one.area_code, record_a_id=low, record_b_id=high, reason="BAND",
        weight_bits=3.0, probability=0.6, levels="{}", raised_at=timezone.now(),
    )  # fmt: skip


# -- deliveries -----------------------------------------------------------------------------------


def _deliveries(place: Place) -> None:
    source = make_exchange.a_source(code=f"list-{place.letter}", area=CITY)
    place.put("source", source, CITY)
    fetch = {"kind": "rest", "url": "https://dept.example/children"}
    live = make_exchange.a_source(code=f"live-{place.letter}", area=CITY, fetch=fetch)
    place.put("live", live, CITY)
    way = ways.ask(
        live, by=make.a_user("fed_city", area=CITY), url=fetch["url"], addresses=["10.0.0.9"]
    )
    place.put("way", way, CITY)
    pushed = make_exchange.a_source(
        code=f"pushed-{place.letter}", area=CITY, delivery="changes", fetch={"kind": "push"}
    )
    ways.set_secret(pushed, by=way.asked_by, secret=make_exchange.PUSH_SECRET)
    place.put("pushed", pushed.code, CITY)
    for state in ("DONE", "WAITING", "FAILED"):
        run = ImportRun.objects.create(
            source=source, area_code=place.county, file_name="名册.csv", size=10, state=state,
            sha256=f"{place.letter}{state}".ljust(64, "0"), finished_at=timezone.now(),
            # Nobody lets her own delivery through, so the waiting one came by itself.
            by=None if state == "WAITING" else place.things["worker"],
            counts={"read": 3, "bad": 1, "new": 2, "changed": 0, "removed": 0, "same": 0},
        )  # fmt: skip
        place.put(f"run_{state.lower()}", run)
    place.put("bad_row", bad_row(place, place.things["run_done"]))
    _questions(place)
    _contracts(place, source, live)
    place.put("kept_message", make_exchange.a_kept_message(place.county, f"stream-{place.letter}"))


def _contracts(place: Place, source: Any, live: Any) -> None:
    """An agreement about a source, and a change of another one that somebody has to look at."""
    today = timezone.localdate()
    agreement = agreeing.agree(
        live, by=None, number="函1号", basis="DUTY", purposes=["FILE"],
        fields=list(make_exchange.PROFILE["columns"]), valid_from=today, valid_until=today,
    )  # fmt: skip
    place.put("agreement", agreement, CITY)
    drift = Drift.objects.create(
        source=source, area_code=place.county, kind="NEW_COLUMN", column="民族代码"
    )
    place.put("drift", drift)


def _questions(place: Place) -> None:
    """A source that is asked about one person, and one question that waits for a second person."""
    fetch = {
        "kind": "ask", "url": "https://prison.example/ask", "question": "IN_CUSTODY",
        "key_id": "hub",
    }  # fmt: skip
    asked = make_exchange.a_source(
        code=f"asked-{place.letter}", area=place.county, delivery="changes", fetch=fetch
    )
    place.put("asked", asked, place.county)
    child = place.things["child"]
    person = asking.Person("张甲国", make_exchange.an_id("19850101"), "张一诺", "", place.village)
    question = asking.ask(
        asked, by=place.things["worker"], file_id=child.pk, about="FATHER", person=person,
        why=asking.Why("SAFETY", "民发〔2019〕62号", "核对父亲情况"),
    )  # fmt: skip
    place.put("question", question, place.village)


def bad_row(place: Place, run: ImportRun, number: int = 3) -> QuarantinedRow:
    """A row that was kept out, with its sealed cells."""
    made = QuarantinedRow(
        run=run, area_code=place.county, row_no=number, key_token=bytes([number]) * 16,
        rules=[{"rule": "ID_CHECKSUM", "column": "身份证号"}],
    )  # fmt: skip
    made.content = _content(place)
    made.save(force_insert=True)
    return made


def _content(place: Place) -> str:
    values = {**make_exchange.a_row(), "联系电话": f"1544{place.letter}000000"}
    problem = ["ID_CHECKSUM", "身份证号", values["身份证号"], ""]
    return json.dumps({"cells": values, "problems": [problem]}, ensure_ascii=False)


def a_file(place: Place, count: int = 2) -> SimpleUploadedFile:
    """A file to upload, as a browser sends it."""
    rows = [make_exchange.a_row(区划代码=place.town) for _ in range(count)]
    return SimpleUploadedFile("名册.csv", make_exchange.a_csv(rows), content_type="text/csv")


def a_key_of(user: User) -> UUID:
    """The id of a key of this person, made on the spot."""
    key = Token(user=user, name="报表", powers=[], expires_on=timezone.localdate())
    key.digest = key.pk.bytes * 2
    key.save(force_insert=True)
    return key.pk


def a_message_to(user: User, place: Place, **fields: Any) -> UUID:
    """The id of a message to this person, written on the spot."""
    values = {
        "kind": "test.said", "to_kind": "USER", "to_id": user.pk, "area_code": place.village,
        "subject": "Something is due", "text": "Look", "link": "/messages/",
    }  # fmt: skip
    return notices.send(notices.Message(**{**values, **fields}), once=str(uuid4())).pk


# What each column of the sample means, as the page of a new source posts it.
SAMPLE_COLUMNS: Final = {
    f"map-{position}": field
    for position, field in enumerate(
        ("key", "name", "sex", "id_number", "birth_on", "phone", "categories", "area_code",
         "address", "updated_on")
    )
}  # fmt: skip


def a_sample(user: User, place: Place) -> str:
    """The word of a sample file that a person has put aside."""
    return samples.keep(
        io.BytesIO(make_exchange.a_csv([make_exchange.a_row()])), by=user, name="a.csv"
    )


# -- pairing --------------------------------------------------------------------------------------


def _pairing(place: Place) -> None:
    things = place.things
    policy = matching.policy_for_area(place.county)
    place.put("policy", policy, CITY)
    drafted = Policy.objects.create(
        name="试行", version=1, area_code=place.county, body=policy.body, text=policy.text,
        sha256=policy.sha256, is_current=False, by=things["worker"], note="试行",
    )  # fmt: skip
    place.put("drafted_policy", drafted)
    study = WeightStudy.objects.create(
        area_code=place.county, policy=policy, pairings=3, early_ends=0, is_enough=False,
        monthly_risk=0.01, weights={}, intervals={},
        effects={name: [1.0, 0.5, 2.0] for name in PARTS},
    )  # fmt: skip
    place.put("study", study)
    _teams(place)
    things["pairing_mother"] = make_mothers.a_mother(area_code=place.village, capacity=3)
    place.put("match_run", _match_run(place, "DONE"))
    _store_certificate(things["match_run"])
    place.put("waiting_run", _match_run(place, "WAITING"))
    place.put("proposal", _proposal(place, "child"))
    place.put("second_proposal", _proposal(place, "twin"))
    _store_pairs(place)
    steering = SteeringAct.objects.create(
        run=things["match_run"], kind="VETO", child=things["child"], mother=things["mother"],
        area_code=place.village, reason_code="OTHER", reason="路远", points=0,
        by=things["worker"], at=timezone.now(),
    )  # fmt: skip
    place.put("steering", steering)
    wish = Wish.objects.create(
        child=things["child"], area_code=place.village, of="GUARDIAN", kind="WANTED",
        trait="OLDER", reason="家访时说", by=things["worker"], at=timezone.now(),
    )  # fmt: skip
    place.put("wish", wish)
    LeftOver.objects.create(
        run=things["match_run"], child=things["free"], area_code=place.village, tier=2,
        grade="YELLOW", reason="SCARCITY", details={"children": 2, "mothers": 1, "places": 1},
    )  # fmt: skip
    pairing = Pairing.objects.create(
        child=things["paired"], mother=things["mother"], area_code=place.village,
        started_on=timezone.localdate(), by=things["worker"],
        state="ACTIVE", active_on=timezone.localdate(),
    )  # fmt: skip
    place.put("pairing", pairing)


def _match_run(place: Place, state: str) -> MatchRun:
    return MatchRun.objects.create(
        # The one that waits is a town's, so that it keeps nobody from repairing the county's plan.
        area_code=place.county if state == "DONE" else place.town,
        policy=place.things["policy"], state=state,
        verified=state == "DONE", by=place.things["worker"], progress=100, figures=FIGURES,
        finished_at=timezone.now() if state == "DONE" else None,
    )  # fmt: skip


def _teams(place: Place) -> None:
    """A roster with one partner, a team run, one place proposed and one accepted."""
    things = place.things
    partner = Partner.objects.create(
        role="POLICE", name="周民", unit="派出所", area_code=place.town, reach_m=5000, places=5,
        by=things["worker"],
    )  # fmt: skip
    place.put("partner", partner)
    team_run = TeamRun.objects.create(area_code=place.county, kind="FOUR", state="DONE")
    place.put("team_run", team_run)
    _store_certificate(team_run)
    for name, role in (("team_place", "POLICE"), ("taken_place", "DOCTOR")):
        proposed = TeamPlace.objects.create(
            run=team_run, child=things["child"], area_code=place.village, role=role,
            partner=partner, score=500, distance_m=900,
        )  # fmt: skip
        place.put(name, proposed)
    seat = TeamSeat.objects.create(
        place=things["taken_place"], child=things["child"], area_code=place.village, kind="FOUR",
        role="DOCTOR", partner=partner, accepted_by=things["worker"], accepted_at=timezone.now(),
    )  # fmt: skip
    place.put("seat", seat)
    RosterLoad.objects.create(
        area_code=place.county, file_name="名单.xlsx", counts={"new": 0, "bad": 1},
        bad=[{"row": 2, "cells": {"姓名": "周民"}, "wrong": {"姓名": "-"}}], by=things["worker"],
    )  # fmt: skip


def _store_certificate(run: MatchRun | TeamRun) -> None:
    """Let the run have a certificate to take, as the verifier leaves one behind."""
    run.folder = f"runs/{run.pk}"
    run.save(update_fields=["folder"])
    folder = Path(settings.VAR) / run.folder
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "certificate.json").write_text(
        '{"child_value": {}, "mother_price": {}, "unmatched": [], "tiers": [],'
        ' "children": 0, "matched": 0}'
    )


def _store_pairs(place: Place) -> None:
    """Let the run's pairs lie in files, so that it can be solved again."""
    things = place.things
    children = [str(things[name].pk) for name in ("child", "twin", "free")]
    mother = str(things["pairing_mother"].pk)
    folder = Path(settings.VAR) / things["match_run"].folder
    pl.DataFrame({"child_id": children, "tier": [2] * 3}).write_parquet(folder / "children.parquet")
    pl.DataFrame({"mother_id": [mother], "capacity": [3]}).write_parquet(folder / "mothers.parquet")
    pairs = {"child_id": children[:2], "mother_id": [mother] * 2, "score": [7000] * 2}
    pl.DataFrame(pairs).write_parquet(folder / "pairs.parquet")
    proof = {"top_score": 10_000, "lowest_score": 0, "mother_price": {mother: 0}}
    proof["child_value"] = dict.fromkeys(children, 0)
    proof |= {"unmatched": [], "tiers": [], "children": 3, "matched": 2}
    (folder / "certificate.json").write_text(json.dumps(proof))


FIGURES: Final[Mapping[str, Any]] = {
    "area_name": "奉节县", "children": 3, "mothers": 2, "places": 4, "free_places": 2, "paired": 2,
    "left_over": 1, "mean_score": 7000, "objective": 14000, "gap": 0, "feasible_pairs": 4,
    "by_tier": pairing_rules.by_tier([2, 2], [2]),
    "reasons": {"SCARCITY": 1, "NO_CANDIDATE": 0, "NO_CONSENT": 0},
    "histogram": pairing_rules.histogram([7000, 7000]), "shortages": [], "moved": 0,
}  # fmt: skip


def _proposal(place: Place, child: str) -> Proposal:
    return Proposal.objects.create(
        run=place.things["match_run"], child=place.things[child],
        mother=place.things["pairing_mother"], area_code=place.things[child].area_code,
        tier=2, grade="YELLOW", score=7000, distance_m=1200,
    )  # fmt: skip


# -- outbound -------------------------------------------------------------------------------------


def _outbound(place: Place) -> None:
    editor, until = make.a_user("fed_city", area=CITY), timezone.localdate() + timedelta(days=100)
    receiver = receivers.make(
        by=editor, code=f"told-{place.letter}", name="市级平台", area_code=CITY,
        agreed=receivers.Agreement(("child.changed",), "协议7号", until),
        url="https://city.example/hook",
    )  # fmt: skip
    place.put("receiver", receiver, CITY)
    way = ways.ask(receiver, by=editor, url=receiver.url, addresses=["10.0.0.9"])
    place.put("receiver_way", way, CITY)
    collects = receivers.make(
        by=editor, code=f"collects-{place.letter}", name="区县平台", area_code=place.county,
        agreed=receivers.Agreement(("child.changed",), "协议8号", until),
    )  # fmt: skip
    place.put("collects", collects.code, place.county)
    taker = make.a_user("fed_county", "data_taker", area=place.county)
    export = Export.objects.create(
        dataset="CHILDREN", named=True, area_code=place.county, reason="年度统计", rows=3,
        asked_by=taker,
    )  # fmt: skip
    place.put("export", export)


# -- accounts -------------------------------------------------------------------------------------


def _notices(place: Place) -> None:
    pk = a_message_to(
        place.things["worker"], place, to_kind="GUARDIAN", address="13899998888", link=""
    )
    Notice.objects.filter(pk=pk).update(state="ASIDE", last_error={"code": "REFUSED"})
    place.put("message_aside", Notice.objects.get(pk=pk), place.village)


def _consents(place: Place) -> None:
    child = make_pairing.a_child(area=place.village, birth_on=date(2016, 5, 1))
    place.put("asked_child", child, place.village)
    father = make_consents.an_adult(child)
    place.put("asked_father", father, place.village)
    place.put("assent", make_consents.an_assent(child, asked_by=place.things["worker"]))
    assent = place.things["assent"]
    assent.words = "好的"
    assent.save()
    paper = make_consents.a_paper(
        child, "DECISION", father.guardian, noted_by=place.things["worker"]
    )
    place.put("authority", paper)
    asked = consent_asking.ask(
        child, father.pk, by=place.things["worker"], today=timezone.localdate(),
        purposes=["MATCHING"],
    )  # fmt: skip
    place.put("signing", asked.request)
    place.put("signing_path", asked.path, place.village)


def a_new_text(purpose: str) -> dict[str, Any]:
    """The form of a further version of a text."""
    return {
        "asks_again": "wording", "in_force_on": timezone.localdate().isoformat(),
        "note": "写得更明白", **{f"title-{each}": purpose for each in LANGUAGES},
        **{f"body-{each}": "请阅读以下内容，然后回答同意或者不同意。多谢。" for each in LANGUAGES},
    }  # fmt: skip


def _accounts(place: Place) -> None:
    colleague = make.a_user("fed_village", area=place.village)
    place.put("colleague", colleague, place.county)
    place.put("grant", Grant.objects.get(user=colleague), place.county)


@contextmanager
def undone() -> Iterator[None]:
    """Run a block and undo whatever it wrote."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


@contextmanager
def stage() -> Iterator[World]:
    """Build the world in a transaction that is undone at the end."""
    with transaction.atomic():
        with rowsecurity.acting(rowsecurity.SYSTEM):
            yield build()
        transaction.set_rollback(True)
