"""What anybody may ask without signing in: the open wishes, and a giver's own by its secret."""

from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from qianshou.areas import queries as areas
from qianshou.common import rowsecurity
from qianshou.common.crypto import digest_of
from qianshou.common.errors import NotFound
from qianshou.wishes.models import Claim, PublicWish
from qianshou.wishes.rules import kinds, states

ROWS = 24
STAGES = {
    states.CLAIMED: gettext_noop("Promised by you. Bring it to the women's federation."),
    states.DELIVERING: gettext_noop("The federation has it and brings it to the child."),
    states.DELIVERED: gettext_noop("It has reached the child. Thank you."),
    states.THANKED: gettext_noop("It has reached the child. Thank you."),
}
OVER = gettext_noop("This wish is no longer yours: it was given back, or taken back.")


def open_wishes(kind: str = "", county: str = "") -> QuerySet[PublicWish]:
    """Return the wishes that nobody has taken on, in the order they were published.

    The newest first, and no other order: no wish is ranked above another.
    """
    rows = PublicWish.objects.filter(is_free=True)
    if kind in kinds.KINDS:
        rows = rows.filter(kind=kind)
    if county:
        rows = rows.filter(county=county)
    return rows.order_by("-published_on", "slug")


def cards(rows: list[PublicWish]) -> list[dict[str, Any]]:
    """Return wishes as the public page shows them."""
    names = areas.names_of({each.county for each in rows if each.county})
    return [
        {
            "slug": each.slug,
            "kind": _(kinds.KINDS[each.kind]),
            "icon": kinds.ICONS[each.kind],
            "words": each.words,
            "who": _who(each, names),
            "cost": _(kinds.COSTS.get(each.cost_band, "")),
        }
        for each in rows
    ]


def _who(each: PublicWish, names: dict[str, str]) -> str:
    parts = []
    if each.age_band:
        low, high = each.age_band.split("-")
        parts.append(_("%(low)s to %(high)s years old") % {"low": low, "high": high})
    if each.county:
        parts.append(names.get(each.county, ""))
    return " · ".join(part for part in parts if part)


def filters() -> list[dict[str, Any]]:
    """Return the filters of the public page: kinds, and counties in which wishes are open."""
    codes = set(PublicWish.objects.filter(is_free=True).values_list("county", flat=True)) - {""}
    return [
        {"name": "kind", "label": _("What for"),
         "choices": [(code, _(words)) for code, words in kinds.KINDS.items()]},
        {"name": "county", "label": _("Where"), "choices": sorted(areas.names_of(codes).items())},
    ]  # fmt: skip


def wish_by(slug: str) -> dict[str, Any]:
    """Return one open wish; raises `NotFound`."""
    found = PublicWish.objects.filter(slug=slug, is_free=True).first()
    if found is None:
        raise NotFound
    return cards([found])[0]


def giver_page(secret: str) -> dict[str, Any]:
    """Return what a giver sees of the wish taken on; nothing of the child. Raises `NotFound`."""
    with rowsecurity.acting(rowsecurity.SYSTEM):
        claim = Claim.objects.filter(link_digest=digest_of(secret)).select_related("wish").first()
        if claim is None or claim.state == states.ASKED:
            raise NotFound
        wish = claim.wish
        mine = claim.state in (states.HELD, states.DONE)
        return {
            "words": wish.public_words,
            "stage": _(STAGES.get(wish.state, OVER)) if mine else _(OVER),
            "until": claim.lapses_on if claim.state == states.HELD else None,
            "thanks": wish.thanks if claim.state == states.DONE else "",
            "may_give_back": claim.state == states.HELD and wish.state == states.CLAIMED,
        }
