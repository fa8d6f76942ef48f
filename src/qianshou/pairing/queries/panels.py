"""What pairing adds to pages below: a column and a card of the child, and her children's card."""

from collections.abc import Mapping, Sequence
from uuid import UUID

from django.db.models import Count, Exists, IntegerField, OuterRef, Q, Subquery
from django.db.models.expressions import Combinable
from django.db.models.functions import Coalesce
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from qianshou.accounts import permissions
from qianshou.accounts.models import User
from qianshou.accounts.rules import Power
from qianshou.mothers import queries as mothers
from qianshou.mothers.models import Mother
from qianshou.pairing.models import LeftOver, Pairing, Proposal
from qianshou.pairing.queries import shapes, teaming
from qianshou.registry.models import Child
from qianshou.registry.queries import extensions

CHOICES = (
    ("PAIRED", gettext_lazy("paired")),
    ("PROPOSED", gettext_lazy("proposed")),
    ("NONE", gettext_lazy("without a mother")),
)


def column() -> extensions.Column:
    """Return the column "pairing" of the list of children, with its filter."""
    return extensions.Column(
        "pairing", gettext_lazy("Pairing"), _cells, choices=lambda: CHOICES, narrow=_narrow
    )


def _cells(ids: Sequence[UUID]) -> Mapping[UUID, extensions.Cell]:
    paired = set(Pairing.objects.open().filter(child_id__in=ids).values_list("child_id", flat=True))
    proposed = set(
        Proposal.objects.open().filter(child_id__in=ids).values_list("child_id", flat=True)
    )
    cells = {each: extensions.Cell(_("proposed"), "state", "wait") for each in proposed - paired}
    return cells | {each: extensions.Cell(_("paired"), "state", "good") for each in paired}


def _narrow(value: str) -> Q:
    paired = Exists(Pairing.objects.open().filter(child=OuterRef("pk")))
    proposed = Exists(Proposal.objects.open().filter(child=OuterRef("pk")))
    return {
        "PAIRED": Q(paired),
        "PROPOSED": Q(proposed) & ~Q(paired),
        "NONE": ~Q(paired) & ~Q(proposed),
    }.get(value, Q())


def child_panel(user: User, child: Child) -> extensions.Panel | None:
    """Return the card of a child's page: its mother, the open proposal, or why there is none."""
    if not permissions.may(user, Power.VIEW_PAIRS, child.area_code):
        return None
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
        "team": list(teaming.team_of(child)),
    }
    return extensions.Panel(_("Pairing"), "pairing/_child.html", context)


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
            "since": each.started_on,
            "url": "" if herself else reverse("registry:child", args=[each.child_id]),
        }
        for each in rows
    ]
    return mothers.Panel("pairing/_mother.html", {"children": children, "herself": herself})


def occupancy() -> Combinable:
    """Return how many places of a mother are taken, as an expression on `Mother`."""
    taken = (
        Pairing.objects.open()
        .filter(mother=OuterRef("pk"))
        .order_by()
        .values("mother")
        .annotate(count=Count("pk"))
        .values("count")
    )
    return Coalesce(Subquery(taken, output_field=IntegerField()), 0)
