"""Policies as people read them: in plain words, side by side, and which are offered to an area."""

from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from django.db.models import QuerySet
from django.utils.translation import get_language, gettext_noop
from django.utils.translation import gettext as _

from qianshou.accounts import permissions
from qianshou.accounts.models import User
from qianshou.accounts.rules import Power
from qianshou.areas import queries as areas
from qianshou.areas import rules as area_rules
from qianshou.common.errors import NotFound
from qianshou.engines.matching.policy import LIMITS, PARTS, RULES, SWITCHING, WAITING
from qianshou.engines.matching.values import values_from
from qianshou.pairing.models import Policy
from qianshou.pairing.queries import shapes, valuelists
from qianshou.pairing.rules.plans import EVERYWHERE, FIXED_RULES

LIMIT_WORDS: Final = {
    "travel_m": gettext_noop("farthest way outside her own town, in metres"),
    "travel_scale_m": gettext_noop("distance from which nearness brings no points, in metres"),
    "strain_fewer": gettext_noop("strain of a mother from which she gets one child fewer"),
    "strain_none": gettext_noop("strain of a mother from which she gets no new child"),
    "settled_years": gettext_noop("years of residence that bring full points for stability"),
    "settled_matches": gettext_noop("pairings kept to term that bring full points for stability"),
    "teen_age": gettext_noop("age from which the rule on the same sex applies"),
}
SWITCHING_WORDS: Final = {
    "points": gettext_noop("points for a pairing that stands"),
    "per_month": gettext_noop("points for each month it has lasted"),
    "per_quality": gettext_noop("points for each per cent of its quality"),
    "at_most": gettext_noop("points for standing at most"),
}
WAITING_WORDS: Final = {
    "per_month": gettext_noop("points for each month a child has waited"),
    "at_most": gettext_noop("points for waiting at most"),
}


@dataclass(frozen=True)
class Row:
    """One thing that two versions say, side by side."""

    label: str
    one: str
    other: str

    @property
    def differs(self) -> bool:
        """Tell whether the versions say different things."""
        return self.one != self.other


def chain(area_code: str) -> list[str]:
    """Return the areas whose policies an area may follow: its own, and all above."""
    return [EVERYWHERE, *area_rules.ancestors(area_code), area_code]


def versions_for(user: User, area_code: str) -> QuerySet[Policy]:
    """Return every version offered to an area, its own first, the newest first."""
    permissions.require(user, Power.VIEW_PAIRING, area_code)
    found = Policy.objects.filter(area_code__in=chain(area_code))
    return found.select_related("by", "adopted_by").order_by("-area_code", "-version")


def version_for(user: User, area_code: str, policy_id: UUID) -> Policy:
    """Return one version offered to an area; raises `NotFound`."""
    found = versions_for(user, area_code).filter(pk=policy_id).first()
    if found is None:
        raise NotFound
    return found


def named_version(user: User, area_code: str, text: str) -> Policy | None:
    """Return the version that an address or a form names; None if there is none such."""
    try:
        return version_for(user, area_code, UUID(text))
    except (ValueError, NotFound):
        return None


def others(user: User, policy: Policy, area_code: str) -> list[Policy]:
    """Return the versions to put beside one: those of its area, and those offered where one is."""
    codes = {policy.area_code, *chain(area_code)}
    found = Policy.objects.filter(area_code__in=codes).exclude(pk=policy.pk)
    if not permissions.may(user, Power.VIEW_PAIRING):
        raise NotFound
    return list(found.order_by("-is_current", "-created_at")[:20])


def rows_of(versions: list[Policy], in_force: Policy | None) -> list[dict[str, Any]]:
    """Return versions as rows of the list, with what each is to the area looked at."""
    names = areas.full_names_of({each.area_code for each in versions} - {EVERYWHERE})
    return [
        {
            "policy": each,
            "area": names.get(each.area_code, _("everywhere")),
            **_state(each, in_force),
        }
        for each in versions
    ]


def _state(policy: Policy, in_force: Policy | None) -> dict[str, str]:
    if in_force is not None and policy.pk == in_force.pk:
        return {"state": _("in force here"), "tone": "good"}
    if policy.is_current:
        return {"state": _("in force above"), "tone": "neutral"}
    if policy.adopted_at is None and policy.by_id is not None:
        return {"state": _("drafted"), "tone": "wait"}
    return {"state": _("no longer in force"), "tone": "neutral"}


def explained(policy: Policy) -> dict[str, Any]:
    """Return a policy in plain words: what counts how much, and which rules are on and off."""
    told = shapes.policy(policy)
    body, word = policy.body, _language()
    found = body.get("rules", {})
    return told | {
        "weights": sorted(told["weights"], key=lambda each: -each["value"]),
        "rules": [
            {"words": _sentence(found[name], word), "fixed": name in FIXED_RULES}
            for name in RULES
            if found.get(name, {}).get("on")
        ],
        "off": [_sentence(found[name], word) for name in RULES if not found.get(name, {}).get("on")
                and name in found],
        "limits": _numbers(body.get("limits", {}), LIMITS, LIMIT_WORDS),
        "values": [row for row in valuelists.rows(values_from(body)) if row[1] != _("none")],
        "area": _("everywhere") if policy.area_code == EVERYWHERE
        else areas.full_names_of({policy.area_code})[policy.area_code],
    }  # fmt: skip


def _language() -> str:
    return "en" if (get_language() or "").startswith("en") else "zh"


def _sentence(entry: dict[str, Any], language: str) -> str:
    return str(entry.get(language) or entry.get("zh", ""))


def _numbers(
    data: dict[str, Any], keys: tuple[str, ...], words: dict[str, str]
) -> list[tuple[str, str]]:
    return [(_(words[key]), f"{data[key]:,}") for key in keys if key in data]


def side_by_side(one: Policy, other: Policy) -> list[Row]:
    """Return everything two versions say; what differs comes first."""
    rows = [Row(label, *values) for label, values in _compared(one.body, other.body)]
    return sorted(rows, key=lambda row: not row.differs)


def _compared(one: dict[str, Any], other: dict[str, Any]) -> list[tuple[str, tuple[str, str]]]:
    both = (one, other)
    rows = [
        (
            _("Rule: %(rule)s") % {"rule": shapes.rule_words(name)},
            _pair(both, lambda body, name=name: _switch(body, name)),
        )
        for name in RULES
    ]
    rows += [
        (
            _("Weight: %(part)s") % {"part": _(shapes.PARTS[name])},
            _pair(both, lambda body, name=name: _per_mille(body, name)),
        )
        for name in PARTS
    ]
    for table, keys, words in (
        ("limits", LIMITS, LIMIT_WORDS),
        ("switching", SWITCHING, SWITCHING_WORDS),
        ("waiting", WAITING, WAITING_WORDS),
        ("fairness", ("step",), {"step": gettext_noop("points less for each further child")}),
    ):
        rows += [
            (
                _(words[key]),
                _pair(
                    both, lambda body, table=table, key=key: f"{body.get(table, {}).get(key, 0):,}"
                ),
            )
            for key in keys
        ]
    said = _pair(both, lambda body: _("on") if _keeps_siblings(body) else _("off"))
    rows.append((_("Siblings go to one mother, or to none"), said))
    return rows + _lists_compared(one, other)  # fmt: skip


def _keeps_siblings(body: dict[str, Any]) -> bool:
    return bool(body.get("siblings", {}).get("together"))


def _lists_compared(one: Any, other: Any) -> list[tuple[str, tuple[str, str]]]:
    """Return the value lists of both; a row that one lacks is empty there."""
    said, others = (dict(valuelists.rows(values_from(body))) for body in (one, other))
    return [(label, (said.get(label, ""), others.get(label, ""))) for label in {**said, **others}]


def _pair(both: tuple[dict[str, Any], dict[str, Any]], said: Any) -> tuple[str, str]:
    return said(both[0]), said(both[1])


def _switch(body: dict[str, Any], name: str) -> str:
    return _("on") if body.get("rules", {}).get(name, {}).get("on") else _("off")


def _per_mille(body: dict[str, Any], name: str) -> str:
    weight = body.get("parts", {}).get(name, {}).get("weight", 0)
    return _("%(share).1f %%") % {"share": weight / 10}
