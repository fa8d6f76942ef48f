"""Telling mother and guardian that something waits for their word, without saying about whom."""

from typing import Final

from django.urls import reverse
from django.utils.translation import gettext_noop

from qianshou.bonds.models import Offer
from qianshou.notices import actions as notices
from qianshou.notices.actions import Message
from qianshou.notices.models import Notice
from qianshou.pairing.models import Pairing
from qianshou.registry.models import Guardianship

OFFER_KIND: Final = "bonds.offer"
LINK_KIND: Final = "bonds.link"
_OFFERED: Final = gettext_noop("A child could be paired with you")
_OFFERED_TEXT: Final = gettext_noop(
    "Please read what is asked of you and answer until %(until)s. You may say no without blame."
)
_OFFERED_SHORT: Final = gettext_noop(
    "A question of the women's federation waits for you until %(until)s: %(link)s"
)
_LINKED: Final = gettext_noop("A question of the women's federation")
_LINKED_TEXT: Final = gettext_noop(
    "The women's federation asks for your answer until %(until)s: %(link)s"
)


def tell_mother(offer: Offer) -> None:
    """Tell a mother that an offer waits for her."""
    mother = offer.mother
    notices.send(
        Message(
            kind=OFFER_KIND, to_kind=Notice.To.MOTHER, to_id=mother.pk, area_code=offer.area_code,
            subject=_OFFERED, text=_OFFERED_TEXT, short=_OFFERED_SHORT,
            params={"until": offer.due_on.isoformat()},
            address=mother.phone.open() if mother.phone else "",
            link=reverse("bonds:my-offer", args=[offer.pk]),
            about_kind="offer", about_id=offer.pk,
        ),
        once=f"bonds.offer/{offer.pk}",
    )  # fmt: skip


def send_link(pairing: Pairing, secret: str, *, until: str) -> bool:
    """Send a guardian's one-time link to the telephone on file; false if there is none."""
    stands = _guardian_of(pairing)
    if stands is None:
        return False
    guardian = stands.guardian
    notices.send(
        Message(
            kind=LINK_KIND, to_kind=Notice.To.GUARDIAN, to_id=guardian.pk,
            area_code=pairing.area_code, subject=_LINKED, text=_LINKED_TEXT,
            params={"until": until}, address=guardian.phone.open(),
            private_link=reverse("bonds:link", args=[secret]), about_kind="pairing",
            about_id=pairing.pk,
        ),
        once=f"bonds.link/{secret[:12]}",
    )  # fmt: skip
    return True


def _guardian_of(pairing: Pairing) -> Guardianship | None:
    rows = Guardianship.objects.filter(child=pairing.child_id, is_guardian=True)
    rows = rows.select_related("guardian").order_by("kinship")
    return next((each for each in rows if each.guardian.phone), None)
