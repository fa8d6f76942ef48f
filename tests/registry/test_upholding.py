"""What stands against a feed: values people set, warnings that no feed lowers, sealed cases."""

import json

import pytest
from django.urls import reverse
from django.utils import timezone

from qianshou.accounts.models import User
from qianshou.audit.models import Entry
from qianshou.common.errors import NotAllowed
from qianshou.engines.linkage import engine
from qianshou.registry.actions import merging, neighbours, setting
from qianshou.registry.models import BlockKey, Child, ChildEvent, Doubt, Hold, Link, Pin
from qianshou.registry.queries import child as queries
from qianshou.registry.rules import columns, fields, upholding
from qianshou.registry.rules.golden import golden, why_of
from tests import make as people
from tests import make_registry as make

pytestmark = pytest.mark.django_db
WHY = "家访时看到户口本"


@pytest.fixture
def worker() -> User:
    return people.a_worker()


def fact_of(user: User, child: Child, name: str) -> queries.Fact | None:
    child = Child.objects.get(pk=child.pk)
    groups = queries.groups_of(user, child)
    return next((fact for group in groups for fact in group.facts if fact.field == name), None)


# -- pins -----------------------------------------------------------------------------------------


def test_a_set_value_stands_and_says_who_when_and_why(worker):
    child = make.a_child()

    setting.pin(child, "name", "张语桐", by=worker, reason=WHY)

    child.refresh_from_db()
    fact = fact_of(worker, child, "birth_on")
    assert (child.name, child.pinyin) == ("张语桐", "zhangyutong")
    assert why_of(child.provenance)["name"] == (upholding.NO_ROW, "PINNED", 1)
    assert fact is not None
    assert not fact.pinned


def test_a_feed_that_says_otherwise_later_is_shown_and_the_set_value_holds(worker):
    child = make.a_child(school="一小")
    setting.pin(child, "school", "二小", by=worker, reason=WHY)
    make.deliver([make.a_row(school="二小")])
    agreed = fact_of(worker, child, "school")

    make.deliver([make.a_row(school="三小")])

    fact = fact_of(worker, child, "school")
    assert agreed
    assert fact
    assert (agreed.value, agreed.others) == ("二小", 0)
    assert (fact.value, fact.others, fact.pinned) == ("二小", 1, True)
    assert (fact.source, fact.on) == (str(worker), timezone.localdate(Pin.objects.get().since))
    assert fact.trust.startswith(WHY)


def test_a_released_value_is_the_departments_again(worker):
    child = make.a_child(school="一小")
    setting.pin(child, "school", "二小", by=worker, reason=WHY)

    setting.release(child, "school", by=worker, reason="学校已更正")

    child.refresh_from_db()
    assert child.school == "一小"
    assert list(ChildEvent.objects.order_by("at").values_list("kind", flat=True)) == [
        "PINNED", "RELEASED",
    ]  # fmt: skip
    assert [entry.act for entry in Entry.objects.order_by("-id")[:2]] == [
        "registry.value.released", "registry.value.set",
    ]  # fmt: skip


def test_a_second_value_takes_the_place_of_the_first_and_both_stay_readable(worker):
    child = make.a_child()
    setting.pin(child, "school", "一小", by=worker, reason=WHY)

    setting.pin(child, "school", "二小", by=worker, reason=WHY)

    assert [json.loads(pin.value.open()) for pin in Pin.objects.order_by("since")] == [
        "一小", "二小",
    ]  # fmt: skip
    assert Pin.objects.filter(ended_at=None).count() == 1


@pytest.mark.parametrize(
    ("field", "text", "value"),
    [
        ("birth_on", "2014-07-18", "2014-07-18"),
        ("sex", "M", "M"),
        ("boarding", "True", True),
        ("absent_days", "12", 12),
        ("needs", "study、mind", ["study", "mind"]),
        ("id_number", " 50023620140717312x ", "50023620140717312X"),
    ],
)
def test_what_is_typed_is_read_by_its_field(field, text, value):
    assert setting.value_of(field, text) == value


@pytest.mark.parametrize(
    ("field", "text"),
    [
        ("birth_on", "2014-13-01"), ("birth_on", "2999-01-01"), ("sex", "X"), ("name", "宝宝"),
        ("boarding", "vielleicht"), ("absent_days", "-1"), ("needs", "nichts"), ("school", " "),
        ("id_number", "500236201407173121"), ("area_code", "50023"), ("phone", "11111111111"),
    ],
)  # fmt: skip
def test_what_cannot_be_the_value_is_refused(field, text):
    with pytest.raises(setting.NotAValue):
        setting.value_of(field, text)


@pytest.mark.parametrize(
    ("role", "field"), [("clerk", "name"), ("fed_village", "name"), ("child_supervisor", "phone")]
)
def test_a_value_is_set_only_by_those_who_answer_for_it(role, field):
    child = make.a_child()

    with pytest.raises(NotAllowed):
        setting.pin(child, field, "15412345670", by=people.a_user(role), reason=WHY)

    assert not Pin.objects.exists()


def test_nobody_moves_a_child_to_where_they_do_not_work(worker):
    child = make.a_child()

    with pytest.raises(NotAllowed):
        setting.pin(child, "area_code", "500235000000", by=worker, reason=WHY)
    with pytest.raises(setting.NotAValue):
        setting.pin(child, "area_code", "500236999999", by=worker, reason=WHY)

    assert not Pin.objects.exists()


def test_a_set_value_lies_sealed_and_needs_a_reason(worker):
    child = make.a_child()
    with pytest.raises(setting.WhyMissing):
        setting.pin(child, "phone", "15412345670", by=worker, reason=" ")

    pin = setting.pin(child, "phone", "15412345670", by=worker, reason=WHY)

    assert b"15412345670" not in bytes(pin.value.raw)
    assert Child.objects.get(pk=child.pk).phone.open() == "15412345670"


def test_value_page_sets_and_releases(client, worker):
    child = make.a_child(school="一小")
    client.force_login(worker)
    page = reverse("registry:value", args=[child.pk, "school"])
    assert "一小" in client.get(page).content.decode()

    posted = client.post(page, {"act": "set", "value": "二小", "reason": WHY})
    shown = client.get(reverse("registry:child", args=[child.pk])).content.decode()
    client.post(page, {"act": "release", "reason": WHY})

    assert posted.status_code == 302
    assert "二小" in shown
    assert WHY in shown
    assert Child.objects.get(pk=child.pk).school == "一小"


# -- warnings -------------------------------------------------------------------------------------

LOWER = [
    ("violence_clue", True, False),
    ("self_harm", True, None),
    ("psych", "SERIOUS", "NORMAL"),
    ("father_status", "PRISON", "HOME"),
]


@pytest.mark.parametrize(("field", "grave", "harmless"), LOWER)
def test_no_feed_lowers_a_warning(worker, field, grave, harmless):
    child = make.a_child(**{field: grave})

    make.deliver([make.a_row(**{field: harmless})])

    child.refresh_from_db()
    fact = fact_of(worker, child, field)
    hold = Hold.objects.get()
    assert child.facts[field] == grave
    assert fact
    assert fact.held
    assert fact.others == (harmless is not None)
    assert (hold.field, hold.row == hold.record) == (field, False)


def test_a_fact_that_is_no_warning_follows_its_row():
    """Negative control: what is not about safety is lowered by the next row."""
    child = make.a_child(low_income=True, father_status="MIGRANT_WORK")

    make.deliver([make.a_row(low_income=False, father_status="HOME")])

    child.refresh_from_db()
    assert (child.facts["low_income"], child.facts["father_status"]) == (False, "HOME")
    assert not Hold.objects.exists()


def test_a_row_that_its_list_drops_takes_no_warning_along():
    child = make.a_child()
    make.deliver([make.a_row(key="G1", bullied=True)], "education", full_list=True)

    make.deliver([make.a_row(key="G2", name="王芳", id_number=None, birth_on="2011-02-03",
                             father_name=None, father_phone=None)],
                 "education", full_list=True)  # fmt: skip

    child.refresh_from_db()
    assert child.departments == ["civil_affairs"]
    assert child.facts["bullied"] is True


def test_a_warning_is_held_once_however_often_the_list_comes():
    make.a_child(self_harm=True)
    for class_name in ("1", "2", "3"):
        make.deliver([make.a_row(self_harm=False, class_name=class_name)])

    assert Hold.objects.filter(ended_at=None).count() == 1


def test_a_person_says_that_a_warning_is_over(worker):
    child = make.a_child(violence_clue=True)
    make.deliver([make.a_row(violence_clue=False)])

    setting.release(child, "violence_clue", by=worker, reason="家访核实，已解除")

    child.refresh_from_db()
    assert child.facts["violence_clue"] is False
    assert Entry.objects.latest("id").act == "registry.warning.lifted"
    make.deliver([make.a_row(violence_clue=False, class_name="2")])
    child.refresh_from_db()
    assert child.facts["violence_clue"] is False


def test_a_warning_that_is_over_comes_back_when_a_row_states_it_anew(worker):
    child = make.a_child(violence_clue=True)
    make.deliver([make.a_row(violence_clue=False)])
    setting.release(child, "violence_clue", by=worker, reason="家访核实，已解除")

    make.deliver([make.a_row(violence_clue=True)])

    child.refresh_from_db()
    assert child.facts["violence_clue"] is True


def test_rolling_a_delivery_back_ends_what_it_held():
    child = make.a_child(violence_clue=True)
    event = make.deliver([make.a_row(violence_clue=False)])

    make.roll_back(event)

    child.refresh_from_db()
    assert child.facts["violence_clue"] is True
    assert not Hold.objects.filter(ended_at=None).exists()


def test_a_wrong_warning_goes_with_the_delivery_that_brought_it():
    child = make.a_child()
    event = make.deliver([make.a_row(key="G1", violence_clue=True)], "education")

    make.roll_back(event)

    child.refresh_from_db()
    assert "violence_clue" not in child.facts
    assert not Hold.objects.exists()


def test_a_warning_leaves_with_the_row_that_a_person_takes_out(worker):
    child = make.a_child()
    make.deliver([make.a_row(key="G1", violence_clue=True)], "education")
    event = make.deliver([make.a_row(key="G1", violence_clue=False)], "education")

    made = merging.split_record(
        Link.objects.get(record=event.arrived[0][0], state="AUTO").record, by=worker, reason=WHY
    )

    child.refresh_from_db()
    assert not child.facts.get("violence_clue")
    assert made.facts["violence_clue"] is True


# -- sealed cases ---------------------------------------------------------------------------------

CANARY = "涉罪未成年人案卷"
SEALED = {"charge": CANARY, "case_no": CANARY, "facts_of_case": CANARY, "procuratorate": CANARY}


def test_sealed_fields_enter_neither_linkage_nor_file():
    plain = columns.engine_row(make.a_row(), "civil_affairs")

    said = columns.engine_row(make.a_row(**SEALED), "civil_affairs")

    assert said == plain
    assert CANARY not in str(golden([_row(make.a_row(**SEALED))]))
    assert _tokens(make.a_row(**SEALED)) == _tokens(make.a_row())


def test_a_word_in_a_field_of_the_linkage_does_enter_it():
    """Negative control of the test above: the same word in the name is seen everywhere."""
    row = make.a_row(name=CANARY)

    assert CANARY in str(columns.engine_row(row, "civil_affairs"))
    assert CANARY in str(golden([_row(row)]))
    assert _tokens(row) != _tokens(make.a_row())


@pytest.mark.parametrize("department", sorted(fields.SEALED_DEPARTMENTS))
def test_rows_of_a_sealed_department_enter_no_file_and_no_linkage(department):
    make.a_child()
    keys = BlockKey.objects.count()

    make.deliver([make.a_row(key="J1", name="张雨彤", id_number=None)], department)

    assert BlockKey.objects.count() == keys
    assert (Link.objects.count(), Child.objects.count(), Doubt.objects.count()) == (1, 1, 0)


def test_rows_of_any_other_department_do():
    """Negative control: the same row from the school joins the file or raises a question."""
    make.a_child()

    make.deliver([make.a_row(key="J1", name="张雨彤", id_number=None)], "education")

    assert Link.objects.count() == 2


def _row(values):
    from qianshou.registry.rules.golden import Row

    trust = fields.trust_by_field({})
    return Row("r", "civil_affairs", "2026-01-01", trust, values, "500236000000")


def _tokens(values):
    frame = neighbours.frame_of([("r", columns.engine_row(values, "civil_affairs"))])
    return set(engine.block_keys(frame, columns.spec())["key"])
