"""The tables of offers, agreements and first meetings, one name for all of them."""

from qianshou.bonds.models.agreements import Agreement, AgreementText, Signature
from qianshou.bonds.models.meetings import Ceremony, Meeting
from qianshou.bonds.models.offers import Link, Means, Offer, OfferQuerySet, Side, Terms

__all__ = [
    "Agreement",
    "AgreementText",
    "Ceremony",
    "Link",
    "Means",
    "Meeting",
    "Offer",
    "OfferQuerySet",
    "Side",
    "Signature",
    "Terms",
]
