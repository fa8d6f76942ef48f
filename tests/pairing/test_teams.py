"""Teams: a roster from a list with bad rows given back, an exact proven plan, gaps told."""

import io

import numpy as np
import pytest
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils import translation
from python_calamine import CalamineWorkbook

from qianshou.audit.models import Entry
from qianshou.common.errors import NotAllowed
from qianshou.config import console
from qianshou.engines.matching.teams import fill_roles
from qianshou.exchange.actions import tables
from qianshou.pairing import tasks
from qianshou.pairing.actions import deciding, roster, teaming
from qianshou.pairing.models import Partner, Role, RosterLoad, TeamPlace, TeamRun
from qianshou.pairing.queries import roster as reading
from qianshou.pairing.queries import teaming as queries
from tests import make, make_exchange, make_pairing

pytestmark = pytest.mark.django_db
HEAD = "角色,姓名,单位,区划代码,可到距离（公里）,可参与人数,语言"
TOWN, OTHER_TOWN = "500236103000", "500236104000"
LISTED = make_exchange.TOWN


@pytest.fixture(autouse=True)
def _own_folder(settings, tmp_path):
    settings.VAR = tmp_path


def a_list(*rows):
    return io.BytesIO("\n".join([HEAD, *rows]).encode())


def taken(*rows, by=None, area=make.COUNTY):
    with translation.override("en"):
        return roster.take_list(
            area, by=by or make.a_worker(), file=a_list(*rows), name="partners.csv"
        )


def a_partner(role=Role.POLICE, **fields):
    values = {
        "name": "周民", "unit": "竹园派出所", "area_code": TOWN, "reach_m": 5_000, "places": 5,
        "languages": ["chongqing"], "by": make.a_worker(),
    }  # fmt: skip
    return Partner.objects.create(role=role, **(values | fields))


def a_paired_child(**fields):
    child = make_pairing.a_child(**fields)
    proposal = make_pairing.a_proposal(child, make_pairing.a_mother(area=child.area_code))
    deciding.approve(proposal, by=make.a_worker(), today=make.TODAY)
    return child


def a_team_run(kind="FOUR"):
    run = TeamRun.objects.create(area_code=make.COUNTY, kind=kind)
    return teaming.compute(run.pk)


def test_list_is_taken_in_and_kept_current():
    first = taken(f"民警,周民,竹园派出所,{LISTED},10,20,重庆话、普通话")
    again = taken(f"社区民警,周民,竹园派出所,{LISTED},10,20,重庆话、普通话")
    changed = taken(f"民警,周民,竹园派出所,{LISTED},12.5,20,重庆话")

    partner = Partner.objects.get()
    assert [each.counts for each in (first, again, changed)] == [
        {"new": 1, "changed": 0, "same": 0, "bad": 0},
        {"new": 0, "changed": 0, "same": 1, "bad": 0},
        {"new": 0, "changed": 1, "same": 0, "bad": 0},
    ]
    assert (partner.role, partner.reach_m, partner.places) == ("POLICE", 12_500, 20)
    assert partner.languages == ["chongqing"]
    assert Entry.objects.filter(act="pairing.roster.taken_in").count() == 3


@pytest.mark.parametrize(
    ("row", "column"),
    [
        (f"保安,周民,所,{LISTED},10,20,", "角色"),
        (f"民警,,所,{LISTED},10,20,", "姓名"),
        (f"民警,周民,,{LISTED},10,20,", "单位"),
        ("民警,周民,所,500235101202,10,20,", "区划代码"),
        ("民警,周民,所,50023,10,20,", "区划代码"),
        (f"民警,周民,所,{LISTED},很远,20,", "可到距离（公里）"),
        (f"民警,周民,所,{LISTED},-1,20,", "可到距离（公里）"),
        (f"民警,周民,所,{LISTED},nan,20,", "可到距离（公里）"),
        (f"民警,周民,所,{LISTED},10,2.5,", "可参与人数"),
        (f"民警,周民,所,{LISTED},10,20,英语", "语言"),
    ],
)
def test_bad_row_is_given_back_with_its_reason_and_the_good_one_taken(row, column):
    load = taken(row, f"律师,吴法,奉节律所,{LISTED},30,5,普通话")

    (bad,) = load.bad
    assert (bad["row"], list(bad["wrong"])) == (2, [column])
    assert [each.name for each in Partner.objects.all()] == ["吴法"]


def test_what_is_wrong_with_a_row_is_told_in_the_readers_language(client):
    with translation.override("zh-hans"):
        load = taken(f"民警,,所,{LISTED},10,20,")

    with translation.override("en"):
        (row,) = reading.bad_rows(load)
    assert row["wrong"] == {"姓名": "The name is missing."}
    with translation.override("zh-hans"):
        (row,) = reading.bad_rows(load)
    assert row["wrong"] != {"姓名": "The name is missing."}


def test_words_that_an_earlier_version_kept_stay(db):
    assert reading.worded({"姓名": "没有姓名。"}) == {"姓名": "没有姓名。"}


def test_rows_given_back_are_a_workbook_that_can_be_mended(client):
    taken(f"保安,周民,竹园派出所,{LISTED},10,20,普通话")
    client.force_login(make.a_worker())

    content = client.get(reverse("pairing:partners-to-mend")).content

    sheet = CalamineWorkbook.from_filelike(io.BytesIO(content)).get_sheet_by_index(0)
    head, row = sheet.to_python()
    assert head[3:] == HEAD.split(",")
    assert row[3:] == ["保安", "周民", "竹园派出所", LISTED, "10", "20", "普通话"]
    mended = SimpleUploadedFile("mended.xlsx", content)
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(roster.roster.ROLES, "保安", Role.POLICE)
        answer = client.post(reverse("pairing:partners"), {"act": "list", "file": mended})
    assert answer.status_code == 302
    assert Partner.objects.get().role == "POLICE"


def test_file_without_the_headings_is_refused_in_words(client):
    client.force_login(make.a_worker())
    file = SimpleUploadedFile("x.csv", "姓名,单位\n周民,所".encode())

    page = client.post(
        reverse("pairing:partners"), {"act": "list", "file": file},
        headers={"accept-language": "en"},
    )  # fmt: skip

    assert page.status_code == 422
    assert "No sheet has a row with the headings" in page.text
    assert not RosterLoad.objects.exists()


def test_picture_is_no_list():
    with pytest.raises(tables.TableRefused):
        roster.take_list(
            make.COUNTY, by=make.a_worker(), file=io.BytesIO(b"\x89PNG\r\n\x1a\n" * 9), name="x.csv"
        )


@pytest.mark.parametrize("role", ["clerk", "fed_city", "fed_town"])
def test_only_who_may_run_the_matching_and_see_pairs_keeps_the_roster(role):
    area = make.CITY if role == "fed_city" else make.COUNTY
    with pytest.raises(NotAllowed):
        taken(f"民警,周民,所,{LISTED},10,20,", by=make.a_user(role, area=area))

    assert not Partner.objects.exists()


def test_person_is_entered_by_hand_and_rests(client):
    client.force_login(make.a_worker())
    typed = {
        "act": "enter", "role": "DOCTOR", "name": "郑医", "unit": "竹园卫生院", "area_code": LISTED,
        "reach_km": "8", "places": "30", "languages": "重庆话",
    }  # fmt: skip

    wrong = client.post(reverse("pairing:partners"), typed | {"places": "many"})
    right = client.post(reverse("pairing:partners"), typed)
    partner = Partner.objects.get()
    client.post(reverse("pairing:partner-rest", args=[partner.pk]))

    assert (wrong.status_code, right.status_code) == (422, 302)
    assert "places" in wrong.context["form"].errors
    partner.refresh_from_db()
    assert not partner.is_active


def test_each_role_is_filled_by_urgency_and_the_rest_told_as_gaps():
    red, yellow = a_paired_child(tier=0), a_paired_child(tier=2)
    police = a_partner(places=1)
    doctor = a_partner(Role.DOCTOR, places=9)
    a_partner(Role.TEACHER, unit="别处小学", places=9)

    run = a_team_run()

    places = {(each.child_id, each.role): (each.partner_id, each.gap) for each in run.places.all()}
    assert (run.state, run.verified) == ("DONE", True)
    assert places == {
        (red.pk, "POLICE"): (police.pk, ""),
        (yellow.pk, "POLICE"): (None, "TAKEN"),
        (red.pk, "DOCTOR"): (doctor.pk, ""),
        (yellow.pk, "DOCTOR"): (doctor.pk, ""),
        (red.pk, "PSYCHOLOGIST"): (None, "NOBODY"),
        (yellow.pk, "PSYCHOLOGIST"): (None, "NOBODY"),
        (red.pk, "TEACHER"): (None, "OUT_OF_REACH"),
        (yellow.pk, "TEACHER"): (None, "OUT_OF_REACH"),
    }
    assert {role["gap"] for role in run.figures["roles"].values()} == {0}


def test_teacher_is_the_one_of_the_childs_school():
    child = a_paired_child(school="竹园 小学")
    teacher = a_partner(Role.TEACHER, unit="竹园小学", area_code=OTHER_TOWN, reach_m=0)
    a_partner(Role.TEACHER, unit="竹园中学")

    run = a_team_run()

    assert run.places.get(child=child, role="TEACHER").partner_id == teacher.pk


def test_nearer_partner_who_speaks_the_language_is_chosen():
    child = a_paired_child(facts={"languages": ["yi"]})
    a_partner(name="远", area_code=TOWN, languages=["chongqing"])
    right = a_partner(name="近", area_code=TOWN, languages=["yi"])

    assert a_team_run().places.get(child=child, role="POLICE").partner_id == right.pk


def test_task_teams_are_for_red_children_and_places_count_across_kinds():
    a_paired_child(tier=0)
    red = make_pairing.a_child(tier=0)
    a_partner(places=1)
    four = a_team_run("FOUR")

    task = a_team_run("TASK")

    assert four.places.filter(role="POLICE").exclude(partner=None).count() == 1
    assert task.places.filter(role="POLICE").exclude(partner=None).count() == 0
    assert task.places.filter(child=red).count() == 6


def test_child_who_was_red_once_needs_no_task_team_and_no_child_is_counted_twice():
    former, red = make_pairing.a_child(tier=2), make_pairing.a_child(tier=0)
    for child, grade in ((former, "RED"), (red, "RED")):
        present = child.assessments.get()
        earlier = {
            field.attname: getattr(present, field.attname)
            for field in present._meta.concrete_fields
            if field.attname not in {"id", "grade", "is_current"}
        }
        type(present).objects.create(**earlier, grade=grade, is_current=False)
    a_partner()

    assert [each.id for each in queries.read(make.COUNTY, "TASK").children] == [red.pk]


def test_certificate_of_teams_is_verified_and_refuses_another_plan(capsys):
    for tier in (0, 2, 2):
        a_paired_child(tier=tier)
    a_partner(places=2)
    run = a_team_run()
    folder = folder_of(run)
    tables_of = [f"--{name}={folder / name}.parquet" for name in ("children", "mothers", "pairs")]

    assert console.main(["verify", str(folder), *tables_of]) == 0
    lines = (folder / "matches.csv").read_text().splitlines()
    (folder / "matches.csv").write_text("\n".join(lines[:-1]) + "\n")
    assert console.main(["verify", str(folder), *tables_of]) == 1
    assert "not optimal" in capsys.readouterr().err


def folder_of(run):
    return settings.VAR / run.folder


def test_joined_instance_is_as_good_as_the_roles_one_by_one():
    for tier in (0, 1, 2, 3):
        a_paired_child(tier=tier)
    for name in ("一", "二"):
        a_partner(name=name, places=1)
        a_partner(Role.DOCTOR, name=name, places=1)
    problem = queries.read(make.COUNTY, "FOUR")
    found = fill_roles(problem.pools, tier=_tiers(problem))

    whole, mate = teaming.joined(problem, found)

    proven = teaming.certificate.prove(whole, mate)
    assert proven is not None
    assert sum((each.member >= 0).sum() for each in found.values()) == (mate >= 0).sum() == 4
    mate[mate >= 0] = -1
    assert teaming.certificate.prove(whole, mate) is None


def _tiers(problem):
    return np.array([each.tier for each in problem.children], np.int64)


def test_area_without_children_who_need_teams_has_nothing_to_prove():
    a_partner()

    run = a_team_run()

    assert (run.state, run.verified, run.figures["children"]) == ("DONE", None, 0)


def test_second_computation_changes_nothing():
    a_paired_child()
    a_partner()
    run = a_team_run()

    tasks.compute_teams(str(run.pk))

    assert TeamPlace.objects.count() == 4


def test_pages_tell_the_team_and_its_gaps(client):
    child = a_paired_child(name="张雨桐")
    a_partner()
    client.force_login(make.a_worker())

    started = client.post(reverse("pairing:teams"), {"kind": "FOUR"})
    run = TeamRun.objects.get()
    waiting = client.get(started.url)
    teaming.compute(run.pk)
    page = client.get(started.url)
    gaps = client.get(started.url + "?gap=NOBODY")
    file = client.get(reverse("registry:child", args=[child.pk]))

    assert (waiting.status_code, page.status_code) == (200, 200)
    assert [row["filled"] for row in page.context["summary"]] == [1, 0, 0, 0]
    assert len(gaps.context["rows"]) == 3
    assert "周民 竹园派出所" in file.text
    assert reverse("pairing:team-run", args=[run.pk]) in file.text


def test_run_without_a_roster_is_refused_in_words(client):
    client.force_login(make.a_worker())

    page = client.post(reverse("pairing:teams"), {"kind": "FOUR"})

    assert page.status_code == 422
    assert not TeamRun.objects.exists()


def test_another_county_sees_neither_roster_nor_teams(client):
    a_paired_child()
    partner = a_partner()
    run = a_team_run()
    client.force_login(make.a_worker(make.OTHER_COUNTY))

    assert client.get(reverse("pairing:partners")).context["rows"] == []
    assert client.get(reverse("pairing:team-run", args=[run.pk])).status_code == 404
    assert client.post(reverse("pairing:partner-rest", args=[partner.pk])).status_code == 404
