"""What people ask about questions to departments: which wait, which were answered, for whom."""

from typing import Any
from uuid import UUID

from django.db.models import Case, QuerySet, Value, When
from django.utils.translation import gettext as _

from qianshou.accounts import permissions as powers
from qianshou.accounts.models import User
from qianshou.areas import rules as area_rules
from qianshou.common.errors import NotAllowed, NotFound
from qianshou.exchange import permissions
from qianshou.exchange.models import Question, Source
from qianshou.exchange.queries.feeds import problem_of
from qianshou.exchange.rules import asking as rules

QUESTION_TONES = {
    "ASKED": "wait", "APPROVED": "calm", "ANSWERED": "good", "REFUSED": "bad", "FAILED": "bad",
    "FORGOTTEN": "neutral",
}  # fmt: skip

FIRST = Case(When(state="ASKED", then=Value(0)), default=Value(1))


def named_questions(sources: list[Source]) -> list[tuple[str, str]]:
    """Return sources with what they answer, as choices."""
    asked = {each.code: rules.QUESTIONS[each.profile["fetch"]["question"]] for each in sources}
    return [
        (each.code, _("%(source)s: %(question)s")
         % {"source": each.name, "question": _(asked[each.code])})
        for each in sources
    ]  # fmt: skip


def purposes() -> list[tuple[str, str]]:
    """Return what a question may be for, as choices."""
    return [(code, _(words)) for code, words in rules.PURPOSES.items()]


def may_see_questions(user: User, area_code: str) -> bool:
    """Tell whether the person has anything to do with questions in an area."""
    return permissions.can_ask(user, area_code) or powers.may(
        user, permissions.DECIDES_QUESTIONS, area_code
    )


def questions_for(user: User, area_code: str) -> QuerySet[Question]:
    """Return one's own questions, and all of the area for those who allow them, newest first."""
    if not may_see_questions(user, area_code):
        raise NotAllowed
    found = Question.objects.filter(area_code__range=area_rules.subtree(area_code))
    if not powers.may(user, permissions.DECIDES_QUESTIONS, area_code):
        found = found.filter(asked_by=user)
    people = ("source", "asked_by", "decided_by")
    # Those that wait for a person first.
    return found.select_related(*people).order_by(FIRST, "-asked_at")


def question_for(user: User, question_id: UUID) -> Question:
    """Return one question to who asked it or may allow it; raises `NotFound`."""
    people = ("source", "asked_by", "decided_by")
    found = Question.objects.select_related(*people).filter(pk=question_id).first()
    if found is None:
        raise NotFound
    own = found.asked_by_id == user.pk and permissions.can_ask(user, found.area_code)
    if not own and not powers.may(user, permissions.DECIDES_QUESTIONS, found.area_code):
        raise NotFound
    return found


def shown_questions(questions: list[Question]) -> list[dict[str, Any]]:
    """Return questions in words; neither person nor answer is opened."""
    return [
        {
            "question": each,
            "asks": _(rules.QUESTIONS.get(each.code, each.code)),
            "about": _(rules.SUBJECTS.get(each.about, each.about)),
            "purpose": _(rules.PURPOSES.get(each.purpose, each.purpose)),
            "tone": QUESTION_TONES[each.state],
            "problem": problem_of(each.problem) if each.problem else "",
        }
        for each in questions
    ]


def answer_words(said: dict[str, Any]) -> dict[str, str]:
    """Return an opened answer in words."""
    word = rules.ANSWERS[said["word"]]
    return {**said, "word": _(word)}
