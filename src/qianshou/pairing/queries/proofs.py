"""As much of a certificate as a person may see: all of it, an area's part, or the figures."""

import json
from hashlib import sha256
from typing import Any, Final

from qianshou.accounts import permissions
from qianshou.accounts.models import User
from qianshou.accounts.rules import Power
from qianshou.areas import rules as area_rules
from qianshou.engines.matching import partial
from qianshou.mothers.models import Mother
from qianshou.pairing.models import MatchRun
from qianshou.pairing.queries import archived, lists
from qianshou.pairing.rules import plans as rules

WHOLE, PART, FIGURES = "whole", "part", "figures"
# What a certificate says that tells of nobody, however few the children are.
NAMELESS: Final = (
    "format", "gap", "mothers", "pairs", "strict_tiers", "policy_hash", "input_hash",
)  # fmt: skip


def kind_for(user: User, run: MatchRun, area_code: str) -> str:
    """Return how much of a certificate the person may take; "" for nothing."""
    part = lists.part_of(run, area_code)
    if permissions.may(user, Power.VIEW_PAIRS, run.area_code):
        return WHOLE
    if permissions.may(user, Power.VIEW_PAIRS, part):
        return PART
    return FIGURES if permissions.may(user, Power.VIEW_PAIRING, part) else ""


def certificate_for(user: User, run: MatchRun, area_code: str) -> bytes | None:
    """Return the certificate as one person may see it; None when its files are gone."""
    text = archived.certificate_text(run)
    kind = kind_for(user, run, area_code)
    if text is None or kind == WHOLE:
        return text
    part = lists.part_of(run, area_code)
    found: dict[str, Any] = json.loads(text)
    shown = _part(run, found, part) if kind == PART else _figures(found)
    shown |= {"run": str(run.pk), "area": part, "whole_sha256": sha256(text).hexdigest()}
    return json.dumps(shown, ensure_ascii=False, indent=0).encode()


def _part(run: MatchRun, cert: dict[str, Any], part: str) -> dict[str, Any]:
    inside = {"area_code__range": area_rules.subtree(part)}
    children = {
        str(each)
        for rows in (run.proposals, run.left_over)
        for each in rows.filter(**inside).values_list("child_id", flat=True)
    }
    mothers = Mother.objects.filter(**inside).values_list("pk", flat=True)
    return partial.part_of(
        cert,
        children=children,
        mothers={str(each) for each in mothers},
        capacity=archived.places(run),
        pairs=archived.matches(run),
    )


def _figures(cert: dict[str, Any]) -> dict[str, Any]:
    """Return the figures alone; where they would tell of a few children, only what names no sum.

    With the bonus of a place, which is larger than any sum of scores, the sums of the proof tell
    how many children of each tier are paired.
    """
    figures = partial.figures_of(cert)
    whole = {"children": figures["children"], "matched": figures["matched"]}
    if any(_tells_of_few(each) for each in (whole, *figures["tiers"])):
        figures = {name: figures[name] for name in NAMELESS if name in figures}
    return {"format": partial.FORMAT, "figures": figures}


def _tells_of_few(counted: dict[str, int]) -> bool:
    sizes = (counted["children"], counted["matched"], counted["children"] - counted["matched"])
    return any(0 < size < rules.SMALLEST_CELL for size in sizes)
