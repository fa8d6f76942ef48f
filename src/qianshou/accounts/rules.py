"""Which role holds which power (domain.md 4.1), and which roles must never meet in one person."""

from enum import StrEnum
from typing import Final


class Power(StrEnum):
    """One thing a role may do inside its area; pages and acts ask for these, never for roles."""

    VIEW_FIGURES = "figures.view"
    VIEW_CHILDREN = "children.view"
    REVEAL_SECRETS = "children.reveal"
    VIEW_MOTHERS = "mothers.view"
    EDIT_MOTHERS = "mothers.edit"
    VIEW_IMPORTS = "imports.view"
    RUN_IMPORTS = "imports.run"
    APPROVE_IMPORTS = "imports.approve"
    EDIT_SOURCES = "sources.edit"
    DECIDE_LINKS = "links.decide"
    CONFIRM_GRADES = "grades.confirm"
    VIEW_PAIRING = "pairing.view"
    VIEW_PAIRS = "pairs.view"
    RUN_PAIRING = "pairing.run"
    DECIDE_PAIRING = "pairing.decide"
    EDIT_POLICY = "policy.edit"
    VIEW_TRAIL = "trail.view"
    MANAGE_USERS = "users.manage"
    GRANT_ROLES = "roles.grant"
    OPERATE_SYSTEM = "system.operate"
    OWN_CHILDREN = "own_children.view"
    TAKE_OUT = "data.take_out"
    APPROVE_EXPORTS = "exports.approve"


_WATCH = frozenset({Power.VIEW_FIGURES, Power.VIEW_PAIRING})
_FIELD = _WATCH | {Power.VIEW_CHILDREN, Power.VIEW_MOTHERS, Power.VIEW_PAIRS}
_TOWN = _FIELD | {Power.CONFIRM_GRADES, Power.REVEAL_SECRETS}
_COUNTY = _TOWN | {
    Power.EDIT_MOTHERS,
    Power.VIEW_IMPORTS,
    Power.RUN_IMPORTS,
    Power.APPROVE_IMPORTS,
    Power.DECIDE_LINKS,
    Power.RUN_PAIRING,
    Power.DECIDE_PAIRING,
    Power.VIEW_TRAIL,
    Power.APPROVE_EXPORTS,
}

POWERS: Final[dict[str, frozenset[Power]]] = {
    "fed_city": _WATCH
    | {Power.RUN_PAIRING, Power.EDIT_POLICY, Power.EDIT_SOURCES, Power.VIEW_IMPORTS},
    "fed_county": _COUNTY,
    "clerk": _FIELD
    | {Power.VIEW_IMPORTS, Power.RUN_IMPORTS, Power.DECIDE_LINKS, Power.REVEAL_SECRETS},
    "fed_town": _TOWN,
    "fed_village": _FIELD,
    "grid": _FIELD,
    "child_director": _FIELD,
    "child_supervisor": _FIELD | {Power.CONFIRM_GRADES},
    "mother": frozenset({Power.OWN_CHILDREN}),
    "police": frozenset(),
    "doctor": frozenset(),
    "psychologist": frozenset(),
    "teacher": frozenset(),
    "social_worker": frozenset(),
    "lawyer": frozenset(),
    "donor": frozenset(),
    "procurator": frozenset(),
    "court": frozenset(),
    "guardian": frozenset(),
    "evaluator": frozenset({Power.VIEW_FIGURES}),
    "points_partner": frozenset(),
    # Nobody takes data out by default: this role is given on top of one that sees the rows.
    "data_taker": frozenset({Power.TAKE_OUT}),
    "sys_admin": frozenset({Power.OPERATE_SYSTEM, Power.MANAGE_USERS}),
    "sec_admin": frozenset({Power.GRANT_ROLES}),
    "auditor": frozenset({Power.VIEW_TRAIL}),
}

# 等保 2.0 level 3, 8.1.4.2: system, security and audit administration are separate people.
SEPARATED: Final = frozenset({"sys_admin", "sec_admin", "auditor"})
ADMINISTRATORS: Final = SEPARATED
# Powers that open rows of people: they alone put an area into the database's scope.
OPENING: Final = frozenset(
    {
        Power.VIEW_CHILDREN,
        Power.VIEW_MOTHERS,
        Power.VIEW_PAIRING,
        Power.VIEW_PAIRS,
        Power.VIEW_IMPORTS,
        Power.VIEW_FIGURES,
        Power.VIEW_TRAIL,
    }
)


def may_hold_together(held: frozenset[str], added: str) -> bool:
    """Tell whether one person may hold a further role.

    The three administrators exclude each other, and none of them does daily work: who grants
    rights must not use them, and who reads the trail must not write it.
    """
    others = held - {added}
    if added in SEPARATED:
        return not others
    return not others & SEPARATED
