"""A canonical department row as the linkage engine wants it: one value per column, text or None."""

from collections.abc import Mapping
from typing import Any, Final

from qianshou.engines.linkage import spec as specs

# A row may name a father, a mother, a carer, a parent of the school's list and a guardian of the
# card; the engine compares one guardian, and every telephone.
_ADULTS: Final = ("father", "mother", "parent", "guardian", "carer")
PHONES: Final = ("phone", "guardian_phone", "second_phone", "third_phone")
PLAIN: Final = ("name", "sex", "birth_on", "id_number", "address", "school", "student_no")
IDENTITY: Final = ("name", "sex", "birth_on", "id_number")
COLUMNS: Final = ("source", *PLAIN, "area_code", "guardian_name", "guardian_id", *PHONES)


def spec() -> specs.Spec:
    """Return the engine's spec for children, with two more telephones.

    The student number is the one of the national register, which a pupil keeps for life: two of
    them in the roll are two children, or a question.
    """
    base = specs.children_spec()
    more = {"second_phone": "guardian_phone", "third_phone": "guardian_phone"}
    return specs.Spec(
        fields={**base.fields, **more},
        script="han",
        duplicate_free=base.duplicate_free,
        minors=True,
    )


def engine_row(values: Mapping[str, Any], source: str) -> dict[str, str | None]:
    """Return one row for the engine's frame, without its row_id."""
    row = dict.fromkeys(COLUMNS)
    row["source"] = source
    for name in PLAIN:
        row[name] = values.get(name)
    row["area_code"] = values.get("area_code") or values.get("hukou_code")
    for adult in _ADULTS:
        row["guardian_name"] = row["guardian_name"] or values.get(f"{adult}_name")
        row["guardian_id"] = row["guardian_id"] or values.get(f"{adult}_id")
    phones = [values.get("phone"), *(values.get(f"{adult}_phone") for adult in _ADULTS)]
    known = dict.fromkeys(phone for phone in phones if phone)
    row.update(zip(PHONES, known, strict=False))
    return row


def same_person_words(before: Mapping[str, Any], after: Mapping[str, Any]) -> bool:
    """Tell whether two versions of a row name the same person in the same words."""
    return all(before.get(name) == after.get(name) for name in IDENTITY)
