"""What pairing adds to pages below: a column and a card of the child, and her children's card."""

from collections.abc import Mapping, Sequence
from uuid import UUID

from django.db.models import Exists, F, Func, IntegerField, OuterRef, Q
from django.db.models.expressions import Combinable
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from qianshou.accounts import permissions
from qianshou.accounts.models import User
from qianshou.accounts.rules import Power
from qianshou.common import masking
from qianshou.mothers import queries as mothers
from qianshou.mothers.models import Mother
from qianshou.pairing import permissions as pairing
from qianshou.pairing.models import LeftOver, Pairing, Proposal
from qianshou.pairing.queries import shapes, siblings, teaming, wishes
from qianshou.pairing.rules import life
from qianshou.registry.models import Child
from qianshou.registry.queries import extensions

CHOICES = (
    ("PAIRED", gettext_lazy("paired")),
    ("ON_THE_WAY", gettext_lazy("mother on the way")),
    ("PROPOSED", gettext_lazy("proposed")),
    ("NONE", gettext_lazy("without a mother")),
)


def column() -> extensions.Column:
    """Return the column "pairing" of the list of children, with its filter."""
    return extensions.Column(
        "pairing", gettext_lazy("Pairing"), _cells, choices=lambda: CHOICES, narrow=_narrow
    )


def _cells(ids: Sequence[UUID]) -> Mapping[UUID, extensions.Cell]:
    held = dict(Pairing.objects.open().filter(child_id__in=ids).values_list("child_id", "state"))
    proposed = set(
        Proposal.objects.open().filter(child_id__in=ids).values_list("child_id", flat=True)
    )
    cells = {each: extensions.Cell(_("proposed"), "state", "wait") for each in proposed}
    return cells | {each: _held(state) for each, state in held.items()}


def _held(state: str) -> extensions.Cell:
    if state in life.CARING:
        return extensions.Cell(_("paired"), "state", "good")
    return extensions.Cell(_("mother on the way"), "state", "wait")


def _narrow(value: str) -> Q:
    held = Exists(Pairing.objects.open().filter(child=OuterRef("pk")))
    paired = Exists(Pairing.objects.caring().filter(child=OuterRef("pk")))
    proposed = Exists(Proposal.objects.open().filter(child=OuterRef("pk")))
    return {
        "PAIRED": Q(paired),
        "ON_THE_WAY": Q(held) & ~Q(paired),
        "PROPOSED": Q(proposed) & ~Q(held),
        "NONE": ~Q(held) & ~Q(proposed),
    }.get(value, Q())


def child_panel(user: User, child: Child) -> extensions.Panel | None:
    """Return the card of a child's page: its mother, the open proposal, or why there is none."""
    if not permissions.may(user, Power.VIEW_PAIRS, child.area_code):
        return None
    may_note = pairing.can_note_wishes(user, child.area_code)
    pairings = list(child.pairings.select_related("mother").order_by("-started_on")[:5])
    proposal = (
        child.proposals.open().select_related("mother", "run").order_by("-run__created_at").first()
    )
    refused = child.proposals.filter(state=Proposal.State.REFUSED).select_related("mother")
    left = None
    if proposal is None and all(each.ended_on for each in pairings):
        left = _left_over_last(child)
    context = {
        "pairings": pairings,
        "proposal": proposal,
        "refused": list(refused.order_by("-decided_at")[:5]),
        "left_over": shapes.left_over_words(left),
        "left_over_run": None if left is None else left.run,
        "wishes": _wish_words(user, child),
        "may_note": may_note,
        "child_id": child.pk,
        "family": siblings.family_of(user, child, None),
        "team": list(teaming.team_of(child)),
    }
    return extensions.Panel(
        _("Pairing"),
        "pairing/_child.html",
        context,
        _brief(pairings, proposal),
        due=proposal is not None,
    )


def _brief(pairings: Sequence[Pairing], proposal: Proposal | None) -> str:
    """Return who the child's mother is in one line, or that there is none."""
    held = next((each for each in pairings if each.ended_on is None), None)
    if held is not None:
        return masking.name(held.mother.name)
    return _("proposed, not accepted yet") if proposal is not None else _("without a mother")


def _wish_words(user: User, child: Child) -> int:
    """Count the wishes and conflicts on file, for those who may read them."""
    if not pairing.can_note_wishes(user, child.area_code):
        return 0
    return len(wishes.wishes_of(child)) + len(wishes.conflicts_of(child))


def _left_over_last(child: Child) -> LeftOver | None:
    """Return why the newest run that included the child left it over; None if it did not."""
    left = (
        LeftOver.objects.filter(child=child)
        .select_related("run")
        .order_by("-run__created_at")
        .first()
    )
    if left and child.proposals.filter(run__created_at__gt=left.run.created_at).exists():
        return None
    return left


def mother_panel(user: User, mother: Mother) -> mothers.Panel | None:
    """Return the card of a mother's page: the children she is paired with today."""
    herself = user.person_id == mother.pk
    if not herself and not permissions.may(user, Power.VIEW_PAIRS, mother.area_code):
        return None
    rows = mother.pairings.filter(ended_on=None).select_related("child").order_by("started_on")
    today = timezone.localdate()
    children = [
        {
            "name": each.child.name,
            "age": each.child.age_on(today),
            "since": each.active_on,
            "state": None if each.state in life.CALM else each.get_state_display(),
            "tone": life.tone_of(each.state),
            "url": "" if herself else reverse("registry:child", args=[each.child_id]),
        }
        for each in rows
    ]
    taken = Mother.objects.filter(pk=mother.pk).values_list(occupancy(), flat=True).first() or 0
    context = {
        "children": children, "herself": herself, "elsewhere": max(taken - len(children), 0),
    }  # fmt: skip
    return mothers.Panel("pairing/_mother.html", context)


def mother_section(user: User, mother: Mother) -> mothers.Section | None:
    """Return the history of her pairings for her electronic file."""
    herself = user.person_id == mother.pk
    if not herself and not permissions.may(user, Power.VIEW_PAIRS, mother.area_code):
        return None
    rows = [
        (
            each.child.name if herself and each.ended_on is None else masking.name(each.child.name),
            each.started_on.isoformat(),
            each.ended_on.isoformat() if each.ended_on else "—",
            _(life.PAIRING.labels[each.state]),
        )
        for each in mother.pairings.select_related("child").order_by("-started_on", "-id")[:20]
    ]
    head = [_("Child"), _("Since"), _("Until"), _("State")]
    empty = "" if rows else _("Not paired with a child yet.")
    return mothers.Section(_("Pairings"), "PAIRINGS", (), head if rows else (), rows, empty)


def occupancy() -> Combinable:
    """Return how many places of a mother are taken, in all areas, as an expression on `Mother`."""
    return Func(F("pk"), function="pairing_places_taken", output_field=IntegerField())
