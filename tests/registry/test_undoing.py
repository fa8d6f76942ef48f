"""Whatever hangs on two files goes along when they join, and back when they part, at any time."""

import json
from datetime import date
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from qianshou.audit.models import Entry
from qianshou.registry.actions import consenting, deciding, merging, revealing, setting
from qianshou.registry.models import (
    Apart,
    Child,
    ChildEvent,
    Consent,
    Doubt,
    Guardianship,
    Hold,
    Link,
    Notice,
    Pin,
)
from qianshou.registry.rules.golden import why_of
from tests import make as people
from tests import make_registry as make

pytestmark = pytest.mark.django_db
WHY = "家访时核对"
OTHER: dict[str, Any] = {
    "key": "MZ9", "name": "李小满", "id_number": make.number_of("50023620100506112"),
    "birth_on": "2010-05-06", "father_name": "李国", "father_phone": "15412345677",
}  # fmt: skip


@pytest.fixture
def worker():
    return people.a_worker()


def two_files() -> tuple[Child, Child]:
    return make.a_child(), make.a_child(**OTHER)


def state_of(child: Child) -> dict[str, Any]:
    """Everything that a file is and that hangs on it, without when it was written."""
    child = Child.objects.get(pk=child.pk)
    values = {
        each.attname: str(getattr(child, each.attname))
        for each in Child._meta.concrete_fields
        if each.attname not in ("updated_at", "id_number", "phone", "address", "id_token")
    }
    values |= {name: getattr(child, name).open() for name in ("id_number", "phone", "address")}
    # The order of fields in the provenance is that of the row, which the seal sorts.
    values["provenance"] = [
        child.provenance["sources"], sorted(why_of(child.provenance).items()),
    ]  # fmt: skip
    values["facts"] = json.dumps(child.facts, sort_keys=True, ensure_ascii=False)
    standing = Link.objects.filter(child=child).exclude(state="ENDED")
    values["rows"] = sorted(str(each.record_id) for each in standing)
    values["links"] = sorted((str(each.record_id), each.state, str(each.by)) for each in standing)
    values["consents"] = sorted(str(each.pk) for each in Consent.objects.filter(child=child))
    values["pins"] = sorted(
        (each.field, each.value.open(), str(each.ended_at))
        for each in Pin.objects.filter(child=child)
    )
    values["holds"] = sorted(
        (each.field, json.dumps(each.value)) for each in Hold.objects.filter(child=child)
    )
    values["news"] = sorted(str(each.pk) for each in Notice.objects.filter(child=child))
    values["adults"] = sorted(
        (each.kinship, str(each.guardian_id), each.is_guardian)
        for each in Guardianship.objects.filter(child=child)
    )
    return values


def changed(before: dict[str, Any], after: dict[str, Any]) -> dict[str, tuple[Any, Any]]:
    return {name: (before[name], after[name]) for name in before if before[name] != after[name]}


def questions() -> list[tuple[str, ...]]:
    doubts = [(str(each.pk), each.state) for each in Doubt.objects.order_by("pk")]
    walls = [(str(each.pk), str(each.lifted_at)) for each in Apart.objects.order_by("pk")]
    return [*doubts, *walls]


# -- acts of which any number stands before a merge ----------------------------------------------

BEFORE = {
    "consent on paper": lambda child, by: consenting.note_answer(
        child, consenting.Answer(True, date(2026, 11, 3), WHY), by=by, today=people.TODAY
    ),
    "set value": lambda child, by: setting.pin(child, "school", "二小", by=by, reason=WHY),
    "set number": lambda child, by: setting.pin(child, "absent_days", "9", by=by, reason=WHY),
    "hidden": lambda child, by: revealing.hide_location(child, by=by, reason=WHY),
    "reveal": lambda child, by: revealing.reveal(child, "id_number", by=by, reason=WHY),
    "warning": lambda child, _by: _warn(child),
}


def _warn(child: Child) -> None:
    """Let a row state a grave fact and take it back, so that it is held."""
    row = make.a_row() if child.name == "张雨桐" else make.a_row(**OTHER)
    make.deliver([{**row, "self_harm": True}])
    make.deliver([{**row, "self_harm": False}])


@settings(
    max_examples=4, phases=(Phase.explicit, Phase.generate), deadline=None, database=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)  # fmt: skip
@given(
    on_kept=st.sets(st.sampled_from(sorted(BEFORE))),
    on_absorbed=st.sets(st.sampled_from(sorted(BEFORE))),
)
def test_merge_and_undo_leave_what_would_have_been(on_kept, on_absorbed, django_db_blocker):
    from tests.trust.world import undone

    with undone():
        worker = people.a_worker()
        kept, absorbed = two_files()
        for child, acts in ((kept, on_kept), (absorbed, on_absorbed)):
            for act in sorted(acts):
                BEFORE[act](Child.objects.get(pk=child.pk), worker)
        before = state_of(kept), state_of(absorbed), questions()

        event = merging.merge_children(kept, absorbed, by=worker, reason=WHY)
        joined = state_of(kept)
        merging.undo_event(event, by=worker)

        after = state_of(kept), state_of(absorbed), questions()
        assert changed(before[0], after[0]) == {}
        assert changed(before[1], after[1]) == {}
        assert after[2] == before[2]
        # The control: the merge had put everything on the file that stayed.
        assert len(joined["rows"]) == 2
        # A visit that is due for both files alike is due once.
        both = {*before[0]["news"], *before[1]["news"]}
        assert {*before[0]["news"]} <= {*joined["news"]} < both
        assert len(joined["consents"]) == len(before[0]["consents"]) + len(before[1]["consents"])
        hidden = "hidden" in on_kept | on_absorbed
        assert joined["hidden_location"] == str(hidden)
        assert ("self_harm" in joined["facts"]) == ("warning" in on_kept | on_absorbed)


def test_what_a_row_brings_after_the_merge_goes_back_with_the_row(worker):
    kept, absorbed = two_files()
    event = merging.merge_children(kept, absorbed, by=worker, reason=WHY)
    make.deliver([make.a_row(**{**OTHER, "consent": True, "consent_on": "2026-11-02",
                                "violence_clue": True})])  # fmt: skip
    make.deliver([make.a_row(**{**OTHER, "consent": True, "consent_on": "2026-11-02"})])
    assert Consent.objects.get().child_id == kept.pk
    assert Hold.objects.get().child_id == kept.pk

    merging.undo_event(event, by=worker)

    kept.refresh_from_db()
    absorbed.refresh_from_db()
    assert Consent.objects.get().child_id == absorbed.pk
    assert Hold.objects.get().child_id == absorbed.pk
    assert absorbed.facts["violence_clue"] is True
    assert "violence_clue" not in kept.facts


def test_what_a_person_notes_after_the_merge_stays_with_the_file_that_stayed(worker):
    kept, absorbed = two_files()
    event = merging.merge_children(kept, absorbed, by=worker, reason=WHY)
    BEFORE["consent on paper"](Child.objects.get(pk=kept.pk), worker)

    merging.undo_event(event, by=worker)

    assert Consent.objects.get().child_id == kept.pk


def test_news_of_the_file_that_is_taken_in_is_told_of_the_file_that_stays(worker):
    kept, absorbed = two_files()
    _warn(absorbed)
    sign = Notice.objects.get(child=absorbed, kind="WARNING")

    event = merging.merge_children(kept, absorbed, by=worker, reason=WHY)
    there = Notice.objects.get(pk=sign.pk).child_id
    merging.undo_event(event, by=worker)

    assert there == kept.pk
    assert Notice.objects.get(pk=sign.pk).child_id == absorbed.pk


def test_the_file_that_stays_keeps_its_own_set_value(worker):
    kept, absorbed = two_files()
    setting.pin(kept, "school", "一小", by=worker, reason=WHY)
    setting.pin(absorbed, "school", "二小", by=worker, reason=WHY)

    event = merging.merge_children(kept, absorbed, by=worker, reason=WHY)
    kept.refresh_from_db()
    assert kept.school == "一小"
    merging.undo_event(event, by=worker)

    assert [Child.objects.get(pk=each.pk).school for each in (kept, absorbed)] == ["一小", "二小"]


def test_undoing_a_split_brings_home_what_was_noted_on_the_part(worker):
    child = make.a_child()
    make.deliver([make.a_row(key="G1")], "education")
    link = Link.objects.filter(child=child).order_by("record__received_at").last()
    part = merging.split_record(link.record, by=worker, reason=WHY)
    BEFORE["consent on paper"](part, worker)
    BEFORE["set value"](part, worker)

    merging.undo_event(ChildEvent.objects.get(kind="SPLIT"), by=worker)

    child.refresh_from_db()
    assert Consent.objects.get().child_id == child.pk
    assert Pin.objects.get().child_id == child.pk
    assert child.school == "二小"


def test_a_merge_hides_the_place_that_either_file_hid(worker):
    kept, absorbed = two_files()
    revealing.hide_location(absorbed, by=worker, reason=WHY)

    event = merging.merge_children(kept, absorbed, by=worker, reason=WHY)
    kept.refresh_from_db()
    assert kept.hidden_location
    merging.undo_event(event, by=worker)

    kept.refresh_from_db()
    assert not kept.hidden_location


def test_siblings_thrown_together_by_a_merge_part_again(worker):
    kept, absorbed = two_files()
    sibling = make.a_child(
        key="MZ8", name="李大满", id_number=None, birth_on="2008-01-02",
        father_name="李国", father_phone="15412345677",
    )  # fmt: skip
    homes = dict(Child.objects.values_list("pk", "household_id"))
    assert homes[sibling.pk] == homes[absorbed.pk] != homes[kept.pk]

    event = merging.merge_children(kept, absorbed, by=worker, reason=WHY)
    merging.undo_event(event, by=worker)

    assert dict(Child.objects.values_list("pk", "household_id")) == homes


def test_the_trail_of_what_was_read_stays_as_it_was(worker):
    kept, absorbed = two_files()
    BEFORE["reveal"](absorbed, worker)
    seen = Entry.objects.filter(act="registry.field.revealed").values_list("subject_id", flat=True)
    event = merging.merge_children(kept, absorbed, by=worker, reason=WHY)
    merging.undo_event(event, by=worker)

    assert list(seen) == [str(absorbed.pk)]


# -- answers stand for ever -----------------------------------------------------------------------


def a_doubt() -> Doubt:
    """A question between two files."""
    one = make.deliver([make.a_row()]).arrived[0][0]
    other = make.deliver([make.a_row(**{**OTHER, "key": "G1"})], "education").arrived[0][0]
    low, high = sorted((one, other), key=str)
    Doubt.objects.all().delete()
    return Doubt.objects.create(
        area_code=make.VILLAGE, record_a_id=low, record_b_id=high, reason="BAND", weight_bits=1.0,
        probability=0.6, levels="name=sound;birth=edit", value=1.0, raised_at=people.now(),
    )  # fmt: skip


SECOND = {"key": "G1", "name": "王小花", "id_number": None, "birth_on": "2009-09-09",
          "father_name": None, "father_phone": None}  # fmt: skip


def test_same_holds_both_rows_whatever_later_versions_say(worker):
    deciding.decide_doubt(a_doubt(), by=worker, verdict="same")

    make.deliver([make.a_row(**SECOND)], "education")
    make.deliver([make.a_row(**{**SECOND, "key": "MZ1", "name": "刘大海"})])

    assert len(make.grouping()) == 1


def test_rows_joined_by_rule_part_when_one_becomes_another_person():
    """Negative control: without the answer the same new version leaves the file."""
    make.deliver([make.a_row()])
    make.deliver([make.a_row(key="G1")], "education")
    assert len(make.grouping()) == 1

    make.deliver([make.a_row(**SECOND)], "education")

    assert len(make.grouping()) == 2


def test_different_stands_when_a_row_leaves_its_list_and_comes_back(worker):
    make.deliver([make.a_row()])
    school, filler = make.a_row(key="G1"), make.a_row(**{**SECOND, "key": "G7"})
    event = make.deliver([school], "education", full_list=True)
    merging.split_record(_record(event), by=worker, reason=WHY)
    make.deliver([filler, make.a_row(**{**SECOND, "key": "G8", "name": "何小草"})],
                 "education", full_list=True)  # fmt: skip

    make.deliver([school, filler], "education", full_list=True)

    # 张雨桐 of civil affairs, the row that came back, and two more of the school.
    assert sorted(len(group) for group in make.grouping()) == [1, 1, 1, 1]


def _record(event):
    return Link.objects.exclude(state="ENDED").get(record=event.arrived[0][0]).record


def test_a_row_that_comes_back_by_itself_joins_again():
    """Negative control: nobody has kept the rows apart."""
    make.deliver([make.a_row()])
    school, filler = make.a_row(key="G1"), make.a_row(**{**SECOND, "key": "G7"})
    make.deliver([school], "education", full_list=True)
    make.deliver([filler], "education", full_list=True)

    make.deliver([school, filler], "education", full_list=True)

    assert sorted(Child.objects.on_file().values_list("name", flat=True)) == ["张雨桐", "王小花"]


@pytest.mark.parametrize("verdict", ["same", "different"])
def test_an_answer_is_taken_back_after_later_versions(worker, verdict):
    doubt = a_doubt()
    before = make.grouping()
    deciding.decide_doubt(doubt, by=worker, verdict=verdict)
    make.deliver([make.a_row(class_name="3")])

    deciding.reopen_doubt(doubt, by=worker)

    assert len(make.grouping()) == len(before) == 2
    assert not Link.objects.exclude(state="ENDED").filter(state="MANUAL").exists()
    assert not Apart.objects.filter(lifted_at=None).exists()


def test_a_rule_never_joins_files_that_a_person_keeps_apart(worker):
    make.deliver([make.a_row()])
    event = make.deliver([make.a_row(key="G1")], "education")
    part = merging.split_record(_record(event), by=worker, reason=WHY)
    whole = Child.objects.on_file().exclude(pk=part.pk).get()

    with pytest.raises(merging.KeptApart):
        merging.merge_by_rule(whole, part, run_id=event.run_id, now=people.now())

    assert Apart.objects.filter(lifted_at=None).exists()
