"""One application as a page: what she wrote, what was found, and what is next."""

import json
from typing import Any, Final

from django.utils import translation
from django.utils.translation import gettext as _

from qianshou.accounts.models import User
from qianshou.areas import queries as areas
from qianshou.mothers import permissions as mothers
from qianshou.mothers.queries import axis_word, words_of
from qianshou.mothers.rules import applications as remarks
from qianshou.mothers.rules import gates, words
from qianshou.recruitment import permissions
from qianshou.recruitment.models import Likeness, MotherApplication, ScreeningCheck
from qianshou.recruitment.queries import books, mine, office, progress
from qianshou.recruitment.rules import life, reading
from qianshou.recruitment.rules.rulebook import MET, PREFER_IF, UNKNOWN, Outcome, Rulebook

ADVANCES: Final = (
    *("take_up", "find_eligible", "find_clear", "hear_references", "pass_interview", "commit"),
)
RECORD_FOUND: Final = "RECORD_FOUND"
RESULT_TONES: Final = {"CLEAR": "good", "HIT": "bad", "PENDING": "wait"}


def language() -> str:
    """Return the language of the reader."""
    return translation.get_language() or "zh-hans"


def page_of(
    application: MotherApplication, *, user: User, answers: dict[str, Any], outcomes: list[Outcome]
) -> dict[str, Any]:
    """Return everything the page shows to this person."""
    book, area = books.book_of(application.rulebook), application.area_code
    secret = not permissions.can_see_screening(user, area)
    passed = progress.passed_of(application)
    names = areas.full_names_of({area})
    works = permissions.can_work(user, area)
    return {
        "application": application,
        "area_name": names.get(area, area),
        "state": mine.state_word(application.state),
        "tone": mine.tone_of(application.state),
        "due": office.due_of(application),
        "road": road_of(application),
        "facts": facts_of(answers, application, book),
        "outcomes": outcome_lines(outcomes),
        "doubles": doubles_of(application, user),
        "checks": [] if secret else checks_of(application, book),
        "sees_screening": not secret,
        "references": references_of(application) if works else [],
        "interviews": interviews_of(application, book) if works else [],
        "hours": passed.training_hours,
        "wanted_hours": gates.REQUIRED.training_hours,
        "sessions": sessions_of(application, book),
        "signatures": signatures_of(application, book),
        "unsigned": progress.unsigned(application, books.signing_book(application)),
        "history": history_of(application, secret=secret),
        "appeal": application.appeal.open() if works and application.appeal else "",
        "works": works,
        "decides": permissions.can_decide(user, area),
        "may_reveal": permissions.can_reveal(user, area),
        "acts": acts_of(application) if works else set(),
        "book": book,
    }


def acts_of(application: MotherApplication) -> set[str]:
    """Return the acts that a member of staff could do now."""
    return {step.act for step in life.APPLICATION.steps_from(application.state, actor="STAFF")}


def road_of(application: MotherApplication) -> list[dict[str, Any]]:
    """Return the states of the road with which are behind her."""
    road = [*life.ON_THE_WAY, life.ACTIVE]
    here = road.index(application.state) if application.state in road else None
    passed = set(application.steps.values_list("after", flat=True))
    return [
        {
            "label": _(life.APPLICATION.labels[state]),
            "state": _step_state(at, here, was_there=state in passed),
        }
        for at, state in enumerate(road)
    ]


def _step_state(at: int, here: int | None, *, was_there: bool) -> str:
    """Return how a step of the road is drawn; off the road it says where she has been."""
    if here is None:
        return "done" if was_there else "todo"
    return "waiting" if at == here else "done" if at < here else "todo"


def facts_of(
    answers: dict[str, Any], application: MotherApplication, book: Rulebook
) -> list[dict[str, Any]]:
    """Return what she wrote in words, without her numbers."""
    known = {each.code: each.text.in_language(language()) for each in book.categories}
    kind = answers.get("id_kind", "")
    rows = [
        (_("Birthday"), application.birth_on),
        (_("Document"), _(reading.ID_KINDS[kind]) if kind in reading.ID_KINDS else ""),
        (_("Address"), answers.get("address")),
        (_("Years of living here"), answers.get("years")),
        (_("Education"), answers.get("education")),
        (_("Employer"), answers.get("employer")),
        (_("Category"), _joined([known.get(code, code) for code in application.categories])),
        (_("When she has time"), _joined(words_of(words.TIMES, answers.get("times", [])))),
        (_("Languages"), _joined(words_of(words.LANGUAGES, answers.get("languages", [])))),
        (_("What she does best"), _joined([axis_word(code) for code in answers.get("skills", [])])),
        (_("Interests"), _joined(answers.get("interests", []))),
        (_("Children at once"), answers.get("capacity")),
    ]
    return [{"label": label, "value": value} for label, value in rows if value not in (None, "")]


def _joined(parts: list[str]) -> str:
    return _(", ").join(parts)


def outcome_lines(outcomes: list[Outcome]) -> list[dict[str, str]]:
    """Return what each criterion says, in words and a tone."""
    said = {
        MET: (_("met"), "good"), UNKNOWN: (_("ask her"), "warn"),
    }  # fmt: skip
    lines = []
    for each in outcomes:
        prefers = each.criterion.effect == PREFER_IF
        word, tone = said.get(each.result, (_("not met"), "neutral" if prefers else "bad"))
        lines.append(
            {
                "sentence": each.criterion.sentence.in_language(language()),
                "basis": each.criterion.basis, "word": word, "tone": tone,
            }
        )  # fmt: skip
    return lines


def doubles_of(application: MotherApplication, user: User) -> list[dict[str, Any]]:
    """Return who may be the same person; somebody of another county is not named."""
    rows = application.likenesses.select_related("other_mother", "other_application", "decided_by")
    lines = []
    for each in rows.order_by("pk"):
        mother, other = each.other_mother, each.other_application
        seen_mother = mother is not None and mothers.can_see(user, mother)
        seen_other = other is not None and permissions.can_see(user, other)
        shown = mother if seen_mother else other if seen_other else None
        lines.append(
            {
                "likeness": each, "why": each.get_why_display(),
                "name": str(shown) if shown else _("somebody in another area"),
                "mother_id": mother.pk if seen_mother and mother else None,
                "application_id": other.pk if seen_other and other else None,
                "kind": _("a mother on file") if each.other_mother_id else _("an application"),
                "is_open": each.state == Likeness.State.OPEN,
                "state": each.get_state_display(), "by": each.decided_by,
            }
        )  # fmt: skip
    return lines


def checks_of(application: MotherApplication, book: Rulebook) -> list[dict[str, Any]]:
    """Return the background queries, the newest first; only for those who may see them."""
    names = {each.code: each.text.in_language(language()) for each in book.queries}
    rows = application.checks.select_related("recorded_by").order_by("-created_at")
    return [
        {
            "check": each, "name": names.get(each.kind, each.kind),
            "word": each.get_result_display(), "tone": RESULT_TONES[each.result],
            "until": gates.screening_until(each.received_on) if each.received_on else None,
            "is_open": each.result == ScreeningCheck.Result.PENDING,
        }
        for each in rows
    ]  # fmt: skip


def references_of(application: MotherApplication) -> list[dict[str, Any]]:
    """Return the references with what was said."""
    rows = application.references.select_related("by").order_by("spoken_on", "pk")
    return [{"row": each, **json.loads(each.content.open())} for each in rows]


def interviews_of(application: MotherApplication, book: Rulebook) -> list[dict[str, Any]]:
    """Return the interviews with their answers in the order of the form."""
    names = {each.code: each.text.in_language(language()) for each in book.interview}
    yes_no = {"yes": _("Yes"), "no": _("No")}
    found = []
    for each in application.interviews.select_related("by").order_by("-held_on", "-pk"):
        said = json.loads(each.answers.open())
        lines = [
            {"label": names.get(code, code), "value": yes_no.get(value, value)}
            for code, value in said.items() if value
        ]  # fmt: skip
        found.append({"row": each, "lines": lines})
    return found


def sessions_of(application: MotherApplication, book: Rulebook) -> list[dict[str, Any]]:
    """Return the training she was at."""
    names = {each.code: each.text.in_language(language()) for each in book.modules}
    rows = application.attendances.select_related("session", "by").order_by("session__held_on")
    return [
        {"row": each, "name": names.get(each.session.module, each.session.module)} for each in rows
    ]


def signatures_of(application: MotherApplication, book: Rulebook) -> list[dict[str, Any]]:
    """Return what she has signed, in the order of the book."""
    titles = {each.code: each.title.in_language(language()) for each in book.commitments}
    rows = application.signatures.select_related("by").order_by("signed_on", "pk")
    return [{"row": each, "title": titles.get(each.code, each.code)} for each in rows]


def history_of(application: MotherApplication, *, secret: bool) -> list[dict[str, Any]]:
    """Return the steps, the newest first; what a query came to is told to two roles alone."""
    hidden = {RECORD_FOUND, remarks.SCREENING}
    told = {
        RECORD_FOUND: _("A record was found that rules out work with children."),
        remarks.SCREENING: _("Because of her background query."),
    }
    lines = []
    for each in application.steps.select_related("by").order_by("-at", "-pk"):
        reason = "" if secret and each.reason in hidden else told.get(each.reason, each.reason)
        who = each.by.display_name if each.by else _("herself")
        if each.actor == "SYSTEM":
            who = "" if each.by is None else who
        lines.append(
            {"at": each.at, "title": mine.state_word(each.after), "who": who, "text": reason}
        )
    return lines


def can_advance(application: MotherApplication) -> str:
    """Return the one step of the road that an office does next, or nothing."""
    return next((act for act in ADVANCES if act in acts_of(application)), "")
