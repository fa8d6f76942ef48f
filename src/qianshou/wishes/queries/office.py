"""What those who keep wishes ask, and a mother of her own child."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from django.db.models import Count, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from qianshou.accounts import permissions as accounts
from qianshou.accounts.models import User
from qianshou.accounts.rules import Power
from qianshou.areas import rules as area_rules
from qianshou.common import masking
from qianshou.common.errors import NotAllowed, NotFound
from qianshou.pairing.models import Pairing
from qianshou.registry.models import Child
from qianshou.wishes import permissions
from qianshou.wishes.models import Claim, PublicWish, Wish
from qianshou.wishes.queries import hiding
from qianshou.wishes.rules import kinds, states, words

# Whose turn it is: with the office, with a giver, or over.
TO_DO = (states.MADE, states.SCREENED, states.CLAIMED, states.DELIVERING, states.DELIVERED)
TONES = {
    states.MADE: "warn", states.SCREENED: "warn", states.PUBLISHED: "wait",
    states.CLAIMED: "good", states.DELIVERING: "good", states.DELIVERED: "warn",
    states.THANKED: "good", states.LAPSED: "neutral", states.WITHDRAWN: "neutral",
}  # fmt: skip
MARKS = {
    words.NAME: gettext_noop("tells a name"),
    words.SCHOOL: gettext_noop("tells a school"),
    words.PLACE: gettext_noop("tells a place"),
    words.NUMBER: gettext_noop("tells a number"),
    words.CLASS: gettext_noop("tells a class or group"),
    words.RARE: gettext_noop("a rare fact"),
    words.PITY: gettext_noop("asks for pity"),
}


def _inside(user: User, area_code: str) -> dict[str, Any]:
    accounts.require(user, Power.KEEP_WISHES, area_code)
    return {"area_code__range": area_rules.subtree(area_code)}


def wishes_for(user: User, area_code: str, *, state: str) -> QuerySet[Wish]:
    """Return the wishes of an area: what is to be done, or those in one state."""
    rows = Wish.objects.filter(**_inside(user, area_code))
    rows = rows.filter(state=state) if state in states.WISH.labels else rows.filter(state__in=TO_DO)
    return rows.select_related("child").order_by("made_at", "pk")


def to_do(inside: dict[str, Any]) -> int:
    """Count the wishes whose turn is with the office."""
    return Wish.objects.filter(state__in=TO_DO, **inside).exclude(state=states.CLAIMED).count()


def figures_for(user: User, area_code: str) -> list[tuple[str, str, int]]:
    """Count the wishes of an area by state."""
    rows = Wish.objects.filter(**_inside(user, area_code)).values_list("state")
    counted = dict(rows.annotate(n=Count("pk")).order_by())
    return [(code, _(label), counted.get(code, 0)) for code, label in states.WISH.labels.items()]


def wish_for(user: User, wish_id: UUID) -> Wish:
    """Return one wish that the person may look at; raises `NotFound`."""
    rows = Wish.objects.select_related("child", "by", "screened_by", "published_by", "delivered_by")
    found = rows.filter(pk=wish_id).first()
    if found is None or not permissions.can_see(user, found):
        raise NotFound
    return found


def child_for(user: User, child_id: UUID) -> Child:
    """Return a child with whom the person may write down a wish; raises `NotFound`."""
    found = Child.objects.on_file().filter(pk=child_id).first()
    if found is None or not permissions.can_make(user, found):
        raise NotFound
    return found


def name_for(user: User, child: Child) -> str:
    """Return what the pages of wishes call a child: its given name to its mother, else masked."""
    hers = user.person_id is not None and (
        Pairing.objects.caring().filter(child=child, mother_id=user.person_id).exists()
    )
    return masking.given(child.name, child.given_name) if hers else masking.name(child.name)


def page_of(user: User, wish: Wish) -> dict[str, Any]:
    """Return what the page of a wish shows; who gives is closed until it is asked for."""
    keeps = permissions.can_keep(user, wish.area_code)
    actor = "STAFF" if keeps else states.MOTHER
    acts = {each.act for each in states.WISH.steps_from(wish.state, actor=actor)}
    shown = PublicWish.objects.filter(slug=wish.slug).first() if wish.slug else None
    return {
        "wish": wish,
        "name": name_for(user, wish.child),
        "kind": _(kinds.KINDS[wish.kind]),
        "tone": TONES[wish.state],
        "acts": acts,
        "keeps": keeps,
        "may_publish": user.pk not in (wish.screened_by_id, wish.by_id),
        "checks": [(_(label), wish.checks.get(code, "")) for code, label in kinds.CHECKS.items()],
        "public": shown,
        "claim": Claim.objects.filter(wish=wish, state__in=(states.HELD, states.DONE)).first()
        if keeps
        else None,
    }


def marked(text: str, child: Child) -> list[dict[str, str]]:
    """Return words in pieces, with what each would tell."""
    found = words.pieces(text, hiding.marks_in(text, child))
    return [{"text": part, "kind": _(MARKS[kind]) if kind else ""} for part, kind in found]


def hers(user: User) -> list[dict[str, Any]]:
    """Return a mother's children with their wishes."""
    accounts.require(user, Power.OWN_CHILDREN)
    if user.person_id is None:
        raise NotAllowed
    pairs = Pairing.objects.caring().filter(mother_id=user.person_id).select_related("child")
    children = [each.child for each in pairs.order_by("started_on", "pk")]
    rows = Wish.objects.filter(child__in=children).order_by("-made_at")
    found: dict[UUID, list[Wish]] = {each.pk: [] for each in children}
    for wish in rows:
        found[wish.child_id].append(wish)
    return [
        {
            "child": each,
            "name": masking.given(each.name, each.given_name),
            "rows": shown(found[each.pk]),
        }
        for each in children
    ]


def shown(wishes: Sequence[Wish]) -> list[dict[str, Any]]:
    """Return wishes as rows."""
    today = timezone.localdate()
    return [
        {
            "wish": each,
            "kind": _(kinds.KINDS[each.kind]),
            "tone": TONES[each.state],
            "days": (today - timezone.localdate(each.made_at)).days,
        }
        for each in wishes
    ]
