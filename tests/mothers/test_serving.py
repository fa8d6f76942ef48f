"""The service record and its certificates: what counts, what stays, what anybody may check."""

import io
import re
from datetime import date, timedelta

import pikepdf
import pytest
from django.core.cache import cache
from django.db import transaction
from django.db.utils import DatabaseError
from django.urls import reverse

from qianshou.common.errors import NotAllowed
from qianshou.mothers.actions import serving as acts
from qianshou.mothers.actions.trail import ReasonMissing
from qianshou.mothers.models import Commendation, ServiceCertificate, ServiceEntry
from qianshou.mothers.queries import serving
from qianshou.mothers.rules import certificates
from tests import make, make_mothers

pytestmark = pytest.mark.django_db
TODAY = make.TODAY


@pytest.fixture(autouse=True)
def _no_earlier_checks():
    cache.clear()


@pytest.fixture
def worker():
    return make.a_worker()


@pytest.fixture
def mother():
    return make_mothers.a_mother(id_number=make_mothers.an_id_number())


def certify(mother, worker, **more):
    span = {"from_on": date(2026, 1, 1), "until_on": TODAY, **more}
    return acts.certify(mother, by=worker, in_charge="王主任", today=TODAY, **span)


def test_hours_count_without_the_way_and_a_correction_takes_the_place(mother, worker):
    first = make_mothers.a_service(mother, by=worker, minutes=90, travel_minutes=120)
    make_mothers.a_service(mother, by=worker, minutes=30, kind="VISIT")
    right = acts.Service(held_on=first.held_on, minutes=60, kind="STUDY")

    new = acts.correct_service(first, right, by=worker, why="少记", today=TODAY)

    record = serving.record_of(mother, TODAY)
    assert record.hours == "1.5"
    assert mother.services.in_force().minutes() == 90
    assert (new.corrects, ServiceEntry.objects.count()) == (first, 3)
    with pytest.raises(acts.CorrectedAlready):
        acts.correct_service(first, right, by=worker, why="再改", today=TODAY)


def test_zero_hours_strike_an_entry_out_but_none_begins_with_them(mother, worker):
    entry = make_mothers.a_service(mother, by=worker)
    nothing = acts.Service(held_on=entry.held_on, minutes=0)

    with pytest.raises(acts.NotARealTime):
        acts.record_service(mother, nothing, by=worker, today=TODAY)
    acts.correct_service(entry, nothing, by=worker, why="记错人", today=TODAY)

    assert serving.record_of(mother, TODAY).hours == "0"


def test_what_was_written_stays(mother, worker):
    entry = make_mothers.a_service(mother, by=worker)

    with pytest.raises(DatabaseError), transaction.atomic():
        ServiceEntry.objects.filter(pk=entry.pk).update(minutes=600)
    with pytest.raises(DatabaseError), transaction.atomic():
        ServiceEntry.objects.filter(pk=entry.pk).delete()

    entry.refresh_from_db()
    assert entry.minutes == 90


def test_service_is_refused_in_the_future_by_strangers_and_twice_from_one_source(mother, worker):
    with pytest.raises(acts.InTheFuture):
        make_mothers.a_service(mother, by=worker, held_on=TODAY + timedelta(1))
    with pytest.raises(NotAllowed):
        make_mothers.a_service(mother, by=make.a_user("clerk"))
    with pytest.raises(acts.NotARealTime):
        make_mothers.a_service(mother, by=worker, minutes=961)
    make_mothers.a_service(mother, by=None, source="CARE", source_key="log-1", attested_by="李")
    with pytest.raises(acts.ThereAlready):
        make_mothers.a_service(mother, by=None, source="CARE", source_key="log-1", attested_by="李")

    assert ServiceEntry.objects.count() == 1


def test_an_honour_stands_once(mother, worker):
    honour = {
        "title": "三八红旗手", "level": "CITY", "given_by": "市妇联", "given_on": TODAY,
        "paper": "",
    }  # fmt: skip
    acts.commend(mother, by=worker, today=TODAY, **honour)

    with pytest.raises(acts.ThereAlready):
        acts.commend(mother, by=worker, today=TODAY, **honour)
    assert Commendation.objects.count() == 1


# -- certificates --------------------------------------------------------------------------------


def test_a_certificate_holds_what_is_recorded_and_numbers_run_on(mother, worker):
    make_mothers.a_service(mother, by=worker, minutes=90)
    make_mothers.a_service(mother, by=worker, minutes=45, held_on=date(2025, 5, 1))

    first, second = certify(mother, worker), certify(mother, worker)

    assert first.stem == "AX-500236-2026-000001"
    assert second.stem == "AX-500236-2026-000002"
    assert first.minutes == 90
    with pytest.raises(acts.NothingToCertify):
        certify(mother, worker, from_on=date(2020, 1, 1), until_on=date(2020, 2, 1))


def test_a_certificate_never_changes_and_is_withdrawn_once(mother, worker):
    make_mothers.a_service(mother, by=worker)
    made = certify(mother, worker)

    with pytest.raises(DatabaseError), transaction.atomic():
        ServiceCertificate.objects.filter(pk=made.pk).update(minutes=9999)
    with pytest.raises(ReasonMissing):
        acts.withdraw_certificate(made, by=worker, reason=" ", today=TODAY)
    acts.withdraw_certificate(made, by=worker, reason="重复出具", today=TODAY)
    with pytest.raises(acts.WithdrawnAlready):
        acts.withdraw_certificate(made, by=worker, reason="重复出具", today=TODAY)
    with pytest.raises(DatabaseError), transaction.atomic():
        ServiceCertificate.objects.filter(pk=made.pk).update(withdrawn_on=None, withdrawn_for="")


def test_anybody_checks_a_genuine_number_and_reads_no_more_than_the_paper(client, mother, worker):
    make_mothers.a_service(mother, by=worker)
    number = serving.number_of(certify(mother, worker))

    page = client.get(reverse("mothers:verify", args=[number])).content.decode()

    assert "陈**" in page
    assert number in page
    for secret in (mother.name, mother.id_number.open(), str(mother.pk), mother.area_code):
        assert secret not in page


def test_a_number_is_read_as_people_type_it(mother, worker):
    make_mothers.a_service(mother, by=worker)
    number = serving.number_of(certify(mother, worker))

    assert serving.checked(f"  {number.lower().replace('-', ' - ')} ")
    assert serving.checked(number.replace("0", "0"))


@pytest.mark.parametrize("at", [3, 12, 21, 24, 30])
def test_a_changed_letter_is_found_out(mother, worker, at):
    make_mothers.a_service(mother, by=worker)
    number = serving.number_of(certify(mother, worker))
    other = "7" if number[at] != "7" else "8"

    assert serving.checked(number[:at] + other + number[at + 1 :]) is None


@pytest.mark.parametrize("typed", ["", "x", "AX-500236-2026-000001", "AX" * 30, "AX-١-2", "'; --"])
def test_nonsense_is_no_number(typed):
    assert certificates.read(typed) is None
    assert serving.checked(typed) is None


def test_a_stem_that_exists_does_not_help_to_guess_its_seal(mother, worker):
    make_mothers.a_service(mother, by=worker)
    made = certify(mother, worker)
    guesses = {certificates.seal_of(bytes([n] * 16)) for n in range(200)}

    assert all(serving.checked(f"{made.stem}-{seal}") is None for seal in guesses)
    assert len(guesses) == 200


def test_a_withdrawn_certificate_is_said_to_be_so(client, mother, worker):
    make_mothers.a_service(mother, by=worker)
    made = certify(mother, worker)
    acts.withdraw_certificate(made, by=worker, reason="重复出具", today=TODAY)

    page = client.get(
        reverse("mothers:verify", args=[serving.number_of(made)]),
        headers={"accept-language": "en"},
    ).content.decode()

    assert "no longer holds" in page
    assert "重复出具" not in page


def test_trying_numbers_is_stopped_and_right_ones_are_not(client, mother, worker):
    make_mothers.a_service(mother, by=worker)
    right = reverse("mothers:verify", args=[serving.number_of(certify(mother, worker))])
    wrong = reverse("mothers:verify", args=["AX-500236-2026-000001-0000000000"])

    answers = [client.get(wrong).status_code for _ in range(25)]

    assert answers[:20] == [200] * 20
    assert answers[20:] == [429] * 5
    assert client.get(right).status_code == 200


# -- papers --------------------------------------------------------------------------------------


def letters_of(content):
    """Return what a reader copies out of a paper."""
    text = ""
    with pikepdf.open(io.BytesIO(content)) as pdf:
        for each in pdf.objects:
            if isinstance(each, pikepdf.Dictionary) and "/ToUnicode" in each:
                for code in re.findall(rb"<[0-9A-F]+> <([0-9A-F]+)>", each.ToUnicode.read_bytes()):
                    text += bytes.fromhex(code.decode()).decode("utf-16-be")
    return set(text)


def test_the_certificate_is_a_paper_that_equals_itself(client, mother, worker):
    make_mothers.a_service(mother, by=worker)
    made = certify(mother, worker)
    client.force_login(worker)
    url = reverse("mothers:certificate", args=[made.pk])

    one, other = client.post(url), client.post(url)

    assert one["content-type"] == "application/pdf"
    assert one.content == other.content
    assert {"陈", "桂", "芳"} <= letters_of(one.content)
    assert "no-store" in one["cache-control"]


def test_the_file_is_printed_for_every_reader_who_sees_it(client, mother, worker):
    make_mothers.a_service(mother, by=worker)
    url = reverse("mothers:paper", args=[mother.pk])
    sizes = {}
    for role in ("fed_county", "clerk", "fed_village"):
        client.force_login(make.a_user(role))
        answer = client.post(url)
        assert answer.status_code == 200
        sizes[role] = answer.content

    assert len(set(sizes.values())) == 3


def test_her_number_is_masked_on_paper_and_absent_where_the_role_may_not_open_it(mother, worker):
    from qianshou.mothers.actions import printing

    number = mother.id_number.open()

    assert printing.number_for(worker, mother) == f"{number[:6]}********{number[-4:]}"
    assert number[-4:] not in printing.number_for(make.a_user("grid"), mother)
    assert printing.number_for(make_mothers.herself(mother), mother).endswith(number[-4:])


def test_a_mother_with_a_rare_name_gets_her_papers(client, worker):
    rare = make_mothers.a_mother(name="𪚥𪝞")
    make_mothers.a_service(rare, by=worker)
    client.force_login(worker)

    assert client.post(reverse("mothers:paper", args=[rare.pk])).status_code == 200
    answer = client.post(reverse("mothers:certificate", args=[certify(rare, worker).pk]))
    assert {"龖", "益"} <= letters_of(answer.content)


def test_pages_show_the_record_in_words(client, mother, worker):
    entry = make_mothers.a_service(mother, by=worker)
    client.force_login(worker)

    assert client.get(reverse("mothers:record", args=[mother.pk])).status_code == 200
    assert client.get(reverse("mothers:correct", args=[entry.pk])).status_code == 200
    wrong = client.post(reverse("mothers:record", args=[mother.pk]), {"hours": "99"})
    assert wrong.status_code == 422
    future = {"held_on": "2199-01-01", "hours": "1", "kind": "STUDY"}
    assert client.post(reverse("mothers:record", args=[mother.pk]), future).status_code == 409
    assert ServiceEntry.objects.count() == 1
