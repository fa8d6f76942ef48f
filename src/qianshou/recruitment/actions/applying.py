"""What an applicant does herself, without an account: begin, write, hand in, appeal, withdraw.

Each action runs in her own scope, in which the database shows and takes nothing but her own
application; what has to look at other people (who may be the same person) is done apart.
"""

import json
from collections.abc import Mapping
from datetime import date
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from qianshou.areas import rules as area_rules
from qianshou.common import crypto, portions, rowsecurity
from qianshou.common.errors import NotFound, Refused
from qianshou.common.identity import new_id
from qianshou.mothers.rules import applications as names
from qianshou.recruitment.actions import checking, moving, resembling, rulebooks
from qianshou.recruitment.models import MotherApplication, Signature
from qianshou.recruitment.models.applications import ApplicationQuerySet
from qianshou.recruitment.queries import books, doors
from qianshou.recruitment.rules import codes, form, life, reading

LONGEST = 2000
PORTION = 500


class CampaignClosed(Refused):
    """This campaign is not open. Ask the women's federation of your county for the present one."""


class NotAWord(Refused):
    """Nothing more can be changed: the application is handed in."""


class StillMissing(Refused):
    """Something is still missing. The steps that are not done are marked."""


class ConsentMissing(Refused):
    """Without your consent nothing can be asked about you, and the application cannot go on."""


class NotHerName(Refused):
    """Sign with the name that stands in your application."""


class SignedAlready(Refused):
    """You have signed this text already."""


class OneAppeal(Refused):
    """One appeal is possible, and it has been decided."""


def begin(call: doors.Call, *, language: str, channel: str = "") -> tuple[UUID, str]:
    """Open a draft and return its id with the code that opens it again; the code is not kept."""
    if not call.is_open:
        raise CampaignClosed
    made, code, book = new_id(), codes.new_code(), rulebooks.in_force()
    with rowsecurity.acting(doors.scope_of(made)):
        application = MotherApplication(
            id=made, area_code=call.area_code, campaign_id=call.campaign_id,
            channel=channel if channel in call.channels else "", language=language[:10],
            rulebook=book, code_token=doors.token_of(code),
        )  # fmt: skip
        application.answers = json.dumps({})
        application.save(force_insert=True)
        moving.note("recruitment.application.begun", application, by=None)
    return made, code


@transaction.atomic
def save(application: MotherApplication, given: Mapping[str, Any]) -> MotherApplication:
    """Keep what one step of the form says; what other steps have said stays."""
    draft = moving.locked(application)
    if draft.state != life.DRAFT:
        raise NotAWord
    answers = answers_of(draft) | {name: given[name] for name in given if name in form.KEPT}
    draft.answers = json.dumps(answers, ensure_ascii=False)
    draft.updated_at = timezone.now()
    place = answers.get("village") or answers.get("town", "")
    if area_rules.is_code(place):
        draft.area_code = place
    draft.save(update_fields=["answers", "area_code", "updated_at"])
    moving.note("recruitment.application.written", draft, by=None, fields=sorted(given))
    return draft


def answers_of(application: MotherApplication) -> dict[str, Any]:
    """Return everything an application says; whoever shows it to staff has to record that."""
    found: dict[str, Any] = json.loads(application.answers.open() or "{}")
    return found


@transaction.atomic
def submit(application: MotherApplication, *, agreed: bool, today: date) -> MotherApplication:
    """Hand the application in: from now on the office works on it."""
    draft = moving.locked(application)
    answers = answers_of(draft)
    book = books.book_of(draft.rulebook)
    if form.missing(answers, questions=[each.code for each in book.questions]):
        raise StillMissing
    if not agreed:
        raise ConsentMissing
    fill_columns(draft, answers, today=today)
    changed = moving.move(
        draft, "submit", by=None, actor=life.APPLICANT, submitted_at=timezone.now(),
        **{name: getattr(draft, name) for name in COLUMNS},
    )  # fmt: skip
    resembling.look_around(changed)
    return changed


COLUMNS = (
    *("name", "search_name", "pinyin", "initials", "birth_on", "categories"),
    *("id_token", "phone_token"),
)


def fill_columns(
    application: MotherApplication, answers: Mapping[str, Any], *, today: date
) -> None:
    """Fill the columns by which an office finds a person, from what she wrote."""
    birth = date.fromisoformat(answers["birth_on"]) if answers.get("birth_on") else None
    known = reading.identity(
        answers["id_kind"], answers.get("id_number", ""), birth_on=birth, today=today
    )
    for name, value in names.names(answers["name"]).items():
        setattr(application, name, value)
    application.birth_on = known.birth_on
    application.categories = list(answers.get("categories", []))
    # The same keys as in the mothers' files, so that one person is found in both.
    application.id_token = (
        crypto.blind(known.id_number, purpose="mother.id") if known.proves else b""
    )
    phone = reading.phone(answers.get("phone", ""))
    application.phone_token = crypto.blind(phone, purpose="mother.phone") if phone else b""


@transaction.atomic
def renew_code(application: MotherApplication) -> str:
    """Make a new code; the one before opens nothing any more."""
    draft, code = moving.locked(application), codes.new_code()
    if draft.state not in (life.DRAFT, life.SUBMITTED):
        raise NotAWord
    draft.code_token, draft.updated_at = doors.token_of(code), timezone.now()
    draft.save(update_fields=["code_token", "updated_at"])
    moving.note("recruitment.code.renewed", draft, by=None)
    return code


@transaction.atomic
def withdraw(application: MotherApplication) -> MotherApplication:
    """Take the application back; what she wrote is not needed any more and is emptied."""
    held = moving.locked(application)
    held.answers = json.dumps({})
    return moving.move(
        held, "withdraw", by=None, actor=life.APPLICANT, answers=held.answers, code_token=b""
    )


@transaction.atomic
def appeal(application: MotherApplication, *, words: str) -> MotherApplication:
    """Object to a refusal, once; another person decides."""
    held = moving.locked(application)
    if _appealed_before(held):
        raise OneAppeal
    if not words.strip():
        raise moving.ReasonMissing
    held.appeal = words.strip()[:LONGEST]
    return moving.move(held, "appeal", by=None, actor=life.APPLICANT, appeal=held.appeal)


def _appealed_before(application: MotherApplication) -> bool:
    """Tell whether there was an appeal; its words stay, and her scope does not show the steps."""
    return bool(application.appeal)


@transaction.atomic
def sign(
    application: MotherApplication, code: str, *, name: str, language: str, today: date
) -> Signature:
    """Sign one commitment on her own phone: her name under the words that stood before her."""
    if application.state not in (life.TRAINING, *life.SERVING):
        raise moving.StepNotPossible
    book = books.signing_book(application)
    if code not in {each.code for each in book.commitments}:
        raise NotFound
    if names.names(name)["search_name"] != application.search_name:
        raise NotHerName
    text = book.commitment(code)
    if application.signatures.filter(code=code, version=text.version).exists():
        raise SignedAlready
    made = Signature(
        application=application, area_code=application.area_code, code=code, version=text.version,
        text_digest=text.digest(language), language=language[:10], proof=Signature.Proof.PHONE,
        signed_on=today,
    )  # fmt: skip
    made.signed_name = name
    made.save(force_insert=True)
    moving.note(
        "recruitment.commitment.signed", application, by=None, code=code, version=text.version,
        proof="PHONE",
    )  # fmt: skip
    if application.mother_id is not None:
        # Her file is not hers to write: what she has signed is entered into it for her.
        with rowsecurity.acting(rowsecurity.SYSTEM):
            checking.keep_file(application, by=None, today=today)
    return made


def drop_stale(*, before: date) -> int:
    """Empty and withdraw the drafts that nobody has touched since a day."""
    stale = MotherApplication.objects.filter(state=life.DRAFT, updated_at__date__lt=before)
    with rowsecurity.acting(rowsecurity.SYSTEM):
        found = list(stale.order_by("pk").values_list("pk", flat=True))
    return portions.through(
        portions.of(found, PORTION), lambda part: _drop(stale.filter(pk__in=part))
    )


def _drop(stale: ApplicationQuerySet) -> int:
    count = 0
    with rowsecurity.acting(rowsecurity.SYSTEM):
        for draft in stale.select_for_update(of=("self",)).order_by("pk"):
            draft.answers = json.dumps({})
            moving.move(
                draft, "lapse", by=None, actor=moving.SYSTEM, answers=draft.answers, code_token=b""
            )
            count += 1
    return count
