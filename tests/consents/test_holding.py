"""Whether a consent holds: the rule in Python and the condition in SQL say the same."""

import os
from datetime import date, timedelta
from unittest import mock

import pytest
from django.conf import settings
from django.db import IntegrityError, transaction
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from qianshou.consents.models import ConsentText
from qianshou.consents.queries import holding
from qianshou.consents.rules.holding import Verdict
from qianshou.registry.models import Child
from tests import make, make_consents, make_pairing

pytestmark = pytest.mark.django_db
TODAY = make.TODAY
days = st.integers(-4, 4).map(lambda days: TODAY + timedelta(days=days))
answers = st.lists(
    st.fixed_dictionaries(
        {
            "purpose": st.sampled_from(["PROGRAMME", "MATCHING", "SHARING"]),
            "given": st.booleans(),
            "given_on": days,
            "text_version": st.sampled_from([None, 1, 2]),
            "stays": st.sampled_from([None, 0, 2]),
            "parties": st.sampled_from([["学校"], ["学校", "医院"]]),
        }
    ),
    max_size=5,
)
words = st.lists(st.tuples(st.booleans(), days), max_size=3)


@hypothesis_settings(
    max_examples=int(os.environ.get("EXAMPLES", "60")), deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)  # fmt: skip
@given(
    said=answers,
    child_said=words,
    age_days=st.sampled_from([None, 7 * 365, 8 * 365 + 2, 8 * 365 + 1, 12 * 365]),
    renewed_on=st.none() | days,
    assent_first=st.booleans(),
    on=days,
    party=st.sampled_from([None, "学校", "医院", "银行"]),
)
def test_rule_and_condition_say_the_same(
    said, child_said, age_days, renewed_on, assent_first, on, party
):
    with transaction.atomic(), mock.patch.object(settings, "ASSENT_BEFORE_MATCHING", assent_first):
        child = a_case(said, child_said, age_days, renewed_on)
        for purpose in ("PROGRAMME", "MATCHING", "SHARING"):
            asked = party if purpose == "SHARING" else None
            alone = holding.holds(child, purpose, asked, on=on)
            rows = Child.objects.filter(pk=child.pk).annotate(
                agreed=holding.condition(purpose, on=on, party=asked)
            )
            assert rows.get().agreed is alone
            assert rows.filter(agreed=True).exists() is alone
        transaction.set_rollback(True)


def a_case(said, child_said, age_days, renewed_on):
    born = None if age_days is None else TODAY - timedelta(days=age_days)
    child = make_pairing.a_child(consent=False, birth_on=born)
    for number, each in enumerate(said):
        stays = each["stays"]
        until = None if stays is None else each["given_on"] + timedelta(days=stays)
        make_consents.a_consent(
            child, noted_at=make.now() + timedelta(seconds=number), valid_until=until,
            **{name: value for name, value in each.items() if name != "stays"},
        )  # fmt: skip
    for number, (given_, on) in enumerate(child_said):
        make_consents.an_assent(
            child, given=given_, asked_on=on, noted_at=make.now() + timedelta(seconds=number)
        )
    if renewed_on:
        for purpose in ("PROGRAMME", "MATCHING", "SHARING"):
            make_consents.a_text(purpose=purpose, version=2, asks_again=True, on=renewed_on)
    return child


def test_nobody_asked_is_no_consent():
    assert holding.verdict_of(make_pairing.a_child(consent=False), "MATCHING") is Verdict.NOT_ASKED


def test_newest_answer_counts_and_a_no_after_a_yes_is_a_withdrawal():
    child = make_pairing.a_child()
    assert holding.holds(child, "MATCHING")

    make_consents.a_consent(child, given=False, given_on=TODAY)

    assert holding.verdict_of(child, "MATCHING", on=TODAY) is Verdict.WITHDRAWN
    assert holding.holds(child, "MATCHING", on=TODAY - timedelta(days=1))


def test_consent_for_one_purpose_is_none_for_another():
    child = make_pairing.a_child()

    assert not holding.holds(child, "PHOTOS")


def test_leaving_the_programme_ends_every_purpose():
    child = make_pairing.a_child()
    make_consents.a_consent(child, purpose="PROGRAMME", given=False)

    assert holding.verdict_of(child, "MATCHING") is Verdict.OUT_OF_PROGRAMME


def test_sharing_holds_for_the_named_parties_alone():
    child = make_pairing.a_child()
    make_consents.a_consent(child, purpose="SHARING", parties=["学校"])

    assert holding.holds(child, "SHARING", "学校")
    assert holding.verdict_of(child, "SHARING", "医院") is Verdict.OTHER_PARTY


def test_new_text_that_asks_again_ends_what_was_signed_before_and_a_better_wording_does_not():
    child = make_pairing.a_child(consent=False)
    make_consents.a_consent(child, text_version=1, given_on=TODAY - timedelta(days=9))
    make_consents.a_text(version=2, asks_again=False, on=TODAY)
    assert holding.holds(child, "MATCHING", on=TODAY)

    make_consents.a_text(version=3, asks_again=True, on=TODAY)

    assert holding.verdict_of(child, "MATCHING", on=TODAY) is Verdict.TEXT_CHANGED
    make_consents.a_consent(child, text_version=3, given_on=TODAY)
    assert holding.holds(child, "MATCHING", on=TODAY)


def test_childs_no_stops_pairing_but_not_the_sharing_that_keeps_it_safe():
    child = make_pairing.a_child()
    make_consents.a_consent(child, purpose="SHARING", parties=["学校"])
    make_consents.an_assent(child, given=False)

    assert holding.verdict_of(child, "MATCHING") is Verdict.CHILD_REFUSES
    assert holding.holds(child, "SHARING", "学校")


def test_where_the_policy_wants_it_a_child_of_eight_is_asked_before_matching(settings):
    settings.ASSENT_BEFORE_MATCHING = True
    eight = make_pairing.a_child(birth_on=date(2018, 11, 24))
    seven = make_pairing.a_child(birth_on=date(2018, 11, 25))

    assert holding.verdict_of(eight, "MATCHING", on=TODAY) is Verdict.ASSENT_MISSING
    assert holding.holds(seven, "MATCHING", on=TODAY)
    make_consents.an_assent(eight)
    assert holding.holds(eight, "MATCHING", on=TODAY)


@pytest.mark.parametrize(
    "wrong",
    [
        {"purpose": "PHOTOS", "capacity": ""},
        {"purpose": "SHARING", "parties": []},
        {"channel": "REMOTE", "text_version": None},
        {"valid_until": date(2020, 1, 1)},
    ],
)
def test_database_refuses_a_consent_that_nobody_gave(wrong):
    child = make_pairing.a_child(consent=False)

    with pytest.raises(IntegrityError), transaction.atomic():
        make_consents.a_consent(child, **wrong)


def test_a_leap_day_child_turns_eight():
    from qianshou.consents.rules import holding as rules

    assert rules.is_old_enough(date(2016, 2, 29), date(2024, 2, 29))
    assert not rules.is_old_enough(date(2016, 2, 29), date(2024, 2, 28))
    assert rules.is_old_enough(date(2020, 2, 28), date(2028, 2, 29))
    assert not rules.is_old_enough(None, date(2028, 2, 29))


def test_what_is_asked_of_the_database_does_not_grow_with_the_children(django_assert_num_queries):
    for _ in range(3):
        make_pairing.a_child()

    with django_assert_num_queries(2):  # the first asks for the newest text
        rows = Child.objects.annotate(agreed=holding.condition("MATCHING", on=TODAY))
        assert [each.agreed for each in rows] == [True] * 3


def test_texts_of_one_version_stand_once():
    make_consents.a_text()
    with pytest.raises(IntegrityError), transaction.atomic():
        make_consents.a_text()
    assert ConsentText.objects.count() == 1
