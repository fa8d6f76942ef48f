"""Connecting a partner of the roster with an account that may sign in."""

from django.db import transaction
from django.utils import timezone

from qianshou.accounts import actions as accounts
from qianshou.accounts.models import Grant, User
from qianshou.areas import rules as area_rules
from qianshou.audit import actions as audit
from qianshou.common.errors import NotAllowed, Refused
from qianshou.pairing.models import Partner
from qianshou.teams import permissions


class NoSuchAccount(Refused):
    """No account of this name has the role of a partner in this area. Ask the administrators."""


@transaction.atomic
def connect(partner: Partner, username: str, *, by: User) -> User:
    """Let an account stand for a partner; from now on it sees that partner's own children."""
    if not permissions.can_fill(by, partner.area_code):
        raise NotAllowed
    around = [partner.area_code, *area_rules.ancestors(partner.area_code)]
    grants = Grant.objects.in_force(timezone.localdate()).filter(
        role="partner", area_id__in=around, user__username=username.strip(),
        user__is_active=True,
    )  # fmt: skip
    found = grants.select_related("user").first()
    if found is None:
        raise NoSuchAccount
    accounts.stand_for(found.user, partner.pk)
    audit.record(
        "teams.account.connected", by=by, subject_kind="partner", subject_id=partner.pk,
        area_code=partner.area_code, user=found.user.pk,
    )  # fmt: skip
    return found.user
