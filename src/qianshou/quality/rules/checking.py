"""What is wrong with one department row by itself, and what the file of its child says else."""

from collections.abc import Mapping
from datetime import date
from typing import Any, Final

from qianshou.registry.rules import reading
from qianshou.registry.rules.upholding import differs

NO_NAME, ID_CHECK, ID_BIRTH, ID_SEX, AGE, PHONE, NO_TOWN, DUPLICATE, DIFFERS = (
    "NO_NAME", "ID_CHECK", "ID_BIRTH", "ID_SEX", "AGE", "PHONE", "NO_TOWN", "DUPLICATE", "DIFFERS",
)  # fmt: skip
# Faults that make a row invalid; a second row or another department's word does not.
INVALID: Final = frozenset((NO_NAME, ID_CHECK, ID_BIRTH, ID_SEX, AGE, PHONE))
# What departments can contradict each other about.
COMPARED: Final = (
    "name", "sex", "birth_on", "hukou_code", "area_code", "school", "guardianship",
    "father_status", "mother_status",
)  # fmt: skip
GROWN_UP: Final = 18
FRESH_DAYS: Final = 365
_ADULT_YEARS: Final = 12

Fault = tuple[str, str]


def faults_of(values: Mapping[str, Any], today: date) -> list[Fault]:
    """Return what is wrong with a row as (code, field), without looking at any other row."""
    found = [*_number_faults(values), *_age_faults(values, today)]
    if "name" in values and not reading.person_name(values["name"]):
        found.append((NO_NAME, "name"))
    if values.get("area_code", "").endswith("000000"):
        found.append((NO_TOWN, "area_code"))
    found += [
        (PHONE, name)
        for name, value in values.items()
        if name.endswith("phone") and value and not reading.phone(str(value))
    ]
    return found


def _number_faults(values: Mapping[str, Any]) -> list[Fault]:
    if not values.get("id_number"):
        return []
    number, valid = reading.id_number(values["id_number"])
    if not valid:
        return [(ID_CHECK, "id_number")]
    found = []
    born = f"{number[6:10]}-{number[10:12]}-{number[12:14]}"
    if values.get("birth_on") and values["birth_on"] != born:
        found.append((ID_BIRTH, "birth_on"))
    if values.get("sex") and values["sex"] != ("M" if int(number[16]) % 2 else "F"):
        found.append((ID_SEX, "sex"))
    return found


def _age_faults(values: Mapping[str, Any], today: date) -> list[Fault]:
    if not values.get("birth_on"):
        return []
    born = date.fromisoformat(values["birth_on"])
    age = today.year - born.year - ((today.month, today.day) < (born.month, born.day))
    return [] if 0 <= age < GROWN_UP and born <= today else [(AGE, "birth_on")]


def contradictions(values: Mapping[str, Any], standing: Mapping[str, Any]) -> list[str]:
    """Return the fields in which a row says something else than the file of its child."""
    return [
        name
        for name in COMPARED
        if values.get(name) not in (None, "")
        and standing.get(name) not in (None, "")
        and differs(name, values[name], standing[name])
    ]
