"""What an applicant sees of her own application: where it stands, and what is hers to do next."""

from collections.abc import Mapping
from typing import Any, Final

from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from qianshou.areas import queries as areas
from qianshou.areas import rules as area_rules
from qianshou.mothers.rules import gates
from qianshou.recruitment.models import MotherApplication
from qianshou.recruitment.queries import books, progress
from qianshou.recruitment.rules import form, life
from qianshou.recruitment.rules.rulebook import PREFER_IF, Rulebook

NEXT: Final[Mapping[str, str]] = {
    life.SUBMITTED: gettext_noop("The women's federation has your application and looks at it."),
    life.ELIGIBILITY: gettext_noop("The office checks whether the criteria are met."),
    life.SCREENING: gettext_noop("Police and procuratorate are asked for records. Please wait."),
    life.REFERENCES: gettext_noop("The office talks to people who know you."),
    life.INTERVIEW: gettext_noop("The office will call you for an interview."),
    life.TRAINING: gettext_noop("Come to the training, and sign the commitments below."),
    life.COMMITTED: gettext_noop("Everything is there. The county federation decides."),
    life.APPROVED: gettext_noop("You are approved. The office will tell you when you begin."),
    life.ACTIVE: gettext_noop("You are a loving mother. Sign in with the account of the office."),
    life.APPEALED: gettext_noop("Another person looks at your case and decides."),
    life.REJECTED_FINAL: gettext_noop(
        "Your application cannot go on. You may ask the county federation for the reason, and"
        " object there to a record that is wrong."
    ),
    life.WITHDRAWN: gettext_noop("You have taken your application back. You may begin a new one."),
}
TONES: Final[Mapping[str, str]] = {
    life.ACTIVE: "good", life.APPROVED: "good", life.COMMITTED: "good", life.DRAFT: "neutral",
    life.REJECTED: "bad", life.REJECTED_FINAL: "bad", life.WITHDRAWN: "neutral",
    life.EXITED: "neutral", life.SUSPENDED: "warn", life.RECHECK_DUE: "warn",
    life.ON_LEAVE: "warn", life.EXITING: "warn", life.APPEALED: "warn",
}  # fmt: skip
SIGNS_IN: Final = (life.TRAINING, *life.SERVING)


def tone_of(state: str) -> str:
    """Return the colour of a state."""
    return TONES.get(state, "wait")


def state_word(state: str) -> str:
    """Return the word of a state."""
    return _(life.APPLICATION.labels[state])


def is_draft(application: MotherApplication) -> bool:
    """Tell whether she may still write."""
    return application.state == life.DRAFT


def criteria_of(book: Rulebook) -> list[str]:
    """Return the sentences of the criteria that rule somebody out, for the public."""
    language = translation.get_language() or "zh-hans"
    return [
        each.sentence.in_language(language) for each in book.criteria if each.effect != PREFER_IF
    ]


def step_page(code: str, answers: Mapping[str, Any]) -> dict[str, Any]:
    """Return what the page of one step shows beside its form."""
    order = list(form.STEPS)
    at = order.index(code)
    return {
        "code": code,
        "title": _(form.STEPS[code]),
        "number": at + 1,
        "total": len(order),
        "before": order[at - 1] if at else "",
        "review": review_of(answers) if code == form.CHECK else [],
    }


def page_of(application: MotherApplication, answers: Mapping[str, Any]) -> dict[str, Any]:
    """Return what her page shows."""
    book = books.book_of(application.rulebook)
    questions = [each.code for each in book.questions]
    return {
        "application": application,
        "state": state_word(application.state),
        "tone": tone_of(application.state),
        "what_next": _(NEXT[application.state]) if application.state in NEXT else "",
        "is_draft": application.state == life.DRAFT,
        "steps": [
            {
                "code": code,
                "label": _(label),
                "done": form.is_done(code, answers, questions=questions) and code != form.CHECK,
            }
            for code, label in form.STEPS.items()
        ],
        "refusal": _refusal(application, book),
        "may_appeal": application.state == life.REJECTED and not application.appeal,
        "may_withdraw": application.state in life.WITHDRAWABLE,
        "hours": progress.passed_of(application).training_hours,
        "wanted_hours": gates.REQUIRED.training_hours,
        "commitments": (
            commitments_of(application, books.signing_book(application))
            if application.state in SIGNS_IN
            else []
        ),
    }


def _refusal(application: MotherApplication, book: Rulebook) -> str:
    """Return the sentence of the criterion for which she was refused, in her language."""
    if application.state != life.REJECTED:
        return ""
    found = book.criterion(application.refused_for)
    if found is None:
        return _("The office will tell you the reason. You may object below.")
    return found.sentence.in_language(translation.get_language() or "zh-hans")


def commitments_of(application: MotherApplication, book: Rulebook) -> list[dict[str, Any]]:
    """Return the texts to sign, with when each was signed."""
    signed = {each.code: each.signed_on for each in progress.signatures_in_force(application, book)}
    language = translation.get_language() or "zh-hans"
    return [
        {
            "code": each.code,
            "title": each.title.in_language(language),
            "text": each.text.in_language(language),
            "version": each.version,
            "signed_on": signed.get(each.code),
        }
        for each in book.commitments
    ]


def review_of(answers: Mapping[str, Any]) -> list[dict[str, str]]:
    """Return what she wrote, for a last look; numbers are shown by their last four characters."""
    place = answers.get("village") or answers.get("town", "")
    places = areas.full_names_of({place}) if area_rules.is_code(place) else {}
    shown = {
        _("Name"): answers.get("name", ""),
        _("Number on the document"): _ending(answers.get("id_number", "")),
        _("Birthday"): answers.get("birth_on", ""),
        _("Telephone"): _ending(answers.get("phone", "")),
        _("Where"): places.get(place, _("another county")),
        _("Education"): answers.get("education", ""),
        _("Employer"): answers.get("employer", ""),
    }
    return [{"label": label, "value": value} for label, value in shown.items() if value]


def _ending(number: str) -> str:
    return f"···{number[-4:]}" if number else ""
