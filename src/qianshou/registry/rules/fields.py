"""Which values a file keeps, how rows of several departments compete for each, and trust."""

from collections.abc import Mapping
from typing import Final

SUPPORT, BEST, PLACE, ANY, WORST, MOST, LEAST, UNION = range(8)

# Columns of the file, in the order in which they are decided: the ID number first, because a
# valid one bears witness to birthday and sex.
COLUMNS: Final = (
    "id_number", "name", "birth_on", "sex", "ethnicity", "area_code", "hukou_code", "address",
    "phone", "school", "stage", "class_name", "boarding",
)  # fmt: skip
SECRET: Final = ("id_number", "phone", "address")
# What tells where a child is, and so disappears when its place is hidden.
PLACES: Final = ("area_code", "hukou_code", "school", "class_name", "address")

KINDS: Final[dict[str, int]] = {
    **dict.fromkeys(("id_number", "name", "birth_on", "sex", "ethnicity"), SUPPORT),
    **dict.fromkeys(
        ("address", "phone", "school", "stage", "class_name", "boarding"), BEST
    ),
    **dict.fromkeys(("area_code", "hukou_code"), PLACE),
    **dict.fromkeys(
        ("guardianship", "carer_relation", "growth", "disability", "card_state"), BEST
    ),
    **dict.fromkeys(
        (
            "low_income", "lives_alone", "bullied", "violence_clue", "bad_behaviour", "self_harm",
            "serious_illness", "dropped_out",
        ),
        ANY,
    ),
    **dict.fromkeys(("father_status", "mother_status", "health", "psych"), WORST),
    **dict.fromkeys(("children_in_home", "absent_days"), MOST),
    "disability_level": LEAST,
    **dict.fromkeys(("categories", "needs", "times", "interests", "languages"), UNION),
}  # fmt: skip
FACTS: Final = tuple(field for field in KINDS if field not in COLUMNS)

_PARENT: Final = (
    "UNKNOWN HOME MIGRANT_WORK DIVORCED SERIOUS_ILL SEVERE_DISABLED REHAB PRISON LOST DEAD"
)
# Codes from harmless to serious; "worst" takes the one furthest to the right.
ORDERS: Final[dict[str, dict[str, int]]] = {
    field: {code: place for place, code in enumerate(codes.split())}
    for field, codes in {
        "father_status": _PARENT,
        "mother_status": _PARENT,
        "health": "HEALTHY FAIR CHRONIC SERIOUS_ILL DISABLED SEVERE_DISABLED",
        "psych": "NORMAL ATTENTION SERIOUS",
    }.items()
}

# What a source is trusted (0..100) whose profile says nothing.
UNSTATED: Final = 50

# Circumstances whose first appearance is an event by itself, even from a new department.
GRAVE: Final = frozenset(
    {
        "lives_alone", "bullied", "violence_clue", "bad_behaviour", "self_harm", "dropped_out",
        "serious_illness", "disability",
    }
)  # fmt: skip

# Facts about a child's safety: a feed may raise them, and only a person may lower them again.
SAFETY: Final = (
    "lives_alone", "bullied", "violence_clue", "bad_behaviour", "self_harm", "dropped_out",
    "serious_illness", "psych", "father_status", "mother_status",
)  # fmt: skip
# From which code on a graded fact is grave: a parent who works elsewhere and comes home is not.
LEAST_HELD: Final = {"psych": "ATTENTION", "father_status": "REHAB", "mother_status": "REHAB"}
# Departments whose rows about children are cases of minors and sealed (law on the prevention of
# juvenile delinquency 59): they reach no file and no linkage, whatever a source is set up to do.
SEALED_DEPARTMENTS: Final = frozenset(("procuratorate", "court", "juvenile_justice"))


def trust_by_field(stated: Mapping[str, int]) -> dict[str, int]:
    """Return a source's trust (0..100) for every field, from what its profile states.

    A profile states it by field, and as `default` for the rest.
    """
    rest = stated.get("default", UNSTATED)
    return {field: stated.get(field, rest) for field in KINDS}
