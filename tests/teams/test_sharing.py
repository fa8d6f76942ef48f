"""A partner of another unit reads of a child what the guardian agrees to, or what a law opens."""

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from qianshou.consents.queries import parties
from qianshou.teams.actions import answering, asking
from qianshou.teams.models import TeamTask
from qianshou.teams.queries import sharing
from qianshou.teams.rules import sharing as rules
from tests import make, make_consents, make_pairing, make_teams

pytestmark = pytest.mark.django_db
ENGLISH = {"accept-language": "en"}
SCHOOL, KIND = "竹园小学", "孩子所在学校"


@pytest.fixture
def child():
    child = make_pairing.a_child(name="欧阳星辰", given_name="星辰", school="竹园第九小学")
    slots = [
        make_teams.a_slot(),
        make_teams.a_slot("DOCTOR", parts=["NAME", "HEALTH", "SCHOOL"]),
        make_teams.a_slot("CHAIR"),
    ]
    make_teams.a_team(child, make_teams.a_model(slots))
    return child


@pytest.fixture
def seat(child):
    return make_teams.a_seat(child, make_teams.a_partner(), agreed=False)


def pages_of(seat):
    client = Client(headers=ENGLISH)
    client.force_login(make_teams.an_account(seat.partner))
    paths = [reverse("teams:mine"), reverse("teams:card", args=[seat.pk])]
    return "".join(client.get(path).content.decode() for path in paths)


def ask(seat, parts=("SCHOOL",)):
    return asking.ask(
        seat, by=make.a_worker(), today=timezone.localdate(), asked="请和星辰谈一次心",
        due_on=make_teams.soon(), parts=list(parts), by_link=True,
    )  # fmt: skip


def test_without_consent_the_card_says_so_and_shows_nothing_of_the_child(seat):
    html = pages_of(seat)

    assert "consent is missing" in html
    assert SCHOOL in html
    assert "federation asks" in html
    for secret in ("星辰", "竹园第九小学"):
        assert secret not in html


@pytest.mark.parametrize("party", [SCHOOL, KIND])
def test_consent_to_the_unit_or_its_kind_opens_the_card(child, seat, party):
    """The negative control: what is shut above does appear once the guardian agrees."""
    make_teams.agree(child, party)

    html = pages_of(seat)
    assert "竹园第九小学" in html
    assert "欧阳星辰" in html
    assert "consent is missing" not in html


def test_consent_to_another_unit_opens_nothing(child, seat):
    make_teams.agree(child, "县人民医院")

    assert "星辰" not in pages_of(seat)


def test_withdrawal_shuts_the_card_at_once(child, seat):
    make_teams.agree(child, SCHOOL)
    make_consents.a_consent(child, purpose="SHARING", given=False)

    assert "星辰" not in pages_of(seat)


def test_nothing_is_asked_of_a_unit_without_consent(child, seat):
    with pytest.raises(asking.NotAgreed):
        ask(seat)
    assert not TeamTask.objects.exists()

    make_teams.agree(child, SCHOOL)
    assert ask(seat).path


def test_link_shuts_when_the_guardian_takes_the_yes_back(child, seat):
    make_teams.agree(child, SCHOOL)
    asked = ask(seat)
    client = Client(headers=ENGLISH)
    client.post(asked.path, {"act": "open"})
    assert "竹园第九小学" in client.get(asked.path).content.decode()
    make_consents.a_consent(child, purpose="SHARING", given=False)

    html = client.get(asked.path).content.decode()
    kept = client.post(asked.path, {"act": "answer", "outcome": "DONE", "words": "好"})

    assert "consent is missing" in html
    assert "星辰" not in html
    assert "竹园第九小学" not in html
    assert kept.status_code == 422
    assert TeamTask.objects.get().state == "OPEN"
    with pytest.raises(asking.NotAgreed):
        asking.send_link(asked.task, by=make.a_worker())


def test_statutory_duty_opens_its_parts_alone_and_names_the_law(child):
    doctor = make_teams.a_partner("DOCTOR", name="李医生", unit="竹园卫生院")
    seat = make_teams.a_seat(child, doctor, agreed=False)

    html = pages_of(seat)
    assert "欧阳星辰" in html
    assert "未成年人保护法" in html
    assert "竹园第九小学" not in html
    with pytest.raises(asking.NotAgreed):
        ask(seat, ["SCHOOL"])
    assert ask(seat, ["HEALTH"]).path


def test_the_federations_own_people_need_no_consent(child):
    chair = make_teams.a_partner("CHAIR", name="何主席", unit="大湾村妇联")

    assert "竹园第九小学" in pages_of(make_teams.a_seat(child, chair, agreed=False))


def test_duty_without_its_law_is_no_table():
    with pytest.raises(rules.BadSharing, match="POLICE"):
        rules.read('[[duty]]\nrole = "POLICE"\nparts = ["NAME"]\n')
    with pytest.raises(rules.BadSharing, match="SHOE"):
        rules.read('[[duty]]\nrole = "POLICE"\nparts = ["SHOE"]\nlaw = "法"\n')


def test_guardian_is_asked_about_the_units_of_the_team_and_keeps_earlier_ones(child, seat):
    make_teams.agree(child, "县人民医院")

    assert parties.parties_to_ask(child) == ["县人民医院", SCHOOL]
    assert set(sharing.children_lacking({}).values_list("child", flat=True)) == {child.pk}
    make_teams.agree(child, SCHOOL)
    assert not sharing.children_lacking({}).exists()


def test_staff_see_on_the_team_and_the_worklist_whom_to_ask_about(child, seat):
    client = Client(headers=ENGLISH)
    client.force_login(make.a_worker())

    team = client.get(reverse("teams:child", args=[child.pk])).content.decode()
    assert "not agreed to sharing" in team
    work = client.get(reverse("consents:worklist"), {"kind": "SHARING"}).content.decode()
    assert f"{reverse('consents:ask', args=[child.pk])}?for=SHARING" in work


def test_reading_notes_only_what_was_opened(child, seat):
    opened = answering.read_card(seat, ["NAME"], by=make_teams.an_account(seat.partner))

    assert (opened.is_shut, opened.sections) == (True, [])
