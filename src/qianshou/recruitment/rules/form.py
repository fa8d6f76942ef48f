"""The application form as steps: what each asks, and what is still missing before handing in."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

WHO, PLACE, LIFE, OFFER, QUESTIONS, CHECK = "who", "place", "life", "offer", "questions", "check"


def _(message: str) -> str:
    """Mark a sentence for translation without translating it here."""
    return message


STEPS: Final[Mapping[str, str]] = {
    WHO: _("Who you are"),
    PLACE: _("Where you live"),
    LIFE: _("What you do"),
    OFFER: _("What you can give"),
    QUESTIONS: _("A few questions"),
    CHECK: _("Look over and hand in"),
}
# What has to be there before a step counts as done.
NEEDED: Final[Mapping[str, Sequence[str]]] = {
    WHO: ("name", "id_kind", "birth_on", "phone"),
    PLACE: ("town",),
    LIFE: ("education",),
    OFFER: ("times", "languages", "capacity"),
}
KEPT: Final = frozenset(
    {
        *("name", "id_kind", "id_number", "birth_on", "phone", "town", "village", "address"),
        *("years", "categories", "education", "employer", "times", "languages", "skills"),
        *("interests", "travel_km", "capacity", "questions"),
    }
)


def is_done(step: str, answers: Mapping[str, Any], *, questions: Sequence[str]) -> bool:
    """Tell whether a step has everything that it needs."""
    if step == QUESTIONS:
        said = answers.get("questions", {})
        return all(said.get(code) is not None for code in questions)
    return all(answers.get(name) not in (None, "", []) for name in NEEDED.get(step, ()))


def missing(answers: Mapping[str, Any], *, questions: Sequence[str]) -> list[str]:
    """Return the steps that still lack something, in order."""
    return [
        step for step in STEPS if step != CHECK and not is_done(step, answers, questions=questions)
    ]


def after(step: str) -> str:
    """Return the step that follows; the last one follows itself."""
    order = list(STEPS)
    return order[min(order.index(step) + 1, len(order) - 1)]
