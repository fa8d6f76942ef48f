"""A guardian signs from afar: one link, one check, one proof, and nothing else in sight."""

import re
from datetime import timedelta
from html import unescape

import pytest
from django.db import connection, transaction
from django.test import Client
from django.utils import timezone

from qianshou.audit.models import Entry
from qianshou.common import bus, rowsecurity
from qianshou.common.crypto import digest_of
from qianshou.consents.actions import asking, noting, signing
from qianshou.consents.events import ConsentWithdrawn
from qianshou.consents.models import Link, SigningRequest
from qianshou.consents.queries import holding, links, proofs
from qianshou.notices.models import Notice
from qianshou.registry.models import Consent
from tests import make, make_consents, make_pairing

pytestmark = pytest.mark.django_db
TODAY = timezone.localdate


def ask(child, adult, by, *purposes, **more):
    return asking.ask(
        child, adult.pk, by=by, today=TODAY(), purposes=purposes or ("PROGRAMME", "MATCHING"),
        **more,
    )  # fmt: skip


@pytest.fixture
def asked(child, father, worker):
    return ask(child, father, worker)


@pytest.fixture
def phone():
    """The guardian's telephone, with nobody signed in."""
    return Client(headers={"accept-language": "en"})


def seal_in(page):
    return unescape(re.search(r'name="seal" value="([^"]+)"', page.content.decode())[1])


def sign_all(phone, path, **answers):
    """Walk the whole page: check, answer, confirm."""
    seal = seal_in(phone.post(path, {"answer": "4219"}))
    given = {f"answer-{purpose}": word for purpose, word in answers.items()}
    phone.post(path, {"seal": seal, **given})
    return phone.post(path, {"seal": seal, **given, "confirm": "1"})


def test_ask_sends_one_message_that_names_no_child(asked, outbox, settings):
    (said,) = outbox()

    assert said["to"] == make_consents.PHONE
    assert asked.path in said["text"]
    for secret in ("张雨桐", "张建国", make_consents.NUMBER, "紫阳"):
        assert secret not in said["text"]


def test_secret_of_the_link_is_nowhere_in_the_database(asked, outbox):
    outbox()
    token = asked.path.split("/")[2]

    with connection.cursor() as cursor:
        for table in ("consents_link", "consents_signingrequest", "notices_notice", "audit_entry"):
            cursor.execute(f"SELECT coalesce(string_agg(t::text, ''), '') FROM \"{table}\" t")
            assert token not in cursor.fetchone()[0]
    assert bytes(Link.objects.get().digest) == digest_of(token)


def test_guardian_reads_answers_and_confirms(asked, phone, child):
    page = phone.get(asked.path)
    assert "last four characters" in page.content.decode()
    assert "张雨桐" not in page.content.decode()

    done = sign_all(phone, asked.path, PROGRAMME="yes", MATCHING="no")

    assert "Your answers have come in" in done.content.decode()
    assert holding.holds(child, "PROGRAMME")
    assert not holding.holds(child, "MATCHING")


def test_what_is_signed_stands_as_proof_and_a_changed_row_shows(asked, phone, child):
    sign_all(phone, asked.path, PROGRAMME="yes", MATCHING="yes")
    consent = Consent.objects.get(purpose="MATCHING")

    assert consent.channel == "REMOTE"
    assert consent.capacity == "FATHER"
    assert consent.text_version == 1
    assert len(consent.text_sha256) == 64
    assert proofs.stands(consent)
    consent.capacity = "MOTHER"
    assert not proofs.stands(consent)


def test_proof_holds_the_text_in_the_language_that_was_read(asked, child):
    chinese = Client(headers={"accept-language": "zh-hant"})
    sign_all(chinese, asked.path, PROGRAMME="yes", MATCHING="yes")
    consent = Consent.objects.get(purpose="MATCHING")

    assert consent.proof["language"] == "zh-hant"
    from qianshou.consents.models import ConsentText

    text = ConsentText.objects.get(purpose="MATCHING", language="zh-hant")
    assert consent.text_sha256 == text.sha256


def test_trail_holds_the_hash_and_who_was_asked(asked, phone, child):
    sign_all(phone, asked.path, PROGRAMME="yes", MATCHING="yes")
    entries = Entry.objects.about(child.pk)

    assert [each.act for each in entries.order_by("id")] == ["consents.asked", "consents.signed"]
    signed = entries.get(act="consents.signed")
    assert Consent.objects.get(purpose="MATCHING").text_sha256 in signed.details
    assert "张" not in signed.details


def test_who_asked_is_told_of_the_answer(asked, phone, worker):
    sign_all(phone, asked.path, PROGRAMME="yes", MATCHING="no")

    notice = Notice.objects.get(to_kind="USER")
    assert (notice.to_id, notice.params["yes"], notice.params["no"]) == (worker.pk, 1, 1)


def test_link_works_once(asked, phone):
    sign_all(phone, asked.path, PROGRAMME="yes", MATCHING="yes")

    again = phone.get(asked.path)
    assert again.status_code == 410
    assert "You have answered already" in again.content.decode()
    assert phone.post(asked.path, {"answer": "4219"}).status_code == 410
    assert Consent.objects.count() == 2


def test_link_that_was_taken_back_says_so(asked, phone, child, worker):
    asking.cancel(asked.request, child, by=worker)

    page = phone.get(asked.path)
    assert page.status_code == 410
    assert "taken back" in page.content.decode()
    with pytest.raises(asking.AlreadyOver):
        asking.cancel(asked.request, child, by=worker)


def test_link_taken_back_while_the_page_is_open_keeps_nothing(asked, phone, child, worker):
    seal = seal_in(phone.post(asked.path, {"answer": "4219"}))
    asking.cancel(asked.request, child, by=worker)

    answer = {"seal": seal, "answer-PROGRAMME": "yes", "answer-MATCHING": "yes", "confirm": "1"}
    assert phone.post(asked.path, answer).status_code == 410
    assert not Consent.objects.exists()


@pytest.mark.parametrize(("purpose", "status"), [("MATCHING", 410), ("PHOTOS", 200)])
def test_link_sent_before_a_withdrawal_opens_nothing_after_it(
    phone, child, father, worker, purpose, status
):
    first = ask(child, father, worker, "PROGRAMME", "MATCHING", "PHOTOS")
    sign_all(phone, first.path, PROGRAMME="yes", MATCHING="yes", PHOTOS="yes")
    again = ask(child, father, worker, "MATCHING")

    noting.withdraw(
        child, purpose, by=worker, today=TODAY(), reason="电话里说的", stands_id=father.pk
    )

    # A link about something else stays as it was.
    page = phone.get(again.path)
    assert page.status_code == status
    assert ("taken back" in page.content.decode()) is (status == 410)
    said = Consent.objects.filter(purpose=purpose).order_by("given_on", "pk")
    assert [each.given for each in said] == [True, False]


def test_link_that_ran_out_says_until_when(asked, phone):
    SigningRequest.objects.update(expires_at=timezone.now() - timedelta(hours=1))

    page = phone.get(asked.path)
    assert page.status_code == 410
    assert "run out" in page.content.decode()


def test_unknown_link_is_a_clear_page(phone, child):
    page = phone.get("/c/nonsense/")

    assert page.status_code == 404
    assert "not known" in page.content.decode()


def test_new_link_ends_the_earlier_one(asked, phone, child, father, worker):
    ask(child, father, worker)

    assert "taken back" in phone.get(asked.path).content.decode()


def test_wrong_answers_lock_and_then_close_the_link(asked, phone, child):
    for left in (4, 3, 2, 1):
        page = phone.post(asked.path, {"answer": "0000"})
        assert page.status_code == 422
        assert f"{left} more times" in page.content.decode()
    phone.post(asked.path, {"answer": "0000"})

    assert "half an hour" in phone.get(asked.path).content.decode()
    # The right answer does not help while it is locked.
    assert phone.post(asked.path, {"answer": "4219"}).status_code == 410
    SigningRequest.objects.update(locked_until=timezone.now() - timedelta(minutes=1))
    assert phone.get(asked.path).status_code == 200
    for _ in range(5):
        phone.post(asked.path, {"answer": "0000"})
    assert "closed" in phone.get(asked.path).content.decode()
    assert Entry.objects.filter(act="consents.check_failed", result="REFUSED").count() == 10


def test_check_forgives_spaces_and_a_small_x(child, worker, phone):
    father = make_consents.an_adult(child, id_number="50023619820315421X")
    asked = ask(child, father, worker)

    assert phone.post(asked.path, {"answer": " 421x "}).status_code == 200


def test_without_a_number_the_telephone_is_asked_for(child, worker, phone):
    father = make_consents.an_adult(child, id_number="")
    asked = ask(child, father, worker)

    assert "telephone number" in phone.get(asked.path).content.decode()
    assert phone.post(asked.path, {"answer": "154 1234 5678"}).status_code == 200


def test_telephone_that_the_grandmother_shares_proves_nothing(child, worker):
    father = make_consents.an_adult(child, id_number="")
    other = make_consents.an_adult(child, "GRANDPARENT", guards=False, id_number="")
    for adult in (father, other):
        adult.guardian.phone_token = b"same" * 4
        adult.guardian.save()

    with pytest.raises(asking.SharedPhone):
        ask(child, father, worker)


def test_adult_of_whom_nothing_is_known_is_asked_on_paper(child, worker):
    with pytest.raises(asking.NothingToCheck):
        ask(child, make_consents.an_adult(child, id_number="", phone=""), worker)

    assert not SigningRequest.objects.exists()


def test_answer_that_is_missing_is_asked_for_and_nothing_is_kept(asked, phone):
    seal = seal_in(phone.post(asked.path, {"answer": "4219"}))
    page = phone.post(asked.path, {"seal": seal, "answer-MATCHING": "yes", "confirm": "1"})

    assert page.status_code == 422
    assert "every question" in page.content.decode()
    assert not Consent.objects.exists()


def test_question_that_was_not_asked_cannot_be_answered(asked, phone):
    seal = seal_in(phone.post(asked.path, {"answer": "4219"}))
    answers = {f"answer-{each}": "yes" for each in ("PROGRAMME", "MATCHING", "PHOTOS")}

    assert phone.post(asked.path, {"seal": seal, **answers, "confirm": "1"}).status_code == 422
    assert not Consent.objects.exists()


def test_seal_of_another_link_or_an_old_one_opens_nothing(asked, phone, worker, monkeypatch):
    other = make_pairing.a_child(consent=False)
    elsewhere = ask(other, make_consents.an_adult(other), worker)
    foreign = seal_in(phone.post(elsewhere.path, {"answer": "4219"}))
    answers = {"answer-PROGRAMME": "yes", "answer-MATCHING": "yes", "confirm": "1"}

    assert phone.post(asked.path, {"seal": foreign, **answers}).status_code == 422
    assert phone.post(asked.path, {"seal": "forged", **answers}).status_code == 422
    own = seal_in(phone.post(asked.path, {"answer": "4219"}))
    monkeypatch.setattr(signing, "SEAL_SECONDS", -1)
    assert phone.post(asked.path, {"seal": own, **answers}).status_code == 422
    assert not Consent.objects.exists()
    # The control: in time, the same answers are kept.
    monkeypatch.setattr(signing, "SEAL_SECONDS", 3600)
    assert phone.post(asked.path, {"seal": own, **answers}).status_code == 200
    assert Consent.objects.count() == 2


def test_withdrawal_on_the_phone_takes_effect_at_once_and_is_announced(
    child, father, worker, phone, monkeypatch
):
    heard = heard_by(monkeypatch)
    make_consents.a_consent(child)
    asked = ask(child, father, worker, "MATCHING")
    seal = seal_in(phone.post(asked.path, {"answer": "4219"}))

    before = phone.post(asked.path, {"seal": seal, "answer-MATCHING": "no"})
    assert "What stops at this moment" in before.content.decode()
    assert holding.holds(child, "MATCHING")
    phone.post(asked.path, {"seal": seal, "answer-MATCHING": "no", "confirm": "1"})

    assert not holding.holds(child, "MATCHING")
    assert heard == [ConsentWithdrawn(child.pk, "MATCHING", "REMOTE")]


def heard_by(monkeypatch):
    heard = []
    monkeypatch.setitem(bus._handlers, ConsentWithdrawn, [heard.append])
    return heard


def test_page_is_read_in_three_languages(asked):
    words = {"zh-hans": "爱心妈妈", "zh-hant": "愛心媽媽", "en": "loving mother"}
    for language, word in words.items():
        phone = Client(headers={"accept-language": language})
        page = phone.post(asked.path, {"answer": "4219"}).content.decode()
        assert word in page


def test_page_is_kept_by_no_cache(asked, phone):
    assert "no-store" in phone.get(asked.path).headers["Cache-Control"]


# -- what the page's scope can see ----------------------------------------------------------------

TABLES = """
SELECT relname FROM pg_class
WHERE relnamespace = 'public'::regnamespace AND relkind = 'r' AND relrowsecurity
"""


def seen_by(scope):
    """Which tables under row security show a row to a scope, with how many."""
    found = {}
    with rowsecurity.acting(scope), connection.cursor() as cursor:
        cursor.execute(TABLES)
        for (table,) in cursor.fetchall():
            cursor.execute(f'SELECT count(*) FROM "{table}"')
            if count := cursor.fetchone()[0]:
                found[table] = count
    return found


def test_scope_of_a_link_sees_its_own_request_and_answers_and_nothing_else(
    asked, child, father, worker
):
    make_consents.a_consent(child)
    make_consents.an_assent(child)
    other = make_pairing.a_child()
    ask(other, make_consents.an_adult(other), worker)

    assert seen_by(links.scope_of(asked.request.pk)) == {
        "consents_signingrequest": 1, "registry_consent": 1,
    }  # fmt: skip
    # The control: the same tables hold much more, which the system sees.
    everything = seen_by(rowsecurity.SYSTEM)
    assert everything["registry_consent"] == 2
    assert everything["registry_child"] == 2
    assert everything["registry_guardian"] == 2
    # A link's number is no key to anything under another kind of scope.
    assert seen_by(rowsecurity.Scope("MOTHER", (), None, asked.request.pk)) == {}


def test_scope_of_a_link_writes_for_its_own_child_alone(asked, child):
    other = make_pairing.a_child(consent=False)
    scope = links.scope_of(asked.request.pk)

    with pytest.raises(Exception, match="row-level security"), transaction.atomic():
        with rowsecurity.acting(scope):
            Consent.objects.bulk_create([a_yes(other)])
    with rowsecurity.acting(scope):
        Consent.objects.bulk_create([a_yes(child)])
        assert Consent.objects.update(given=False) == 0
        assert SigningRequest.objects.exclude(pk=asked.request.pk).update(failures=9) == 0


def a_yes(child):
    return Consent(
        child=child, area_code=child.area_code, purpose="MATCHING", given=True,
        given_on=make.TODAY, channel="ON_PAPER", noted_at=make.now(),
    )  # fmt: skip


def test_whoever_is_signed_in_sees_no_more_through_a_link(asked):
    """A county worker who opens the link reads under the link's scope, too."""
    browser = Client(headers={"accept-language": "en"})
    browser.force_login(make.a_worker())

    assert browser.get(asked.path).status_code == 200


SCHOOL, CLINIC = "竹园小学", "县人民医院"


def test_each_party_is_answered_by_itself(phone, child, father, worker):
    asked = ask(child, father, worker, "SHARING", parties=[SCHOOL, CLINIC])
    seal = seal_in(phone.post(asked.path, {"answer": "4219"}))
    given = {"party-0": "yes", "party-1": "no"}

    confirm = phone.post(asked.path, {"seal": seal, **given}).content.decode()
    phone.post(asked.path, {"seal": seal, **given, "confirm": "1"})

    assert SCHOOL in confirm
    assert CLINIC in confirm
    assert Consent.objects.get(child=child, purpose="SHARING").parties == [SCHOOL]
    assert holding.holds(child, "SHARING", SCHOOL)
    assert not holding.holds(child, "SHARING", CLINIC)


def test_party_without_an_answer_is_asked_again_and_nothing_is_kept(phone, child, father, worker):
    asked = ask(child, father, worker, "SHARING", parties=[SCHOOL, CLINIC])
    seal = seal_in(phone.post(asked.path, {"answer": "4219"}))

    for said in ({"party-0": "yes"}, {"answer-SHARING": "yes"}):
        answer = phone.post(asked.path, {"seal": seal, **said, "confirm": "1"})
        assert answer.status_code == 422
    assert not Consent.objects.filter(child=child, purpose="SHARING").exists()


def test_no_to_every_party_is_a_no(phone, child, father, worker):
    asked = ask(child, father, worker, "SHARING", parties=[SCHOOL])
    seal = seal_in(phone.post(asked.path, {"answer": "4219"}))
    phone.post(asked.path, {"seal": seal, "party-0": "no", "confirm": "1"})

    kept = Consent.objects.get(child=child, purpose="SHARING")
    assert (kept.given, kept.parties) == (False, [])
