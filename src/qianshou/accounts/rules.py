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
    VIEW_RECRUITS = "recruits.view"
    RUN_RECRUITS = "recruits.run"
    DECIDE_RECRUITS = "recruits.decide"
    SEE_SCREENING = "screening.see"
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
    ACCOMPANY = "pairs.accompany"
    EDIT_AGREEMENT = "agreement.edit"
    SUPPORT_PAIRS = "pairs.support"
    EDIT_POLICY = "policy.edit"
    VIEW_TRAIL = "trail.view"
    MANAGE_USERS = "users.manage"
    GRANT_ROLES = "roles.grant"
    OPERATE_SYSTEM = "system.operate"
    OWN_CHILDREN = "own_children.view"
    OWN_SEATS = "own_seats.view"
    FOLLOW_CARE = "care.follow"
    LEAD_CASES = "cases.lead"
    TAKE_OUT = "data.take_out"
    APPROVE_EXPORTS = "exports.approve"
    RECEIVE_REPORTS = "reports.receive"
    VISIT_HOMES = "homes.visit"
    KEEP_WISHES = "wishes.keep"


_WATCH = frozenset({Power.VIEW_FIGURES, Power.VIEW_PAIRING})
_FIELD = _WATCH | {Power.VIEW_CHILDREN, Power.VIEW_MOTHERS, Power.VIEW_PAIRS}
# Who goes to families: not whoever only keeps the files.
_GOING = _FIELD | {Power.VISIT_HOMES}
_TOWN = _GOING | {
    Power.KEEP_WISHES,
    Power.CONFIRM_GRADES,
    Power.REVEAL_SECRETS,
    Power.VIEW_RECRUITS,
    Power.SUPPORT_PAIRS,
    Power.FOLLOW_CARE,
}
# Recruiting; the result of a background query is for two roles alone (domain.md 1.13).
_RECRUITING = frozenset({Power.VIEW_RECRUITS, Power.RUN_RECRUITS, Power.SEE_SCREENING})
_COUNTY = (
    _TOWN
    | _RECRUITING
    | {
        Power.DECIDE_RECRUITS,
        Power.EDIT_MOTHERS,
        Power.VIEW_IMPORTS,
        Power.RUN_IMPORTS,
        Power.APPROVE_IMPORTS,
        Power.DECIDE_LINKS,
        Power.RUN_PAIRING,
        Power.DECIDE_PAIRING,
        Power.ACCOMPANY,
        Power.EDIT_AGREEMENT,
        Power.VIEW_TRAIL,
        Power.APPROVE_EXPORTS,
        Power.LEAD_CASES,
    }
)

# Whoever receives mandatory reports looks into files, and has no hand in pairing or deciding.
_SAFEGUARDING = frozenset(
    {
        Power.RECEIVE_REPORTS,
        Power.VIEW_PAIRING,
        Power.VIEW_CHILDREN,
        Power.VIEW_MOTHERS,
        Power.VIEW_PAIRS,
        Power.REVEAL_SECRETS,
    }
)

POWERS: Final[dict[str, frozenset[Power]]] = {
    "fed_city": _WATCH
    | {
        Power.RUN_PAIRING,
        Power.EDIT_POLICY,
        Power.EDIT_AGREEMENT,
        Power.EDIT_SOURCES,
        Power.VIEW_IMPORTS,
    },
    "fed_county": _COUNTY,
    "clerk": _FIELD
    | _RECRUITING
    | {Power.VIEW_IMPORTS, Power.RUN_IMPORTS, Power.DECIDE_LINKS, Power.REVEAL_SECRETS},
    # Two people in each county, so that a report never waits for a holiday (ADR 0123).
    "safeguarding_lead": _SAFEGUARDING,
    "safeguarding_deputy": _SAFEGUARDING,
    "fed_town": _TOWN | {Power.ACCOMPANY},
    "fed_village": _GOING | {Power.ACCOMPANY},
    "grid": _GOING,
    "child_director": _GOING,
    "child_supervisor": _GOING | {Power.CONFIRM_GRADES, Power.SUPPORT_PAIRS},
    "mother": frozenset({Power.OWN_CHILDREN}),
    # Somebody of the roster of partners: sees the children whose teams take them in, by slot.
    "partner": frozenset({Power.OWN_SEATS}),
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
        Power.VIEW_RECRUITS,
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
