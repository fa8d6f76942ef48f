"""Codes of the file in words for people."""

from collections.abc import Iterable, Mapping
from typing import Any, Final

from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from qianshou.exchange.rules import catalogue

Text = str | Promise
Table = Mapping[str, Text]

ATTENTION_LABEL: Final = _("Deserves a look")
CATEGORY_LABEL: Final = _("Category")
DEPARTMENT_LABEL: Final = _("Known to")

DEPARTMENTS: Final[Table] = {
    "civil_affairs": _("civil affairs"),
    "education": _("education department"),
    "disabled_persons": _("disabled persons' federation"),
    "health": _("health department"),
    "police": _("police"),
    "federation": _("women's federation"),
}
CATEGORIES: Final[Table] = {
    "LEFT_BEHIND_RURAL": _("rural left-behind"),
    "MIGRANT": _("migrant"),
    "ORPHAN_SCATTERED": _("orphan in the community"),
    "DE_FACTO_UNATTENDED": _("de facto unattended"),
    "POVERTY_HARDSHIP": _("hardship of the family"),
    "SELF_HARDSHIP": _("hardship of the child"),
    "SAFETY_HARDSHIP": _("hardship of guardianship"),
    "TEMPORARY_HARDSHIP": _("temporary hardship"),
    "EXTREME_POOR": _("destitute"),
    "SPECIAL_FAMILY_SINGLE": _("single-parent family"),
    "SPECIAL_FAMILY_PRISON": _("parent in prison"),
}
ATTENTION: Final[list[tuple[str, Text]]] = [
    ("warning", _("warning signs")),
    ("parent_gone", _("parent gone")),
    ("dropped_out", _("has dropped out")),
    ("no_number", _("no ID number")),
    ("unlisted", _("on no list any more")),
]
_YES_NO: Final[Table] = {"True": _("yes"), "False": _("no")}
_STATUS: Final[Table] = {
    "UNKNOWN": _("not known"),
    "HOME": _("at home"),
    "MIGRANT_WORK": _("working elsewhere"),
    "DIVORCED": _("divorced"),
    "SERIOUS_ILL": _("seriously ill"),
    "SEVERE_DISABLED": _("severely disabled"),
    "REHAB": _("in compulsory rehabilitation"),
    "PRISON": _("in prison"),
    "LOST": _("out of contact"),
    "DEAD": _("dead"),
}
_RELATION: Final[Table] = {
    "FATHER": _("child's father"),
    "MOTHER": _("child's mother"),
    "GRANDFATHER": _("paternal grandfather"),
    "GRANDMOTHER": _("paternal grandmother"),
    "MATERNAL_GRANDFATHER": _("maternal grandfather"),
    "MATERNAL_GRANDMOTHER": _("maternal grandmother"),
    "UNCLE_AUNT": _("uncle or aunt"),
    "SIBLING": _("older sibling"),
    "RELATIVE": _("other relative"),
    "NEIGHBOUR": _("neighbour"),
}
VALUES: Final[Mapping[str, Table]] = {
    "sex": {"M": _("boy"), "F": _("girl")},
    "stage": {
        "PRESCHOOL": _("pre-school"),
        "PRIMARY": _("primary school"),
        "JUNIOR": _("junior secondary school"),
        "SENIOR": _("senior secondary school"),
        "VOCATIONAL": _("vocational school"),
        "SPECIAL": _("special school"),
    },
    "health": {
        "HEALTHY": _("healthy"),
        "FAIR": _("fair"),
        "CHRONIC": _("chronic illness"),
        "SERIOUS_ILL": _("serious illness"),
        "DISABLED": _("disabled"),
        "SEVERE_DISABLED": _("severely disabled"),
    },
    "guardianship": {
        "PARENTS": _("both parents"),
        "FATHER": _("father alone"),
        "MOTHER": _("mother alone"),
        "PATERNAL_GRANDPARENTS": _("paternal grandparents"),
        "MATERNAL_GRANDPARENTS": _("maternal grandparents"),
        "RELATIVES": _("relatives"),
        "ENTRUSTED": _("entrusted care"),
        "CIVIL_AFFAIRS": _("civil affairs"),
        "NONE": _("nobody"),
    },
    "father_status": _STATUS,
    "mother_status": _STATUS,
    "carer_relation": _RELATION,
    "growth": {
        "NORMAL": _("normal growth"),
        "LOW_WEIGHT": _("low weight"),
        "WASTED": _("wasted"),
        "OBESE": _("obese"),
        "STUNTED": _("stunted"),
    },
    "disability": {
        "VISION": _("vision"),
        "HEARING": _("hearing"),
        "SPEECH": _("speech"),
        "LIMB": _("limbs"),
        "INTELLECT": _("intellect"),
        "MENTAL": _("mental"),
        "MULTIPLE": _("multiple"),
    },
    "card_state": {"VALID": _("valid"), "CANCELLED": _("card withdrawn"), "FROZEN": _("frozen")},
    "psych": {
        "NORMAL": _("nothing noticed"),
        "ATTENTION": _("keep an eye on"),
        "SERIOUS": _("serious"),
    },
    "categories": CATEGORIES,
    "needs": {
        "study": _("help with learning"),
        "mind": _("psychological support"),
        "health": _("health care"),
        "safety": _("safety"),
        "living": _("daily living"),
        "family": _("family company"),
        "habit": _("good habits"),
        "company": _("sports and arts"),
    },
    "times": {
        "WEEKDAY_DAY": _("weekdays, daytime"),
        "WEEKDAY_EVENING": _("weekdays, evening"),
        "WEEKEND": _("weekend"),
        "HOLIDAY": _("holidays"),
    },
    "languages": {
        "chongqing": _("Chongqing dialect"),
        "putonghua": _("standard Chinese"),
        "sichuan": _("Sichuan dialect"),
        "hubei": _("Hubei dialect"),
        "guizhou": _("Guizhou dialect"),
        "tujia": _("Tujia"),
        "miao": _("Miao"),
        "yi": _("Yi"),
    },
    **dict.fromkeys(
        (
            "boarding", "low_income", "lives_alone", "bullied", "violence_clue", "bad_behaviour",
            "self_harm", "serious_illness", "dropped_out", "consent",
        ),
        _YES_NO,
    ),
}  # fmt: skip
# Peoples of GB/T 3304 that live in and around Chongqing; any other shows its code.
PEOPLES: Final[Table] = {
    "01": _("Han"),
    "02": _("Mongol"),
    "03": _("Hui"),
    "04": _("Tibetan"),
    "05": _("Uyghur"),
    "06": _("Miao"),
    "07": _("Yi"),
    "08": _("Zhuang"),
    "09": _("Buyi"),
    "11": _("Manchu"),
    "12": _("Dong"),
    "15": _("Tujia"),
}
LABELS: Final[Table] = {
    "name": _("Name"),
    "sex": _("Sex"),
    "birth_on": _("Born on"),
    "ethnicity": _("People"),
    "id_number": _("ID number"),
    "area_code": _("Lives in"),
    "hukou_code": _("Registered in"),
    "address": _("Address"),
    "phone": _("Telephone"),
    "school": _("School"),
    "stage": _("Stage"),
    "class_name": _("Class"),
    "boarding": _("Boarder"),
    "student_no": _("Student number"),
    "categories": _("Categories"),
    "guardianship": _("In the care of"),
    "father_name": _("Child's father"),
    "mother_name": _("Child's mother"),
    "carer_name": _("Carer"),
    "parent_name": _("Parent on the school's list"),
    "guardian_name": _("Guardian on the card"),
    "father_phone": _("Father's telephone"),
    "mother_phone": _("Mother's telephone"),
    "carer_phone": _("Carer's telephone"),
    "parent_phone": _("Parent's telephone"),
    "guardian_phone": _("Guardian's telephone"),
    "father_id": _("Father's ID number"),
    "mother_id": _("Mother's ID number"),
    "carer_id": _("Carer's ID number"),
    "father_status": _("Father is"),
    "mother_status": _("Mother is"),
    "carer_relation": _("Carer is the"),
    "low_income": _("Subsistence allowance"),
    "children_in_home": _("Children in the household"),
    "lives_alone": _("Lives alone"),
    "bullied": _("Bullied"),
    "violence_clue": _("Sign of violence at home"),
    "bad_behaviour": _("Bad behaviour"),
    "self_harm": _("Tends to self-harm"),
    "needs": _("Needs most"),
    "times": _("Time for company"),
    "interests": _("Likes"),
    "languages": _("Speaks"),
    "health": _("Health"),
    "serious_illness": _("Serious illness"),
    "growth": _("Growth"),
    "disability": _("Disability"),
    "disability_level": _("Degree of disability"),
    "card_state": _("Disability card"),
    "absent_days": _("Days missed this term"),
    "dropped_out": _("Dropped out"),
    "psych": _("Psychological screening"),
    "unlisted": _("On no list since"),
    "consent": _("Guardian agrees to pairing"),
    "consent_on": _("Answer given on"),
    "updated_on": _("Row updated on"),
}
RULES: Final[Table] = {
    "ONLY": _("the only department that knows"),
    "AGREED": _("departments agree"),
    "TRUST": _("the department trusted most for this"),
    "RECENT": _("the newest of equally trusted rows"),
    "VALID": _("the value that a valid ID number supports"),
    "EXACT": _("the most exact place"),
    "JOINED": _("joined from all departments"),
    "PINNED": _("set by a person"),
    "HELD": _("no row states it any more; it stands until a person says that it is over"),
}
_FLAGS: Final = (
    ("violence_clue", _("sign of violence")),
    ("self_harm", _("self-harm")),
    ("bullied", _("bullied")),
    ("lives_alone", _("lives alone")),
    ("dropped_out", _("has dropped out")),
    ("unlisted", _("on no list any more")),
)


def list_of(table: Table, codes: Iterable[str]) -> list[str]:
    """Return codes in words; an unknown code stays as it is."""
    return [str(table.get(code, code)) for code in codes]


def flags_of(facts: Mapping[str, Any]) -> list[str]:
    """Return the warning signs of a file in words."""
    return [str(label) for code, label in _FLAGS if facts.get(code)]


def likeness(one: str, other: str) -> str:
    """Say in words whether two values shown side by side agree."""
    if one and other:
        return gettext("the same") if one == other else gettext("different")
    return gettext("only one side says it")


def label_of(field: str) -> str:
    """Return the name of a field."""
    known = LABELS.get(field)
    if known is None and field in catalogue.FIELDS[catalogue.CHILD]:
        return gettext(catalogue.FIELDS[catalogue.CHILD][field].label)
    return str(known or field)


def value_of(field: str, value: Any) -> str:
    """Return a value in words; nothing for an unknown one."""
    if value is None or value == "":
        return ""
    table = PEOPLES if field == "ethnicity" else VALUES.get(field, {})
    if isinstance(value, list):
        return gettext(", ").join(list_of(table, value))
    return str(table.get(str(value), value))
