"""What a guardian does by a one-time link: answer the offer, or sign the agreement."""

from datetime import date

from django.db import transaction
from django.utils import timezone

from qianshou.bonds.actions import agreeing, answering
from qianshou.bonds.actions.answering import OfferGone, Said
from qianshou.bonds.models import Agreement, Link, Means, Offer, Side
from qianshou.common import rowsecurity
from qianshou.common.errors import NotFound, Refused


class LinkUsed(Refused):
    """This link has been used already: the answer is noted, and nothing more is to be done."""


class LinkExpired(Refused):
    """This link is no longer valid. Ask your women's federation for a new one."""


def require_good(link: Link | None, today: date) -> Link:
    """Return a link that still opens something, or refuse saying what is the matter with it."""
    if link is None:
        raise NotFound
    if link.used_at is not None:
        raise LinkUsed
    if link.void_at is not None or link.expires_on < today:
        raise LinkExpired
    return link


@transaction.atomic
def answer(link: Link, said: Said, *, today: date) -> None:
    """Answer an offer by a link, once."""
    with rowsecurity.acting(rowsecurity.SYSTEM):
        asked = Offer.objects.open().filter(pairing=link.pairing_id, side=Side.GUARDIAN).first()
        if asked is None:
            _take(link, today)
            raise OfferGone
        answering.answer_by_link(asked, said, today=today)
        _take(link, today)


@transaction.atomic
def sign(link: Link, *, shown: str, today: date) -> None:
    """Sign an agreement by a link, once; `shown` is the hash of what was on the screen."""
    with rowsecurity.acting(rowsecurity.SYSTEM):
        agreement = (
            Agreement.objects.select_related("text", "pairing")
            .filter(pairing=link.pairing_id)
            .first()
        )
        if agreement is None:
            raise agreeing.NotToBeSigned
        proof = agreeing.Proof(Means.LINK, today, shown=shown)
        agreeing.sign(
            agreement, Side.GUARDIAN, by=None, actor=Side.GUARDIAN, proof=proof, today=today
        )
        _take(link, today)


def _take(link: Link, today: date) -> None:
    """Use the link up under lock; of two requests at once one finds it used."""
    held = Link.objects.select_for_update().get(pk=link.pk)
    # A decline closes the links of the pair, this one among them: it counts as used all the same.
    if held.used_at is not None:
        raise LinkUsed
    if held.expires_on < today:
        raise LinkExpired
    held.used_at = timezone.now()
    held.save(update_fields=["used_at"])
