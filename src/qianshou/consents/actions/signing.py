"""The guardian's own page: what she knows is checked, then her answers are kept with their proof.

Everything here runs under the scope of the one request, except what others are told.
"""

from collections.abc import Collection, Mapping, Sequence
from datetime import timedelta
from typing import Any, Final

from django.core import signing
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import gettext_noop

from qianshou.audit import actions as audit
from qianshou.common import rowsecurity
from qianshou.common.errors import Refused
from qianshou.common.identity import new_id
from qianshou.consents.actions.asking import check_token
from qianshou.consents.models import SigningRequest
from qianshou.consents.queries import links, proofs
from qianshou.consents.queries.links import LinkState
from qianshou.notices import actions as notices
from qianshou.registry.actions import consenting
from qianshou.registry.models import Consent

TRIES: Final = 5
ALL_TRIES: Final = 10
REST: Final = timedelta(minutes=30)
SEAL: Final = "consents.checked"
SEAL_SECONDS: Final = 3600


class LinkOver(Refused):
    """This link cannot be used any more."""


class WrongAnswer(Refused):
    """That is not what is on file."""

    def __init__(self, left: int) -> None:
        self.left = left
        super().__init__(
            _("That is not what is on file. You can try %(left)d more times.") % {"left": left}
        )


class NotChecked(Refused):
    """Please answer the question about yourself again; too much time has passed."""


class Unanswered(Refused):
    """Please answer every question with yes or no."""


def check(request: SigningRequest, answer: str, *, language: str) -> str:
    """Compare what the guardian knows; returns a seal that lets her answer for an hour.

    Wrong answers count even though the page refuses: the caller must let them be written.
    Five lock the link for half an hour, ten close it.
    """
    held = _held(request)
    given = "".join(answer.split()).upper()
    if check_token(held.pk, given) == bytes(held.check_token):
        SigningRequest.objects.filter(pk=held.pk).update(failures=0, locked_until=None)
        return signing.dumps([str(held.pk), language], salt=SEAL)
    held.failures += 1
    now = timezone.now()
    if held.failures >= ALL_TRIES:
        held.dead_at = now
    elif held.failures % TRIES == 0:
        held.locked_until = now + REST
    held.save(update_fields=["failures", "locked_until", "dead_at"])
    audit.record(
        "consents.check_failed", by=None, subject_kind="child", subject_id=held.child_id,
        area_code=held.area_code, refused=True, request=held.pk, failures=held.failures,
    )  # fmt: skip
    raise WrongAnswer(-held.failures % TRIES)


def _held(request: SigningRequest) -> SigningRequest:
    """Lock the request and make sure that it is open; two pages of one link wait for each other."""
    held = SigningRequest.objects.select_for_update().get(pk=request.pk)
    if links.state_of(held) is not LinkState.OPEN:
        raise LinkOver
    return held


def language_of(request: SigningRequest, seal: str) -> str:
    """Return the language in which the checked guardian reads; raises `NotChecked`."""
    try:
        who, language = signing.loads(seal, salt=SEAL, max_age=SEAL_SECONDS)
    except (signing.BadSignature, ValueError) as problem:
        raise NotChecked from problem
    if who != str(request.pk):
        raise NotChecked
    return str(language)


def require_all(questions: Sequence[Mapping[str, Any]], answers: Mapping[str, bool]) -> None:
    """Raise unless there is exactly one answer for every question."""
    if set(answers) != {each["purpose"] for each in questions}:
        raise Unanswered


@transaction.atomic
def sign(
    request: SigningRequest, answers: Mapping[str, bool], *, seal: str,
    parties: Collection[str] | None = None,
) -> list[Consent]:  # fmt: skip
    """Keep one answer per purpose with its proof; the link is used up by it.

    Of the parties that were named, the guardian agrees to `parties` alone; None: to all of them.
    """
    language = language_of(request, seal)
    held = _held(request)
    questions = links.questions_of(held, language)
    require_all(questions, answers)
    now = timezone.localtime()
    held.used_at, held.answers = now, dict(answers)
    held.save(update_fields=["used_at", "answers"])
    made = [
        _keep(held, _narrowed(each, parties), given=answers[each["purpose"]]) for each in questions
    ]
    audit.record(
        "consents.signed", by=None, subject_kind="child", subject_id=held.child_id,
        area_code=held.area_code, request=held.pk, guardian=held.guardian_id,
        capacity=held.capacity,
        answers={each.purpose: [each.given, each.text_version, each.text_sha256] for each in made},
    )  # fmt: skip
    _tell(held, made)
    return made


def _narrowed(question: Mapping[str, Any], agreed: Collection[str] | None) -> dict[str, Any]:
    """Leave of the parties those to whom the guardian says yes; never one that was not asked."""
    parties = [each for each in question["parties"] if agreed is None or each in agreed]
    return {**question, "parties": parties}


def _keep(held: SigningRequest, question: Mapping[str, Any], *, given: bool) -> Consent:
    """Write one answer; a no after a yes is announced from where it is written."""
    at = timezone.localtime()
    text = question["text"]
    consent = Consent(
        id=new_id(), guardian_id=held.guardian_id, capacity=held.capacity, basis=held.basis,
        purpose=question["purpose"], given=given, channel=Consent.Channel.REMOTE,
        parties=question["parties"] if given else [], text_version=text.version,
        text_sha256=text.sha256, valid_until=held.valid_until if given else None,
    )  # fmt: skip
    consent.proof = {
        "at": at.isoformat(), "request": str(held.pk), "child": str(held.child_id),
        "means": held.check_kind, "language": text.language,
    }  # fmt: skip
    consent.proof["mac"] = proofs.digest_of(consent)
    return consenting.put(
        consenting.Place(held.child_id, held.area_code), consent.purpose, given=given,
        given_on=at.date(), channel=consent.channel, id=consent.pk, guardian_id=held.guardian_id,
        capacity=consent.capacity, basis=consent.basis, parties=consent.parties,
        text_version=consent.text_version, text_sha256=consent.text_sha256,
        valid_until=consent.valid_until, proof=consent.proof,
    )  # fmt: skip


def _tell(held: SigningRequest, made: list[Consent]) -> None:
    """Tell the person who asked that the answer is here."""
    with rowsecurity.acting(rowsecurity.SYSTEM):
        notices.send(
            notices.Message(
                kind="consents.answered", to_kind="USER", to_id=held.made_by_id,
                area_code=held.area_code, subject=gettext_noop("A guardian has answered"),
                text=gettext_noop("%(name)s answered for %(child)s: %(yes)d yes, %(no)d no."),
                params={
                    "name": held.guardian_name.open(), "child": held.child_name.open(),
                    "yes": sum(each.given for each in made),
                    "no": sum(not each.given for each in made),
                },
                link=f"/consents/children/{held.child_id}/", about_kind="child",
                about_id=held.child_id,
            ),
            once=f"consents.answered/{held.pk}",
        )  # fmt: skip
