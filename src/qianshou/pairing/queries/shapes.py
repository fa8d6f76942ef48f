"""What the pages show of runs and pairs: words, bars and rows made from what was stored."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language, gettext_noop, ngettext
from django.utils.translation import gettext as _

from qianshou.areas import queries as areas
from qianshou.assessment.models import Grade
from qianshou.mothers.models import Mother
from qianshou.pairing.models import Conflict, LeftOver, MatchRun, Pairing, Policy, Proposal
from qianshou.pairing.queries import instance
from qianshou.pairing.rules import life
from qianshou.registry.models import Child

ATTENTION = {
    "FIRST_TIME_RED": gettext_noop("red child, first child of this mother"),
    "LOW_SCORE": gettext_noop("low fit"),
    "BETTER_ELSEWHERE": gettext_noop("another mother would suit far better; others need her more"),
    "FAR": gettext_noop("far apart"),
    "TIED": gettext_noop("a tie: another mother is exactly as good"),
    "LOW_MARGIN": gettext_noop("nearly a tie with the next"),
    "FIXED": gettext_noop("kept or demanded by a person"),
}
REASONS = {
    "NO_CONSENT": gettext_noop("The guardian's consent is missing"),
    "NO_CANDIDATE": gettext_noop("No mother may take this child"),
    "SCARCITY": gettext_noop("All places of suitable mothers are taken"),
    "SIBLINGS": gettext_noop("No mother has room for all of the siblings"),
}
TONES = {"OPEN": "wait", "APPROVED": "good", "REFUSED": "bad", "LAPSED": "neutral"}
STEPS = (
    ("READ", gettext_noop("Read children and mothers")),
    ("CANDIDATES", gettext_noop("Find who may go with whom")),
    ("SOLVE", gettext_noop("Find the best plan")),
    ("PROVE", gettext_noop("Prove it against all allowed pairs")),
    ("STORE", gettext_noop("Write the proposals")),
)


@dataclass(frozen=True)
class Readiness:
    """Who would take part in a run started now."""

    children: int
    urgent: int
    mothers: int
    places: int


def readiness(area_code: str, *, today: date) -> Readiness:
    """Count the children who wait and the places that are free in an area."""
    if not area_code:
        return Readiness(0, 0, 0, 0)
    waiting, _unasked = instance.children_waiting(area_code, today=today)
    mothers = instance.mothers_with_places(area_code, today=today)
    return Readiness(
        children=len(waiting),
        urgent=sum(row.tier <= 1 for row in waiting),
        mothers=len(mothers),
        places=sum(row.places for row in mothers),
    )


def step_words(run: MatchRun) -> str:
    """Return what a run is at, in words."""
    words = dict(STEPS).get(run.step)
    return _(words) if words else ""


def steps(run: MatchRun) -> list[dict[str, str]]:
    """Return the steps of a run with the state of each, for the progress list."""
    codes = [code for code, _words in STEPS]
    at = codes.index(run.step) if run.step in codes else -1
    return [
        {"label": _(words), "state": _step_state(place, at, run)}
        for place, (_code, words) in enumerate(STEPS)
    ]


def _step_state(place: int, at: int, run: MatchRun) -> str:
    if run.state == MatchRun.State.DONE or place < at:
        return "done"
    if place > at:
        return "todo"
    return "now" if run.finished_at is None else "failed"


def figures(run: MatchRun, told: dict[str, Any]) -> dict[str, Any]:
    """Return what the run page adds to a run's or a part's figures: shortages, the proof."""
    return {
        "shortages": [
            {"label": row["name"], "value": row["left_over"], "words": "", "url": "", "tone": ""}
            for row in told["shortages"][:12]
        ],
        "proof": _proof(run, told),
    }


def town_bars(towns: Iterable[Any], at_most: int = 12) -> list[dict[str, Any]]:
    """Return the worst towns as bars that lead to what is said of each."""
    return [
        {
            "label": each.name,
            "value": each.left_over,
            "words": "",
            "url": f"#town-{each.area_code}",
            "tone": "",
        }
        for each in towns
        if each.left_over
    ][:at_most]


def _proof(run: MatchRun, told: dict[str, Any]) -> list[tuple[str, str]]:
    seconds = _("%(count)s seconds") % {"count": f"{sum(run.timings.values()):.1f}"}
    return [
        (_("Objective"), "" if told.get("objective") is None else f"{told['objective']:,}"),
        (_("Gap"), str(run.figures["gap"])),
        (_("Verifier"), _("accepted") if run.verified else _("refused")),
        (_("Hash of the input"), run.input_hash[:16]),
        (_("Hash of the policy"), run.policy.sha256[:16]),
        (_("Time"), seconds),
    ]


def about_child(child: Child, places: dict[str, str], today: date) -> str:
    """Return sex, age and town in words; a hidden location stays hidden."""
    age = child.age_on(today)
    parts = [str(child.get_sex_display())]
    if age is not None:
        parts.append(_("%(age)d years") % {"age": age})
    if not child.hidden_location:
        parts.append(places.get(child.area_code, ""))
    return " · ".join(part for part in parts if part)


def _places(people: Iterable[Child | Mother | None], within: str = "") -> dict[str, str]:
    codes = {each.area_code for each in people if each is not None}
    return areas.full_names_of(codes, within=within)


def distance_words(metres: int | None) -> str:
    """Return a distance as people say it."""
    if metres is None:
        return "—"
    return _("%(km).1f km") % {"km": metres / 1000}


def attention_words(codes: list[str]) -> list[str]:
    """Return why a pair deserves a look, in words."""
    return [_(ATTENTION.get(code, code)) for code in codes]


def proposal_rows(proposals: list[Proposal], *, within: str = "") -> list[dict[str, Any]]:
    """Return proposals as rows of the list, with places as seen from an area."""
    today = timezone.localdate()
    places = _places([p.child for p in proposals] + [p.mother for p in proposals], within)
    return [
        {
            "id": each.pk,
            "child": each.child.name,
            "child_about": about_child(each.child, places, today),
            "mother": each.mother.name,
            "mother_about": places.get(each.mother.area_code, ""),
            "grade": each.grade,
            "score": each.score,
            "distance": "—" if each.child.hidden_location else distance_words(each.distance_m),
            "margin": each.margin,
            "attention": attention_words(each.attention),
            "state": each.get_state_display(),
            "tone": TONES[each.state],
        }
        for each in proposals
    ]


def proposal_filters() -> list[dict[str, Any]]:
    """Return the filter chips of the proposal list."""
    return [
        {"name": "state", "label": _("State"), "choices": Proposal.State.choices},
        {"name": "grade", "label": _("Grade"), "choices": Grade.choices},
        {
            "name": "attention",
            "label": _("Deserves a look"),
            "choices": [
                *((code, _(words)) for code, words in ATTENTION.items()),
                ("NONE", _("nothing stands out")),
            ],
        },
    ]


def left_over_filters() -> list[dict[str, Any]]:
    """Return the filter chips of the list of children left over."""
    return [
        {
            "name": "reason",
            "label": _("Reason"),
            "choices": [(code, _(words)) for code, words in REASONS.items()],
        },
        {"name": "grade", "label": _("Grade"), "choices": Grade.choices},
    ]


def left_over_rows(rows: list[LeftOver], *, within: str = "") -> list[dict[str, Any]]:
    """Return children left over with the reason and what would help, in words."""
    today = timezone.localdate()
    places = _places([row.child for row in rows], within)
    return [
        {
            "child": row.child.name,
            "child_about": about_child(row.child, places, today),
            "url": reverse("registry:child", args=[row.child_id]),
            "grade": row.grade,
            "words": _(REASONS.get(row.reason, row.reason)),
            "advice": _advice(row),
        }
        for row in rows
    ]


def left_over_words(row: LeftOver | None) -> dict[str, str] | None:
    """Return why a child had no place in the last run, and what would help."""
    if row is None:
        return None
    return {"words": _(REASONS.get(row.reason, row.reason)), "advice": _advice(row)}


def _advice(row: LeftOver) -> str:
    if row.reason == "NO_CONSENT":
        return _(
            "Ask the parent or guardian; a grandparent who looks after the child cannot consent."
        )
    counted = refusal_words(row.details)
    if row.reason == "SIBLINGS":
        words = ngettext(
            "%(count)d child of this household is to go to one mother.",
            "%(count)d children of this household are to go to one mother.",
            row.details.get("siblings", 0),
        ) % {"count": row.details.get("siblings", 0)}
        apart = _("On the page of the child you can let them go to different mothers.")
        return f"{words} {apart} {counted}".strip()
    if row.reason == "SCARCITY":
        scarce = _(
            "%(children)d children can only go to these %(mothers)d mothers with %(places)d places."
        ) % {key: row.details.get(key, 0) for key in ("children", "mothers", "places")}
        return f"{scarce} {counted}".strip()
    return counted or _("There is no mother within reach.")


def refusal_words(details: dict[str, Any]) -> str:
    """Say of how many mothers in reach which hard rule bars how many, and how many are allowed."""
    counts: dict[str, int] = details.get("rules", {})
    allowed = details.get("allowed", 0)
    every = sum(counts.values()) + allowed
    if not every:
        return ""
    barred = _(", ").join(
        _("%(rule)s: %(count)d") % {"rule": rule_words(code), "count": count}
        for code, count in sorted(counts.items(), key=lambda item: -item[1])
        if count
    )
    noted: dict[str, int] = details.get("conflicts", {})
    kinds = dict(Conflict.Kind.choices)
    if noted:
        barred += _(", ") + _(", ").join(
            _("%(rule)s: %(count)d") % {"rule": kinds.get(kind, kind), "count": count}
            for kind, count in sorted(noted.items())
        )
    words = _("Of %(every)d mothers in reach %(allowed)d could take this child.") % {
        "every": every,
        "allowed": allowed,
    }
    return (
        words + _(" The others are barred (%(barred)s).") % {"barred": barred} if barred else words
    )


RULES = {
    "not_ready": gettext_noop("not ready"),
    "no_consent": gettext_noop("no consent"),
    "too_far": gettext_noop("too far"),
    "no_common_dialect": gettext_noop("no common language"),
    "qualification_missing": gettext_noop("qualification missing"),
    "conflict": gettext_noop("refused or ended before"),
    "no_capacity": gettext_noop("no free place"),
    "no_common_time": gettext_noop("no common time"),
    "same_sex_for_teens": gettext_noop("not of the same sex"),
}


def rule_words(code: str) -> str:
    """Return a hard rule in words."""
    return _(RULES.get(code, code))


def parts_of(parts: Iterable[Any]) -> list[dict[str, Any]]:
    """Return the engine's parts as they are stored: per cent, and points of the most possible."""
    return [
        {
            "code": part.name,
            "value": round(part.points / 10),
            "weight": 10 * part.weight,
            "points": part.points * part.weight // 100,
        }
        for part in parts
    ]


def bars_of(parts: Iterable[Any]) -> list[dict[str, Any]]:
    """Return the engine's parts as bars with words."""
    return bars(parts_of(parts))


def bars(parts: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return sub-scores as bars with words, the weightiest first."""
    ordered = sorted(parts, key=lambda part: -part["weight"])
    return [
        {
            "label": _(PARTS.get(part["code"], part["code"])),
            "value": max(0, part["value"]),
            "words": _("%(points)d of %(most)d points")
            % {"points": part["points"], "most": part["weight"]},
            "tone": "",
        }
        for part in ordered
        if part["weight"]
    ]


PARTS = {
    "travel": gettext_noop("near"),
    "time": gettext_noop("free at the same time"),
    "skills": gettext_noop("her strengths meet the child's needs"),
    "stability": gettext_noop("likely to stay"),
    "wish": gettext_noop("wished for or known"),
    "interests": gettext_noop("shared interests and dislikes"),
    "kinship": gettext_noop("same language and background"),
    "balance": gettext_noop("has few children yet"),
}


def pair_card(proposal: Proposal) -> dict[str, Any]:
    """Return everything the page of one pair shows."""
    today = timezone.localdate()
    child, mother = proposal.child, proposal.mother
    places = _places([child, mother, proposal.runner_up])
    hidden = child.hidden_location
    return {
        "summary": _("Fit %(score)d of 10,000 · %(distance)s")
        % {
            "score": proposal.score,
            "distance": _("place hidden") if hidden else distance_words(proposal.distance_m),
        },
        "child_url": reverse("registry:child", args=[child.pk]),
        "mother_url": reverse("mothers:mother", args=[mother.pk]),
        "child_facts": [
            (_("Who the child is"), about_child(child, places, today)),
            (_("School"), "" if hidden else child.school),
        ],
        "mother_facts": [
            (_("Lives in"), places.get(mother.area_code, "")),
            (_("Work"), mother.employer),
            (_("Places"), str(mother.capacity)),
        ],
        "attention": attention_words(proposal.attention),
        "bars": bars(proposal.parts),
        "reason_lead": _("What was compared, and how many points each part brings."),
        "runner_up_words": _runner_up(proposal, places),
        "decided_words": _decided(proposal),
        "origin": _origin(proposal),
    }


def _origin(proposal: Proposal) -> list[tuple[str, str]]:
    """Return what a decision can be followed back to, years later."""
    run = proposal.run
    decided = "" if proposal.decided_at is None else moment_words(proposal.decided_at)
    return [
        (_("Computed"), moment_words(run.created_at)),
        (_("Policy"), str(run.policy)),
        (_("Verifier"), _("accepted") if run.verified else _("refused")),
        (_("Hash of the input"), run.input_hash[:16]),
        (_("Hash of the policy"), run.policy.sha256[:16]),
        (_("Decided"), f"{decided} {_decided(proposal)}".strip()),
    ]


def moment_words(when: datetime) -> str:
    """Return a moment in local time, to the minute."""
    return f"{timezone.localtime(when):%Y-%m-%d %H:%M}"


def _runner_up(proposal: Proposal, places: dict[str, str]) -> str:
    if proposal.runner_up is None:
        return ""
    return _("%(name)s from %(place)s would be next.") % {
        "name": proposal.runner_up.name,
        "place": places.get(proposal.runner_up.area_code, ""),
    }


def _decided(proposal: Proposal) -> str:
    if proposal.decided_by is None:
        return ""
    return f"{proposal.decided_by} · {proposal.reason}".strip(" ·")


_care_urls: list[Callable[[UUID], str]] = []


def register_care_page(address: Callable[[UUID], str]) -> None:
    """Let the room above say where the care of a pairing is followed and closed."""
    _care_urls[:] = [address]


def pairing_rows(pairings: list[Pairing], *, within: str = "") -> list[dict[str, Any]]:
    """Return pairings as rows of the list."""
    today = timezone.localdate()
    places = _places([each.child for each in pairings], within)
    return [
        {
            "id": each.pk,
            "child": each.child.name,
            "child_about": about_child(each.child, places, today),
            "child_url": reverse("registry:child", args=[each.child_id]),
            "mother": each.mother.name,
            "mother_url": reverse("mothers:mother", args=[each.mother_id]),
            "started_on": each.active_on or each.started_on,
            "state": each.get_state_display(),
            "tone": each.tone,
            "ended_on": each.ended_on,
            "end_reason": each.end_reason,
            "end_cause": each.get_end_cause_display(),
            "by": each.by,
            "may_end": each.state in life.BEFORE_CARE,
            "care_url": _care_urls[0](each.pk) if _care_urls and each.active_on else "",
        }
        for each in pairings
    ]


def policy(found: Policy) -> dict[str, Any]:
    """Return a policy's rules and weights in words."""
    language = "en" if (get_language() or "").startswith("en") else "zh"
    rules, parts = found.body.get("rules", {}), found.body.get("parts", {})
    weights = [
        {
            "code": code,
            "value": part["weight"] // 10,
            "points": 10 * part["weight"],
            "weight": 10_000,
        }
        for code, part in parts.items()
    ]
    return {
        "rules": [rule[language] for rule in rules.values() if rule["on"]],
        "weights": bars(weights),
        "besides": _besides(found.body),
    }


def _besides(body: dict[str, Any]) -> list[str]:
    """Return what a policy adds to the score of a pair, in words."""
    waiting, switching = body.get("waiting", {}), body.get("switching", {})
    step = body.get("fairness", {}).get("step", 0)
    words = []
    if waiting.get("at_most"):
        words.append(
            _("A child who waits is worth %(per_month)d points more a month, up to %(at_most)d.")
            % waiting
        )
    if switching.get("at_most"):
        words.append(
            _(
                "A pairing that stands is kept unless more than %(points)d points are gained,"
                " and %(per_month)d more for each month it has lasted, up to %(at_most)d."
            )
            % switching
        )
    if step:
        words.append(
            _("Each further child of a mother counts %(step)d points less than the one before.")
            % {"step": step}
        )
    if body.get("siblings", {}).get("together"):
        words.append(
            _(
                "Siblings of one household go to one mother or to none,"
                " unless a person decides otherwise for a family."
            )
        )
    return words
