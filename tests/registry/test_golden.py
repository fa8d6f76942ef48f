"""Survivorship: which department's value stands, and why."""

from typing import Any

import pytest

from qianshou.registry.rules import fields
from qianshou.registry.rules.golden import Row, golden, why_of
from tests.make_registry import TRUST, number_of

GOOD = number_of("50023620140717312")
OTHER = number_of("50023620140717338")
BAD = GOOD[:-1] + ("1" if GOOD[-1] != "1" else "2")
PARENT = number_of("50023619840717311")


def row(department: str, as_of: str = "2026-01-01", **values: Any) -> Row:
    """One department row; its id sorts by department."""
    trust = fields.trust_by_field(TRUST[department])
    return Row(f"{department}-{as_of}", department, as_of, trust, values, "500236000000")


CIVIL, SCHOOL, CARD, HEALTH = "civil_affairs", "education", "disabled_persons", "health"

CASES = [
    ("one department", "name", [row(CIVIL, name="张雨桐")], "张雨桐", "ONLY", 0),
    ("agreement", "name", [row(CIVIL, name="张雨桐"), row(SCHOOL, name="张雨桐")],
     "张雨桐", "AGREED", 0),
    ("spelling of the most trusted", "name",
     [row(CIVIL, name="張雨桐"), row(SCHOOL, name="张雨桐")],
     "張雨桐", "AGREED", 0),
    ("trust", "name", [row(CIVIL, name="张雨桐"), row(SCHOOL, name="张语彤")],
     "张雨桐", "TRUST", 1),
    ("two against one", "name",
     [row(CIVIL, name="张雨桐"), row(SCHOOL, name="张语彤"), row(HEALTH, name="张语彤")],
     "张语彤", "AGREED", 1),
    ("the same department counts once", "name",
     [row(CIVIL, name="张雨桐"), row(SCHOOL, "2026-01-01", name="张语彤"),
      row(SCHOOL, "2026-02-01", name="张语彤")], "张雨桐", "TRUST", 2),
    ("a real name before none", "name", [row(CIVIL, name="宝宝"), row(HEALTH, name="张雨桐")],
     "张雨桐", "VALID", 1),
    ("check digit before trust", "id_number",
     [row(CIVIL, id_number=BAD), row(HEALTH, id_number=GOOD)], GOOD, "VALID", 1),
    ("a parent's number is not the child's", "id_number",
     [row(CIVIL, id_number=PARENT, birth_on="2014-07-17"),
      row(HEALTH, id_number=GOOD, birth_on="2014-07-17")], GOOD, "VALID", 1),
    ("two valid numbers", "id_number", [row(CIVIL, id_number=GOOD), row(HEALTH, id_number=OTHER)],
     GOOD, "TRUST", 1),
    ("the number proves the birthday", "birth_on",
     [row(CIVIL, birth_on="2014-07-18"), row(HEALTH, birth_on="2014-07-17", id_number=GOOD)],
     "2014-07-17", "VALID", 1),
    ("birthday from the number alone", "birth_on", [row(SCHOOL, id_number=GOOD)],
     "2014-07-17", "VALID", 0),
    ("sex from the number alone", "sex", [row(SCHOOL, id_number=GOOD)], "F", "VALID", 0),
    ("the newer of equals", "school",
     [row(SCHOOL, "2026-01-01", school="一小"), row(SCHOOL, "2026-09-01", school="二小")],
     "二小", "RECENT", 1),
    ("the school knows the school", "school",
     [row(CIVIL, "2026-09-01", school="一小"), row(SCHOOL, "2026-01-01", school="二小")],
     "二小", "TRUST", 1),
    ("the village inside the town", "area_code",
     [row(CIVIL, area_code="500236103000"), row(HEALTH, area_code="500236103205")],
     "500236103205", "EXACT", 0),
    ("a town does not contradict its village", "area_code",
     [row(CIVIL, area_code="500236103205"), row(SCHOOL, area_code="500236103000"),
      row(HEALTH, area_code="500236000000")],
     "500236103205", "EXACT", 0),
    ("a village beside the chosen one does", "area_code",
     [row(CIVIL, area_code="500236103205"), row(HEALTH, area_code="500236103206")],
     "500236103205", "TRUST", 1),
    ("registered in the village, not only in the county", "hukou_code",
     [row(CIVIL, hukou_code="500236000000"), row(HEALTH, hukou_code="500236103205")],
     "500236103205", "EXACT", 0),
    ("another town is no more exact", "area_code",
     [row(CIVIL, area_code="500236103000"), row(HEALTH, area_code="500236104205")],
     "500236103000", "TRUST", 1),
    ("one warning is enough", "violence_clue",
     [row(CIVIL, violence_clue=False), row(SCHOOL, violence_clue=True)], True, "JOINED", 1),
    ("no warning at all", "violence_clue",
     [row(CIVIL, violence_clue=False), row(SCHOOL, violence_clue=False)], False, "AGREED", 0),
    ("the worse state of a parent", "father_status",
     [row(CIVIL, father_status="HOME"), row(SCHOOL, father_status="PRISON")],
     "PRISON", "JOINED", 1),
    ("the more serious screening", "psych",
     [row(SCHOOL, "2026-09-01", psych="NORMAL"), row(SCHOOL, "2026-03-01", psych="SERIOUS")],
     "SERIOUS", "JOINED", 1),
    ("the most days missed", "absent_days",
     [row(SCHOOL, "2026-09-01", absent_days=2), row(SCHOOL, "2026-03-01", absent_days=30)],
     30, "JOINED", 1),
    ("the more severe degree", "disability_level",
     [row(CARD, disability_level=3), row(CIVIL, disability_level=1)], 1, "JOINED", 1),
    ("a cancelled card says nothing of the child", "disability",
     [row(CARD, disability="LIMB", card_state="CANCELLED"), row(CIVIL, name="张雨桐")],
     None, None, None),
    ("all categories", "categories",
     [row(CIVIL, categories=["MIGRANT"]), row(SCHOOL, categories=["LEFT_BEHIND_RURAL"])],
     ["MIGRANT", "LEFT_BEHIND_RURAL"], "JOINED", 2),
]  # fmt: skip


@pytest.mark.parametrize(
    ("field", "rows", "value", "rule", "others"),
    [case[1:] for case in CASES],
    ids=[case[0] for case in CASES],
)
def test_golden_keeps_the_value_and_says_why(field, rows, value, rule, others):
    made = golden(rows)

    kept = {**made.columns, **made.facts}
    why = made.why.get(field)
    assert kept.get(field) == value
    assert (why and why[1], why and why[2]) == (rule, others)


@pytest.mark.parametrize(
    ("field", "rows"), [case[1:3] for case in CASES], ids=[case[0] for case in CASES]
)
def test_golden_does_not_depend_on_the_order_of_rows(field, rows):
    forwards, backwards = golden(rows), golden(rows[::-1])

    assert forwards.columns == backwards.columns
    assert _sorted(forwards.facts) == _sorted(backwards.facts)


def _sorted(facts):
    return {
        key: sorted(value) if isinstance(value, list) else value for key, value in facts.items()
    }


def test_golden_without_any_address_lies_where_the_row_was_delivered():
    made = golden([row(CARD, name="张雨桐")])

    assert made.columns["area_code"] == "500236000000"


def test_golden_names_the_row_behind_each_value():
    rows = [row(CIVIL, name="张雨桐"), row(HEALTH, growth="NORMAL")]

    provenance = golden(rows).provenance()

    why = why_of(provenance)
    assert provenance["sources"][why["growth"][0]][1] == HEALTH
    assert provenance["sources"][why["name"][0]][1] == CIVIL


def test_trust_is_stated_by_field_or_by_default():
    assert fields.trust_by_field({"default": 75, "school": 90})["school"] == 90
    assert fields.trust_by_field({"default": 75, "school": 90})["name"] == 75
    assert fields.trust_by_field({})["name"] == fields.UNSTATED
