"""The day a child turns eight it is to be asked itself: whoever handles its consents is told."""

from datetime import date, timedelta
from typing import Final
from uuid import UUID

from django.db.models import Exists, OuterRef
from django.urls import reverse
from django.utils.translation import gettext_noop

from qianshou.accounts.models import Grant
from qianshou.accounts.rules import POWERS, Power
from qianshou.areas import rules as area_rules
from qianshou.common import portions, rowsecurity
from qianshou.consents.models import Assent
from qianshou.consents.queries import holding
from qianshou.consents.rules import holding as rules
from qianshou.notices import actions as notices
from qianshou.registry.models import Child, Consent

# A night without a worker is made up for by looking back over some birthdays.
BACK: Final = timedelta(days=7)
HANDLERS: Final = tuple(role for role, powers in POWERS.items() if Power.CONFIRM_GRADES in powers)


def ask_for_the_new_eights(today: date) -> int:
    """Tell the office about each child that has turned eight; a second run tells nobody twice."""
    newest = rules.eighth_birthday_before(today)
    said = Assent.objects.filter(child=OuterRef("pk"), subject=Assent.Subject.PROGRAMME)
    with rowsecurity.acting(rowsecurity.SYSTEM):
        rows = Child.objects.on_file().annotate(
            agreed=holding.condition(Consent.Purpose.MATCHING, on=today)
        )
        born = (newest - BACK, newest)
        turned = rows.filter(~Exists(said), agreed=True, birth_on__range=born).order_by("pk")
        children = list(turned.only("pk", "name", "area_code"))
    return portions.each(children, lambda child: _tell_office(child, today))


def _tell_office(child: Child, today: date) -> int:
    with rowsecurity.acting(rowsecurity.SYSTEM):
        return sum(_tell(child, user_id) for user_id in _office_of(child.area_code, today))


def _office_of(area_code: str, today: date) -> list[UUID]:
    """Return who handles consents nearest to a child: the town's people, else the county's."""
    for code in (area_rules.town_code(area_code), area_rules.county_code(area_code)):
        grants = Grant.objects.in_force(today).filter(role__in=HANDLERS, area_id=code)
        found = list(grants.order_by("user").values_list("user", flat=True).distinct()[:10])
        if found:
            return found
    return []


def _tell(child: Child, user_id: UUID) -> int:
    notices.send(
        notices.Message(
            kind="consents.turned_eight", to_kind="USER", to_id=user_id,
            area_code=child.area_code, subject=gettext_noop("A child has turned eight"),
            text=gettext_noop(
                "%(child)s is eight now. From today on the child itself is asked; talk to it alone "
                "and in simple words."
            ),
            params={"child": child.name}, link=reverse("consents:assent", args=[child.pk]),
            about_kind="child", about_id=child.pk,
        ),
        once=f"consents.turned_eight/{child.pk}/{user_id}",
    )  # fmt: skip
    return 1
