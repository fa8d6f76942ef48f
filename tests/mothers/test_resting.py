"""Places while she asks for fewer: one rule in Python, in a query and in the database."""

import random
from datetime import date, timedelta

import pytest
from django.db import IntegrityError, connection, transaction

from qianshou.mothers.actions import caring, offering
from qianshou.mothers.models import FileChange, Mother, Rest
from qianshou.mothers.rules import resting
from qianshou.pairing.models import Pairing
from qianshou.pairing.queries import instance
from tests import make, make_mothers, make_registry

pytestmark = pytest.mark.django_db
TODAY = make.TODAY


def in_database(day):
    with connection.cursor() as cursor:
        cursor.execute("SELECT id, mothers_effective_capacity(id, %s) FROM mothers_mother", [day])
        return dict(cursor.fetchall())


def by_rule(mother, day):
    pauses = [
        resting.Pause(each.places, each.from_on, each.until_on, each.ended_on)
        for each in mother.rests.all()
    ]
    asked = [each.places for each in mother.changes.open() if each.places is not None]
    return resting.effective_capacity(mother.capacity, pauses=pauses, asked=asked, day=day)


def random_mothers(count, worker):
    rng = random.Random(5)
    make_mothers.many(count, areas=[make.COUNTY])
    for mother in Mother.objects.all():
        mother.capacity = rng.randrange(0, 6)
        mother.save(update_fields=["capacity"])
        for place in range(rng.randrange(0, 3)):
            begins = TODAY + timedelta(days=rng.randrange(-20, 20))
            ended = begins + timedelta(days=rng.randrange(0, 9))
            Rest.objects.create(
                mother=mother, area_code=mother.area_code, places=rng.randrange(0, 6),
                from_on=begins, until_on=begins + timedelta(days=rng.randrange(0, 12)),
                ended_on=ended if place or rng.random() < 0.4 else None, asked_by=worker,
            )  # fmt: skip
        for state in ("ACCEPTED", "REFUSED", "OPEN")[rng.randrange(0, 4) :]:
            asked = FileChange.objects.create(
                mother=mother, area_code=mother.area_code, field="CAPACITY",
                places=rng.randrange(0, 6),
            )  # fmt: skip
            asked.state = state
            asked.save(update_fields=["state"])


@pytest.fixture
def mothers():
    random_mothers(60, make.a_worker())


def test_rule_query_and_database_agree(mothers):
    files = list(Mother.objects.all())
    for shift in (-15, -1, 0, 1, 2, 9, 30):
        day = TODAY + timedelta(days=shift)
        told = {row.pk: row.effective for row in Mother.objects.with_effective(day)}

        assert told == in_database(day)
        assert told == {each.pk: by_rule(each, day) for each in files}
        assert any(told[each.pk] < each.capacity for each in files)


def test_agreement_is_not_empty_talk_another_day_is_found_out(mothers):
    """Negative control."""
    told = {row.pk: row.effective for row in Mother.objects.with_effective(TODAY)}

    assert told != in_database(TODAY + timedelta(days=7))


def test_a_rest_counts_at_once_in_the_matching_and_ends_when_she_says_so():
    mother = make_mothers.a_mother(capacity=2)
    herself = make_mothers.herself(mother)

    caring.ask_rest(
        mother, by=herself, from_on=TODAY, until_on=TODAY + timedelta(30), places=1, today=TODAY
    )
    (row,) = instance.mothers_with_places(make.COUNTY, today=TODAY)
    assert row.places == 1
    assert instance.free_places(make.COUNTY, [], today=TODAY) == {mother.pk: 1}

    caring.end_rest(mother, by=herself, today=TODAY)
    (row,) = instance.mothers_with_places(make.COUNTY, today=TODAY)
    assert row.places == 2
    with pytest.raises(caring.NotResting):
        caring.end_rest(mother, by=herself, today=TODAY)


def test_asking_for_fewer_counts_before_anybody_decides():
    mother = make_mothers.a_mother(capacity=3)

    offering.ask_change(mother, by=make_mothers.herself(mother), field="CAPACITY", places=0)

    assert instance.mothers_with_places(make.COUNTY, today=TODAY) == []


def test_the_database_gives_a_resting_mother_no_child(settings):
    mother, worker = make_mothers.a_mother(capacity=1), make.a_worker()
    today = date.today()  # noqa: DTZ011 - the database asks its own clock
    child = make_registry.a_child()
    pair = {
        "child": child, "mother": mother, "area_code": child.area_code, "started_on": today,
        "by": worker,
    }  # fmt: skip
    rest = Rest.objects.create(
        mother=mother, area_code=mother.area_code, places=0, asked_by=worker,
        from_on=today - timedelta(2), until_on=today + timedelta(2),
    )  # fmt: skip

    with pytest.raises(IntegrityError, match="no free place"), transaction.atomic():
        Pairing.objects.create(**pair)

    rest.ended_on = today - timedelta(1)
    rest.save()
    assert Pairing.objects.create(**pair)


@pytest.mark.parametrize(
    ("first", "last"), [(-1, 5), (3, 2), (0, 400)], ids=["past", "backwards", "too long"]
)
def test_a_rest_has_sound_days(first, last):
    mother = make_mothers.a_mother()

    with pytest.raises(caring.RestTooLong):
        caring.ask_rest(
            mother, by=make_mothers.herself(mother), places=0, today=TODAY,
            from_on=TODAY + timedelta(first), until_on=TODAY + timedelta(last),
        )  # fmt: skip

    assert not Rest.objects.exists()
