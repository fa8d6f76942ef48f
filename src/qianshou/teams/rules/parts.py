"""What of a child's file a slot may open: named parts, and which values each of them holds.

Without any part somebody sees what the child is called and how old it is. That is the default:
everything further is asked for by name, and nothing else of the file is ever read.
"""

from collections.abc import Mapping
from typing import Final


def _(message: str) -> str:
    """Mark a sentence for translation without translating it here."""
    return message


PARTS: Final[Mapping[str, str]] = {
    "NAME": _("full name"),
    "PLACE": _("town and village"),
    "SCHOOL": _("school and class"),
    "HEALTH": _("health and disability"),
    "SIGNS": _("signs of danger or neglect"),
    "FAMILY": _("family and who looks after the child"),
    "GRADE": _("grade and needs"),
    "WISHES": _("what the child likes and wishes"),
    "TEAM": _("the others in the team"),
    "PLAN": _("goals of the care plan"),
    "CONTACT": _("telephone of the adults"),
    "ADDRESS": _("address"),
}
# Values of the file by part; the other parts are put together from other tables.
FIELDS: Final[Mapping[str, tuple[str, ...]]] = {
    "SCHOOL": ("school", "stage", "class_name", "boarding", "absent_days", "dropped_out"),
    "HEALTH": (
        "health", "serious_illness", "growth", "disability", "disability_level", "card_state",
    ),
    "SIGNS": ("lives_alone", "bullied", "violence_clue", "bad_behaviour", "self_harm", "psych"),
    "FAMILY": (
        "categories", "guardianship", "father_status", "mother_status", "carer_relation",
        "children_in_home", "low_income",
    ),
    "WISHES": ("needs", "times", "interests", "languages"),
}  # fmt: skip
# What tells where a child is: never shown while somebody dangerous seeks it.
WHEREABOUTS: Final = frozenset({"PLACE", "SCHOOL", "ADDRESS", "CONTACT"})
# Opening these is a reading of something sealed, and stands in the trail as such.
SEALED: Final[Mapping[str, str]] = {"CONTACT": "phone", "ADDRESS": "address"}


def tidy(parts: object) -> tuple[str, ...]:
    """Return known parts in the order of the list, each once."""
    wanted = set(parts) if isinstance(parts, list | tuple | set | frozenset) else set()
    return tuple(part for part in PARTS if part in wanted)


def shown(parts: object, *, hidden: bool) -> tuple[str, ...]:
    """Return the parts that are shown of a child, fewer if its whereabouts are to stay secret."""
    return tuple(part for part in tidy(parts) if not (hidden and part in WHEREABOUTS))
