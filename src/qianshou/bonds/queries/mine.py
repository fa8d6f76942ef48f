"""What a mother and a guardian see of a road: their own question, and the paper they sign."""

from uuid import UUID

from qianshou.accounts.models import User
from qianshou.bonds import permissions
from qianshou.bonds.models import Agreement, Link, Offer, Side
from qianshou.bonds.rules import wording
from qianshou.common import rowsecurity
from qianshou.common.errors import NotFound


def offer_for(user: User, offer_id: UUID) -> Offer:
    """Return an offer made to the mother who asks; raises `NotFound` for anybody else."""
    found = Offer.objects.filter(pk=offer_id, side=Side.MOTHER).first()
    if found is None or not permissions.is_asked(user, found):
        raise NotFound
    return found


def agreement_for(user: User, agreement_id: UUID) -> Agreement:
    """Return the agreement of the mother who asks; raises `NotFound` for anybody else."""
    found = Agreement.objects.select_related("text").filter(pk=agreement_id).first()
    if found is None or not permissions.is_party(user, found):
        raise NotFound
    return found


def agreement_of(pairing_id: UUID) -> Agreement:
    """Return the agreement of a pair that the caller may see; raises `NotFound` without one."""
    found = Agreement.objects.select_related("text").filter(pairing=pairing_id).first()
    if found is None:
        raise NotFound
    return found


def paragraphs_of(agreement: Agreement) -> list[str]:
    """Return the filled text of an agreement."""
    return wording.paragraphs(wording.filled(agreement.text.body, agreement.fields))


def signed_by_her(agreement: Agreement) -> bool:
    """Tell whether the mother has signed."""
    return agreement.signatures.filter(side=Side.MOTHER).exists()


def link_by(digest: bytes) -> Link | None:
    """Return the link of a secret's digest; nobody is signed in who could see it otherwise."""
    with rowsecurity.acting(rowsecurity.SYSTEM):
        return Link.objects.select_related("pairing").filter(digest=digest).first()


def question_of(link: Link) -> tuple[Offer | None, Agreement | None]:
    """Return what a good link asks the guardian: the open offer, or the agreement to sign."""
    with rowsecurity.acting(rowsecurity.SYSTEM):
        if link.purpose == Link.Purpose.ANSWER:
            asked = Offer.objects.open().filter(pairing=link.pairing_id, side=Side.GUARDIAN)
            return asked.first(), None
        paper = Agreement.objects.select_related("text").filter(pairing=link.pairing_id)
        return None, paper.exclude(signatures__side=Side.GUARDIAN).first()
