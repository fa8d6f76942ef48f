"""The facts an instrument may ask about, and the values each can take (reference/facts.md)."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

# What a person answers to a question of the instrument is a fact under this name.
ASKED: Final = "asked."
ALARM: Final = "alarm"
FLAG, CODE, LIST, NUMBER = "flag", "code", "list", "number"
AXES: Final = ("study", "mind", "health", "safety", "living", "family", "habit", "company")


@dataclass(frozen=True)
class Fact:
    """One fact: its kind, and the codes it can have; `label` is an English message id."""

    kind: str
    label: str
    codes: tuple[str, ...] = ()


def _codes(words: str) -> tuple[str, ...]:
    return tuple(words.split())


_PARENT: Final = _codes(
    "HOME MIGRANT_WORK PRISON REHAB SERIOUS_ILL SEVERE_DISABLED LOST DEAD DIVORCED UNKNOWN"
)
FACTS: Final[Mapping[str, Fact]] = {
    "age": Fact(NUMBER, "age"),
    "children_in_home": Fact(NUMBER, "children in the home"),
    "absent_days": Fact(NUMBER, "days missed this term"),
    "disability_level": Fact(NUMBER, "grade of disability"),
    "lives_alone": Fact(FLAG, "lives alone"),
    "bullied": Fact(FLAG, "is bullied"),
    "violence_clue": Fact(FLAG, "clue of violence at home"),
    "bad_behaviour": Fact(FLAG, "bad behaviour"),
    "self_harm": Fact(FLAG, "tendency to self-harm"),
    "low_income": Fact(FLAG, "minimum living allowance"),
    "serious_illness": Fact(FLAG, "serious illness"),
    "dropped_out": Fact(FLAG, "dropped out of school"),
    "boarding": Fact(FLAG, "boards at school"),
    # Raised without its grounds: they are kept under seal where they belong.
    ALARM: Fact(FLAG, "a situation to be answered at once"),
    "father_status": Fact(CODE, "father's situation", _PARENT),
    "mother_status": Fact(CODE, "mother's situation", _PARENT),
    "guardianship": Fact(
        CODE,
        "guardianship",
        _codes(
            "PARENTS FATHER MOTHER PATERNAL_GRANDPARENTS MATERNAL_GRANDPARENTS RELATIVES"
            " ENTRUSTED CIVIL_AFFAIRS NONE"
        ),
    ),
    "carer_relation": Fact(
        CODE,
        "who looks after the child",
        _codes(
            "FATHER MOTHER GRANDFATHER GRANDMOTHER MATERNAL_GRANDFATHER MATERNAL_GRANDMOTHER"
            " UNCLE_AUNT SIBLING RELATIVE NEIGHBOUR"
        ),
    ),
    "health": Fact(
        CODE,
        "state of health",
        _codes("HEALTHY FAIR CHRONIC SERIOUS_ILL DISABLED SEVERE_DISABLED"),
    ),
    "disability": Fact(
        CODE,
        "kind of disability",
        _codes("VISION HEARING SPEECH LIMB INTELLECT MENTAL MULTIPLE"),
    ),
    "growth": Fact(CODE, "growth", _codes("NORMAL LOW_WEIGHT WASTED OBESE STUNTED")),
    "psych": Fact(CODE, "psychological screening", ("NORMAL", "ATTENTION", "SERIOUS")),
    "stage": Fact(
        CODE,
        "stage of schooling",
        _codes("PRESCHOOL PRIMARY JUNIOR SENIOR VOCATIONAL SPECIAL"),
    ),
    "categories": Fact(
        LIST,
        "categories",
        _codes(
            "LEFT_BEHIND_RURAL MIGRANT ORPHAN_SCATTERED DE_FACTO_UNATTENDED POVERTY_HARDSHIP"
            " SELF_HARDSHIP SAFETY_HARDSHIP TEMPORARY_HARDSHIP EXTREME_POOR SPECIAL_FAMILY_SINGLE"
            " SPECIAL_FAMILY_PRISON"
        ),
    ),
    "needs": Fact(LIST, "main needs", AXES),
}
