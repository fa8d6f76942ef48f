"""One-time links for guardians: used once, not after a withdrawal, and only what was shown."""

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse

from qianshou.bonds.actions import agreeing, answering, closing, linking, offering
from qianshou.bonds.models import Agreement, Link
from qianshou.bonds.queries import mine
from qianshou.common.crypto import digest_of
from qianshou.notices.models import Notice
from qianshou.pairing.actions import moving
from qianshou.pairing.models import Pairing
from qianshou.pairing.rules import life
from qianshou.registry.models import Guardian, Guardianship
from tests import make, make_bonds
from tests.make_bonds import TODAY, a_pair

pytestmark = pytest.mark.django_db
YES = answering.Said(True, "LINK")


def a_link(pairing: Pairing, **more: object) -> tuple[str, Link]:
    secret = offering.make_link(pairing, by=make.a_worker(), today=TODAY, **more).secret
    found = mine.link_by(digest_of(secret))
    assert found is not None
    return secret, found


def test_a_guardian_answers_once():
    pairing = a_pair(life.OFFERED_GUARDIAN)
    _secret, link = a_link(pairing)

    linking.answer(link, YES, today=TODAY)

    assert Pairing.objects.get(pk=pairing.pk).state == life.CHILD_ASSENT
    step = pairing.steps.get(act="guardian_accepts")
    assert (step.actor, step.by) == ("GUARDIAN", None)
    link.refresh_from_db()
    with pytest.raises(linking.LinkUsed):
        linking.require_good(link, TODAY)


def test_a_second_link_kills_the_first():
    pairing = a_pair(life.OFFERED_GUARDIAN)
    _secret, first = a_link(pairing)
    a_link(pairing)

    first.refresh_from_db()
    with pytest.raises(linking.LinkExpired):
        linking.require_good(first, TODAY)


def test_a_link_is_over_after_its_day_and_after_a_withdrawal():
    pairing = a_pair(life.OFFERED_GUARDIAN)
    _secret, link = a_link(pairing)

    with pytest.raises(linking.LinkExpired):
        linking.require_good(link, TODAY + timedelta(days=8))
    closing.withdraw(pairing, by=make.a_worker(), why=moving.Why("搬家"), today=TODAY)
    link.refresh_from_db()
    with pytest.raises(linking.LinkExpired):
        linking.require_good(link, TODAY)


def test_only_the_digest_is_kept():
    secret, link = a_link(a_pair(life.OFFERED_GUARDIAN))

    assert secret.encode() not in bytes(link.digest)
    assert mine.link_by(digest_of(secret + "x")) is None


def test_a_guardian_signs_what_was_shown_and_nothing_else():
    pairing = a_pair(life.AGREEMENT)
    paper = Agreement.objects.get(pairing=pairing)
    _secret, link = a_link(pairing)

    with pytest.raises(agreeing.TextChanged):
        linking.sign(link, shown="0" * 64, today=TODAY)
    link.refresh_from_db()
    assert link.used_at is None
    linking.sign(link, shown=paper.sha256, today=TODAY)

    assert paper.signatures.get().side == "GUARDIAN"


def test_the_link_goes_to_the_guardians_telephone_and_names_nobody(settings):
    pairing = a_pair(life.OFFERED_GUARDIAN)
    guardian = Guardian(area_code=pairing.area_code, name="张国强")
    guardian.phone = "15400000001"
    guardian.save(force_insert=True)
    Guardianship.objects.create(
        child=pairing.child, guardian=guardian, area_code=pairing.area_code, kinship="FATHER",
        is_guardian=True,
    )  # fmt: skip

    made = offering.make_link(pairing, by=make.a_worker(), today=TODAY, send=True)

    told = Notice.objects.get(kind="bonds.link")
    assert made.sent
    assert (told.to_kind, told.to_id) == ("GUARDIAN", guardian.pk)
    assert pairing.child.name not in f"{told.text} {told.params}"


def test_nothing_is_linked_while_the_mother_is_asked():
    with pytest.raises(offering.NothingToAnswer):
        offering.make_link(a_pair(life.OFFERED_MOTHER), by=make.a_worker(), today=TODAY)


# -- as a browser meets it ------------------------------------------------------------------------


def page(secret: str) -> str:
    return reverse("bonds:link", args=[secret])


def a_live_link() -> tuple[str, Pairing]:
    """A link of today, since pages ask the clock."""
    from django.utils import timezone

    pairing = a_pair(life.REVIEWED)
    make_bonds.led_to(
        pairing, life.OFFERED_GUARDIAN, by=make.a_worker(), today=timezone.localdate()
    )
    made = offering.make_link(pairing, by=make.a_worker(), today=timezone.localdate())
    return made.secret, pairing


def test_the_page_shows_the_mother_and_not_the_child_and_answers_twice_the_same():
    secret, pairing = a_live_link()
    client = Client()

    shown = client.get(page(secret)).content.decode()
    assert pairing.mother.name in shown
    assert pairing.child.name not in shown
    assert client.post(page(secret), {"said": "yes"}).status_code == 200
    again = client.post(page(secret), {"said": "yes"})

    assert again.status_code == 409
    assert pairing.steps.filter(act="guardian_accepts").count() == 1


def test_a_no_without_a_reason_keeps_the_page_and_the_link():
    secret, pairing = a_live_link()

    answer = Client().post(page(secret), {"said": "no", "words": "不需要"})

    assert answer.status_code == 422
    assert "不需要" in answer.content.decode()
    assert Pairing.objects.get(pk=pairing.pk).state == life.OFFERED_GUARDIAN


def test_a_made_up_link_is_a_page_about_nothing():
    assert Client().get(page("x" * 32)).status_code == 404
