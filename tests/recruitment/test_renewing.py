"""Newer texts of commitments: asked, signed or not, held to the last day, and back again."""

from datetime import date, timedelta

import pytest
from django.test import Client
from django.urls import reverse

from qianshou.audit.models import Entry
from qianshou.common import rowsecurity
from qianshou.common.errors import NotAllowed
from qianshou.mothers.actions import file as mother_acts
from qianshou.mothers.actions import intake
from qianshou.mothers.models import Mother
from qianshou.notices.models import Notice
from qianshou.pairing.models import Pairing
from qianshou.pairing.rules import life as pairs
from qianshou.recruitment.actions import applying, attesting, following, renewing, rulebooks
from qianshou.recruitment.models import MotherApplication, SignRequest
from qianshou.recruitment.queries import renewals
from qianshou.recruitment.rules import life
from qianshou.support.models import Duty
from tests import forking, make, make_mothers, make_support
from tests.make_recruits import TODAY

DUE = TODAY + timedelta(days=30)
AFTER = DUE + timedelta(days=1)


def newer(*codes: str, version: int = 2, days: int = 30) -> str:
    """The shipped rulebook in a later version, with newer versions of some texts."""
    text = rulebooks.SHIPPED.read_text(encoding="utf-8")
    text = text.replace("\nversion = 1\n", f"\nversion = {version}\n", 1)
    text = text.replace("sign_within_days = 30", f"sign_within_days = {days}")
    for code in codes:
        text = text.replace(
            f'code = "{code}"\nversion = 1', f'code = "{code}"\nversion = {version}'
        )
    return text


def adopt(*codes: str, **more: int) -> None:
    rulebooks.adopt(newer(*codes, **more), by=None)


def again(mother: Mother) -> Mother:
    return Mother.objects.get(pk=mother.pk)


def waiting() -> dict[str, tuple[int, date]]:
    return {each.code: (each.version, each.due_on) for each in SignRequest.objects.unsigned()}


@pytest.mark.django_db
def test_nobody_is_asked_while_the_texts_are_the_same():
    make_mothers.a_mother()
    rulebooks.in_force()

    adopt()

    assert renewing.renew(today=TODAY) == {"asked": 0, "reminded": 0, "lapsed": 0}


@pytest.mark.django_db
def test_who_signed_the_older_text_is_asked_once_and_told_until_when():
    mother = make_mothers.a_mother(phone=make_mothers.a_phone())
    adopt("CONDUCT", "REPORTING")

    assert renewing.renew(today=TODAY)["asked"] == 2
    assert renewing.renew(today=TODAY)["asked"] == 0

    assert waiting() == {"CONDUCT": (2, DUE), "REPORTING": (2, DUE)}
    notice = Notice.objects.get(to_id=mother.pk)
    assert notice.params == {"until": DUE.isoformat()}
    assert again(mother).state == "ACTIVE"
    assert Mother.objects.ready_on(TODAY).count() == 1


@pytest.mark.django_db
@pytest.mark.parametrize(
    "fields",
    [
        {"state": "APPLIED"}, {"state": "LEFT"}, {"state": "PAUSED", "screening": "HIT"},
        {"committed_on": None}, {"committed_on": TODAY + timedelta(days=9)},
    ],
)  # fmt: skip
def test_who_does_not_serve_or_signed_the_newer_paper_is_not_asked(fields):
    make_mothers.a_mother(**fields)
    adopt("CONDUCT")

    assert renewing.renew(today=TODAY)["asked"] == 0


@pytest.mark.django_db
def test_who_signs_in_time_goes_on_and_her_file_says_the_newer_day():
    record = following.take_over(make_mothers.a_mother(), by=make.a_worker(), today=TODAY)
    adopt("CONDUCT")
    renewing.renew(today=TODAY)

    applying.sign(record, "CONDUCT", name="陈桂芳", language="zh-hans", today=TODAY)

    assert waiting() == {}
    assert renewing.renew(today=AFTER)["lapsed"] == 0
    assert (record.mother.state, again(record.mother).committed_on) == ("ACTIVE", TODAY)


@pytest.mark.django_db
def test_last_day_goes_by_unsigned_and_pairings_rest_and_are_reviewed_within_a_day():
    mother = make_mothers.a_mother()
    pairing = make_support.a_pairing(mother=mother)
    adopt("CONFIDENTIAL")
    renewing.renew(today=TODAY)

    assert renewing.renew(today=DUE)["lapsed"] == 0
    assert Mother.objects.ready_on(TODAY).count() == 1
    assert renewing.renew(today=AFTER)["lapsed"] == 1
    assert renewing.renew(today=AFTER)["lapsed"] == 0

    held = again(mother)
    assert (held.state, held.remark, held.confidentiality_signed) == (
        "PAUSED", "TEXT_UNSIGNED", False,
    )  # fmt: skip
    assert held.reporting_signed
    assert Mother.objects.ready_on(TODAY).count() == 0
    assert Pairing.objects.get(pk=pairing.pk).state == pairs.PAUSED
    assert Duty.objects.get(pairing=pairing).kind == Duty.Kind.SUSPENDED
    assert MotherApplication.objects.get(mother=mother).state == life.SUSPENDED
    assert Entry.objects.filter(act="recruitment.text.lapsed").count() == 1


@pytest.mark.django_db
def test_signature_after_the_last_day_brings_her_back_by_itself():
    mother = make_mothers.a_mother()
    adopt("CONFIDENTIAL")
    renewing.renew(today=TODAY)
    renewing.renew(today=AFTER)
    with pytest.raises(mother_acts.TextUnsigned):
        mother_acts.resume(again(mother), by=make.a_worker(), reason="回来了", today=AFTER)

    record = MotherApplication.objects.get(mother=mother)
    attesting.keep_paper(
        record, ["CONFIDENTIAL"], by=make.a_worker(), signed_on=AFTER, reference="档-9", today=AFTER
    )

    assert (again(mother).state, again(mother).remark) == ("ACTIVE", "")
    assert MotherApplication.objects.get(mother=mother).state == life.ACTIVE
    assert renewing.renew(today=AFTER)["lapsed"] == 0


@pytest.mark.django_db
def test_signature_does_not_bring_back_whose_query_has_ended_meanwhile():
    mother = make_mothers.a_mother(screened_on=TODAY - timedelta(days=364))
    record = following.take_over(mother, by=make.a_worker(), today=TODAY)
    adopt("ONE_YEAR")
    renewing.renew(today=TODAY)
    renewing.renew(today=AFTER)

    record.refresh_from_db()
    applying.sign(record, "ONE_YEAR", name="陈桂芳", language="zh-hans", today=AFTER)

    assert (again(mother).state, again(mother).remark) == ("PAUSED", "SCREENING_EXPIRED")


@pytest.mark.django_db
def test_who_rests_on_the_last_day_is_held_up_and_suspended_only_when_she_is_back():
    mother, worker = make_mothers.a_mother(), make.a_worker()
    mother_acts.pause(mother, by=worker, reason="照顾家人", today=TODAY)
    adopt("CONDUCT")
    renewing.renew(today=TODAY)

    assert renewing.renew(today=AFTER)["lapsed"] == 1
    assert (again(mother).remark, again(mother).committed_on) == ("照顾家人", None)
    mother_acts.resume(again(mother), by=worker, reason="回来了", today=AFTER)

    assert renewing.renew(today=AFTER)["lapsed"] == 1
    assert again(mother).remark == "TEXT_UNSIGNED"


@pytest.mark.django_db
def test_list_does_not_wake_a_mother_who_has_not_signed():
    run, payload = make_mothers.a_run(), make_mothers.a_payload(screened_on="2026-11-01")
    intake.take_in([(make_mothers.a_record(run), make.COUNTY, payload)])
    mother = Mother.objects.get()
    adopt("CONDUCT")
    renewing.renew(today=TODAY)
    renewing.renew(today=AFTER)

    intake.take_in([(make_mothers.a_record(run), make.COUNTY, payload | {"employer": "学校"})])

    held = again(mother)
    assert (held.remark, held.committed_on, held.employer) == ("TEXT_UNSIGNED", None, "学校")


@pytest.mark.django_db
def test_still_newer_text_takes_the_place_of_one_that_waits():
    make_mothers.a_mother()
    adopt("CONDUCT")
    renewing.renew(today=TODAY)
    adopt("CONDUCT", version=3, days=60)

    renewing.renew(today=TODAY + timedelta(days=5))

    assert waiting() == {"CONDUCT": (3, TODAY + timedelta(days=65))}


@pytest.mark.django_db
def test_she_is_reminded_once_in_the_last_week():
    mother = make_mothers.a_mother()
    adopt("CONDUCT")
    renewing.renew(today=TODAY)

    counts = [renewing.renew(today=DUE - timedelta(days=days))["reminded"] for days in (8, 7, 6)]

    assert counts == [0, 1, 0]
    assert Notice.objects.filter(to_id=mother.pk).count() == 2


# -- pages ----------------------------------------------------------------------------------------


def signed_in(user) -> Client:
    client = Client(headers={"accept-language": "en"})
    client.force_login(user)
    return client


@pytest.mark.django_db
def test_her_page_says_until_when_and_she_signs_there_without_a_record_of_the_office():
    mother = make_mothers.a_mother()
    user = make.a_user("mother", person_id=mother.pk)
    adopt("CONDUCT")
    renewing.renew(today=TODAY)
    client = signed_in(user)

    for home in ("mothers:mine", "care:today"):
        assert "A promise has a newer text" in client.get(reverse(home)).content.decode()
    page = client.get(reverse("recruitment:promises")).content.decode()
    assert page.count("please sign it by") == 1
    assert page.count("signed on paper") == 3
    said = {"name": "陈桂芳", "read": "on"}
    answer = client.post(reverse("recruitment:sign-signed-in", args=["CONDUCT"]), said)

    assert answer.status_code == 302
    assert waiting() == {}
    assert "newer text" not in client.get(reverse("mothers:mine")).content.decode()


@pytest.mark.django_db
def test_office_sees_who_has_not_signed_and_another_county_does_not():
    mother = make_mothers.a_mother()
    adopt("CONDUCT")
    renewing.renew(today=TODAY)
    address = reverse("recruitment:signing")

    page = signed_in(make.a_worker()).get(address).content.decode()
    assert str(mother.pk) in page
    assert "Code of conduct" in page
    elsewhere = make.a_user("fed_county", area="500235000000")
    assert str(mother.pk) not in signed_in(elsewhere).get(address).content.decode()
    with pytest.raises(NotAllowed):
        renewals.waiting_in(make.a_user("mother"), make.COUNTY, today=TODAY)


# -- a killed worker ------------------------------------------------------------------------------


def killed_in_the_middle(monkeypatch, today: date) -> None:
    """Kill a worker when the first mother is committed, and the second is written and not."""
    monkeypatch.setattr(renewing, "PORTION", 1)
    forking.killed_at_the_second(lambda: renewing.renew(today=today), inside=renewing, at="_tell")


def test_killed_worker_asks_and_suspends_each_mother_once(committed, monkeypatch):
    with rowsecurity.acting(rowsecurity.SYSTEM):
        for _ in range(3):
            make_mothers.a_mother()
        adopt("CONDUCT")

    killed_in_the_middle(monkeypatch, TODAY)
    with rowsecurity.acting(rowsecurity.SYSTEM):
        assert SignRequest.objects.count() == 1
    assert renewing.renew(today=TODAY)["asked"] == 2

    killed_in_the_middle(monkeypatch, AFTER)
    with rowsecurity.acting(rowsecurity.SYSTEM):
        assert Mother.objects.filter(remark="TEXT_UNSIGNED").count() == 1
    assert renewing.renew(today=AFTER)["lapsed"] == 2
    assert renewing.renew(today=AFTER)["lapsed"] == 0

    with rowsecurity.acting(rowsecurity.SYSTEM):
        assert Mother.objects.filter(state="PAUSED", remark="TEXT_UNSIGNED").count() == 3
        assert Entry.objects.filter(act="recruitment.text.lapsed").count() == 3
        assert Notice.objects.filter(kind=renewing.KIND).count() == 6
