"""The agreement: its text in versions, drawn for one pair, signed by three sides."""

from dataclasses import dataclass
from datetime import date, timedelta

from django.db import IntegrityError, transaction
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from qianshou.accounts.models import User
from qianshou.areas import queries as areas
from qianshou.areas import rules as area_rules
from qianshou.audit import actions as audit
from qianshou.bonds import permissions
from qianshou.bonds.models import Agreement, AgreementText, Means, Side, Signature, Terms
from qianshou.bonds.queries import terms
from qianshou.bonds.rules import wording
from qianshou.common import rowsecurity
from qianshou.common.errors import NotAllowed, NotFound, Refused
from qianshou.common.machines import STAFF
from qianshou.pairing.actions import deciding, moving
from qianshou.pairing.actions.moving import Actor
from qianshou.pairing.models import Pairing
from qianshou.pairing.rules import life

YEAR = timedelta(days=365)
SIGNERS = (Side.MOTHER, Side.GUARDIAN, Side.OFFICE)


class TextFlawed(Refused):
    """This text cannot be used."""


class AlreadySigned(Refused):
    """This side has signed already; nothing was changed."""


class NotToBeSigned(Refused):
    """This agreement is not to be signed at present."""


class PaperMissing(Refused):
    """Say where the signed paper is kept: the number of the scan or of the binder."""


class SignedInFuture(Refused):
    """The day of a signature lies in the future, or before the agreement was drawn."""


class TextChanged(Refused):
    """This agreement is not the one that was shown. Open it again and read it before signing."""


@dataclass(frozen=True)
class Proof:
    """How a signature can be proven: means, where the paper is, and the hash that was shown."""

    means: str
    signed_on: date
    paper: str = ""
    shown: str = ""


@transaction.atomic
def write_text(area_code: str, *, by: User, title: str, body: str, note: str) -> AgreementText:
    """Write an area's next version; agreements drawn from now on use it, earlier ones stay."""
    if not permissions.can_edit_text(by, area_code):
        raise NotAllowed
    _require_sound(body)
    newest = AgreementText.objects.filter(area_code=area_code).order_by("-version").first()
    version = 1 + (newest.version if newest else _version_above(area_code))
    audit.record(
        "bonds.text.written",
        by=by,
        subject_kind="area",
        subject_id=area_code,
        area_code=area_code,
        reason=note.strip(),
        version=version,
    )
    return AgreementText.objects.create(
        area_code=area_code, version=version, title=title.strip(), body=body.strip(),
        note=note.strip(), by=by,
    )  # fmt: skip


def _version_above(area_code: str) -> int:
    above = terms.text_in(area_code)
    return above.version if above else 0


def _require_sound(body: str) -> None:
    unknown, missing = wording.unknown_gaps(body), wording.missing_gaps(body)
    if unknown:
        words = gettext("Nothing can be filled into %(gaps)s. Take them out or correct them.")
        raise TextFlawed(words % {"gaps": "、".join(f"{{{each}}}" for each in unknown)})
    if missing:
        words = gettext("The text does not name its parties: %(gaps)s are missing.")
        raise TextFlawed(words % {"gaps": "、".join(f"{{{each}}}" for each in missing)})


@transaction.atomic
def set_terms(area_code: str, *, by: User, offer_days: int, sign_days: int) -> Terms:
    """Set how long offers and agreements of an area stand; those that are out keep their day."""
    if not permissions.can_edit_text(by, area_code):
        raise NotAllowed
    audit.record(
        "bonds.terms.set",
        by=by,
        subject_kind="area",
        subject_id=area_code,
        area_code=area_code,
        offer_days=offer_days,
        sign_days=sign_days,
    )
    values = {"offer_days": offer_days, "sign_days": sign_days, "by": by}
    return Terms.objects.update_or_create(area_code=area_code, defaults=values)[0]


def load_text() -> None:
    """Put the shipped text in force for the country, unless somebody has written one."""
    title, body = terms.shipped()
    AgreementText.objects.get_or_create(
        area_code=wording.NATION, version=1, defaults={"title": title, "body": body}
    )


# -- one pair's agreement ------------------------------------------------------------------------


def draw(pairing: Pairing, *, by: User | None, today: date) -> Agreement:
    """Fill the text in force for one pair; part of the step that leads to signing."""
    text = terms.text_in(pairing.area_code)
    if text is None:
        load_text()
        text = terms.text_in(pairing.area_code)
    assert text is not None
    fields = _fields(pairing, today)
    return Agreement.objects.create(
        pairing=pairing, mother_id=pairing.mother_id, area_code=pairing.area_code, text=text,
        drawn_on=today, fields=fields, by=by,
        due_on=terms.days_in(pairing.area_code).sign_due(today),
        sha256=wording.digest(text.title, text.version, wording.filled(text.body, fields)),
    )  # fmt: skip


def _fields(pairing: Pairing, today: date) -> dict[str, str]:
    stands = pairing.child.guardianships.filter(is_guardian=True).select_related("guardian")
    guardian = stands.exclude(guardian__name="").order_by("kinship").first()
    county = area_rules.county_code(pairing.area_code)
    place = areas.names_of({county}).get(county, "")
    return {
        "child": pairing.child.name,
        "mother": pairing.mother.name,
        "guardian": guardian.guardian.name if guardian else "",
        "office": f"{place}妇女联合会",
        "from_day": f"{today:%Y-%m-%d}",
        "until_day": f"{today + YEAR:%Y-%m-%d}",
    }


def unsigned_by(pairing: Pairing, side: str) -> Agreement | None:
    """Return the agreement that one side has still to sign; None if there is none."""
    agreement = Agreement.objects.filter(pairing=pairing, pairing__state=life.AGREEMENT).first()
    if agreement is None or agreement.signatures.filter(side=side).exists():
        return None
    return agreement


@transaction.atomic
def sign(
    agreement: Agreement, side: str, *, by: User | None, actor: str, proof: Proof, today: date
) -> Signature:
    """Note one side's signature; with the last one the way to the first meeting is free.

    Whoever may do so is asked by the caller: staff for a paper, each side on its own phone.
    """
    _require_provable(agreement, proof, today)
    audit.record(
        "bonds.signature.noted",
        by=by,
        subject_kind="child",
        subject_id=agreement.pairing.child_id,
        area_code=agreement.area_code,
        pairing=agreement.pairing_id,
        side=side,
        means=proof.means,
        version=agreement.text.version,
    )
    held = Pairing.objects.select_for_update(of=("self",)).get(pk=agreement.pairing_id)
    if held.state != life.AGREEMENT:
        raise NotToBeSigned
    deciding.require_consent(held.child_id)
    deciding.require_ready(held.mother_id, today)
    made = _write(agreement, side, by=by, proof=proof)
    if agreement.signatures.count() == len(SIGNERS):
        moving.move(held.pk, "sign", actor=Actor(by, actor), today=today)
    return made


def _require_provable(agreement: Agreement, proof: Proof, today: date) -> None:
    if proof.means == Means.PAPER and not proof.paper.strip():
        raise PaperMissing
    if proof.signed_on > today or proof.signed_on < agreement.drawn_on:
        raise SignedInFuture
    on_screen = proof.means in (Means.PHONE, Means.LINK)
    if on_screen and proof.shown != agreement.sha256:
        raise TextChanged


def _write(agreement: Agreement, side: str, *, by: User | None, proof: Proof) -> Signature:
    names = {Side.MOTHER: "mother", Side.GUARDIAN: "guardian"}
    name = agreement.fields.get(names.get(Side(side), "office"), "")
    try:
        with transaction.atomic():
            return Signature.objects.create(
                agreement=agreement, mother_id=agreement.mother_id,
                area_code=agreement.area_code, side=side, version=agreement.text.version,
                sha256=agreement.sha256, signed_on=proof.signed_on, means=proof.means,
                paper=proof.paper.strip(), name=name, by=by,
            )  # fmt: skip
    except IntegrityError as problem:
        raise AlreadySigned from problem


@transaction.atomic
def sign_as_mother(agreement: Agreement, *, by: User, shown: str, today: date) -> None:
    """Let a mother sign on her own phone what was shown to her."""
    if not permissions.is_party(by, agreement):
        raise NotFound
    with rowsecurity.acting(rowsecurity.SYSTEM):
        proof = Proof(Means.PHONE, today, shown=shown)
        sign(agreement, Side.MOTHER, by=by, actor=Side.MOTHER, proof=proof, today=today)


@transaction.atomic
def sign_by_staff(
    agreement: Agreement, side: str, *, by: User, proof: Proof, today: date
) -> Signature:
    """Note a signature as staff: a side's paper, or the office's own word."""
    office = side == Side.OFFICE
    may = permissions.can_decide if office else permissions.can_accompany
    if not may(by, agreement.area_code):
        raise NotAllowed
    if side not in SIGNERS:
        raise NotToBeSigned(_("This side does not sign the agreement."))
    return sign(agreement, side, by=by, actor=STAFF, proof=proof, today=today)
