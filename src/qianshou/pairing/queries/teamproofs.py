"""As much of a team run's certificate as a person may see: all of it, or an area's part."""

import json
from hashlib import sha256
from typing import Any

from qianshou.accounts import permissions
from qianshou.accounts.models import User
from qianshou.accounts.rules import Power
from qianshou.areas import rules as area_rules
from qianshou.engines.matching import partial
from qianshou.pairing.models import Partner, TeamRun
from qianshou.pairing.queries import archived, proofs, teaming


def extent(user: User, run: TeamRun, area_code: str) -> tuple[str, str]:
    """Return how much the person may take, and of which part; raises `NotFound` for nothing."""
    part = teaming.part_of(user, run, area_code)
    whole = permissions.may(user, Power.VIEW_PAIRS, run.area_code)
    return (proofs.WHOLE if whole else proofs.PART), part


def certificate_for(run: TeamRun, part: str, *, kind: str) -> bytes | None:
    """Return the certificate, or the part that names the children of an area; None if gone.

    A child stands in it once for each role, as "POLICE:id", and a partner under his own id.
    """
    text = archived.certificate_text(run)
    if text is None or kind == proofs.WHOLE:
        return text
    found: dict[str, Any] = json.loads(text)
    inside = {"area_code__range": area_rules.subtree(part)}
    children = {
        f"{role}:{child}"
        for child, role in run.places.filter(**inside).values_list("child_id", "role")
    }
    partners = Partner.objects.filter(**inside).values_list("pk", flat=True)
    shown = partial.part_of(
        found,
        children=children,
        mothers={str(each) for each in partners},
        capacity=archived.places(run),
        pairs=archived.matches(run),
    )
    shown |= {"run": str(run.pk), "area": part, "whole_sha256": sha256(text).hexdigest()}
    return json.dumps(shown, ensure_ascii=False, indent=0).encode()
