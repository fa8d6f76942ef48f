"""What is agreed about a source and how it drifts: for the hub's own steps and for people."""

from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from typing import Any

from django.conf import settings
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from qianshou.accounts import permissions as powers
from qianshou.accounts.models import User
from qianshou.accounts.rules import Power
from qianshou.areas import queries as areas
from qianshou.areas import rules as area_rules
from qianshou.common.errors import NotFound, Refused
from qianshou.exchange.models import Agreement, Drift, ImportRun, Source
from qianshou.exchange.rules import agreement as rules
from qianshou.exchange.rules import catalogue
from qianshou.exchange.rules.profile import Profile, parse, restricted
from qianshou.exchange.rules.words import AGREEMENT_STATES, DRIFTS, EXAMPLE_KINDS


class AgreementEnded(Refused):
    """No agreement holds for this source today; renew it on the source's page, then send again."""


class AgreementMissing(Refused):
    """No agreement is on file for this source; enter it on the source's page, then send again."""


def agreement_of(source: Source, today: date | None = None) -> Agreement | None:
    """Return the agreement that speaks for a source on a day: one that holds, else the newest."""
    day = today or timezone.localdate()
    made = list(Agreement.objects.filter(source=source).order_by("-made_at", "-pk"))
    holding = (each for each in made if rules.holds(state_of(each, day)))
    return next(holding, made[0] if made else None)


def state_of(agreement: Agreement, today: date) -> str:
    """Return the state of an agreement on a day."""
    return rules.state(
        agreement.valid_from, agreement.valid_until, stopped=agreement.ended_at is not None,
        today=today,
    )  # fmt: skip


def agreement_words(agreement: Agreement | None, today: date) -> dict[str, Any] | None:
    """Return an agreement for a page, or None."""
    if agreement is None:
        return None
    found = state_of(agreement, today)
    labels = catalogue.FIELDS[agreement.source.target]
    purposes = dict(Agreement.Purpose.choices)
    tone = {rules.VALID: "good", rules.ENDED: "bad"}.get(found, "warn")
    return {
        "agreement": agreement,
        "state": _(AGREEMENT_STATES[found]),
        "tone": tone,
        "days": (agreement.valid_until - today).days,
        "fields": [_(labels[name].label) for name in agreement.fields if name in labels],
        "purposes": [purposes.get(name, name) for name in agreement.purposes],
    }


def require_agreement(source: Source, today: date | None = None) -> Agreement | None:
    """Return the agreement that holds; raises `AgreementEnded` or `AgreementMissing`.

    A source that has never had one delivers without, unless the installation demands one.
    """
    day = today or timezone.localdate()
    found = agreement_of(source, day)
    if found is None and settings.AGREEMENTS_REQUIRED:
        raise AgreementMissing
    if found is not None and not rules.holds(state_of(found, day)):
        raise AgreementEnded
    return found


def profile_of(source: Source) -> Profile:
    """Return a source's profile as far as its agreement lets it be read."""
    profile = parse(source.profile, source.code)
    found = agreement_of(source)
    return restricted(profile, found.fields) if found is not None else profile


def left_out(source: Source) -> list[str]:
    """Return the mapped fields, in words, that the agreement does not name."""
    found = agreement_of(source)
    if found is None:
        return []
    labels = catalogue.FIELDS[source.target]
    mapped = source.profile.get("columns", {})
    return [_(labels[name].label) for name in labels
            if name in mapped and name not in {*found.fields, "key"}]  # fmt: skip


def drifts_for(user: User, area_code: str, source: Source | None = None) -> QuerySet[Drift]:
    """Return the open drift of an area's sources, newest first."""
    if not powers.may(user, Power.VIEW_IMPORTS, area_code):
        return Drift.objects.none()
    inside = {"area_code__range": area_rules.subtree(area_code)}
    rows = Drift.objects.open().filter(**inside, **({"source": source} if source else {}))
    return rows.select_related("source", "run").order_by("-seen_at", "pk")


def drift_for(user: User, drift_id: object) -> Drift:
    """Return one finding; raises `NotFound`."""
    found = Drift.objects.filter(pk=str(drift_id)).select_related("source").first()
    if found is None or not powers.may(user, Power.VIEW_IMPORTS, found.area_code):
        raise NotFound
    return found


def drift_words(rows: Iterable[Drift]) -> list[dict[str, Any]]:
    """Return drift in sentences."""
    found = list(rows)
    names = areas.full_names_of({row.area_code for row in found})
    return [
        {"drift": row, "text": _drift(row), "area": names.get(row.area_code, row.area_code)}
        for row in found
    ]


def _drift(row: Drift) -> str:
    labels = catalogue.FIELDS[row.source.target]
    details: Mapping[str, Any] = row.details
    field = labels.get(details.get("field", ""))
    values: dict[str, Any] = {
        **details, "column": row.column, "field": _(field.label) if field else row.column,
    }  # fmt: skip
    if row.kind == Drift.Kind.NULLS:
        values |= {name: f"{100 * float(details[name]):.0f}%" for name in ("usual", "now")}
    return _(DRIFTS[row.kind]) % values


def ending_agreements(today: date) -> list[Agreement]:
    """Return for each active source the agreement that has ended or ends soon."""
    found = []
    made: dict[Any, list[Agreement]] = {}
    rows = Agreement.objects.filter(source__is_active=True).select_related("source")
    for each in rows.order_by("source__name", "-made_at", "-pk"):
        made.setdefault(each.source_id, []).append(each)
    for group in made.values():
        states = [state_of(each, today) for each in group]
        if rules.VALID not in states:
            found.append(
                next(
                    (each for each, state in zip(group, states, strict=True) if rules.holds(state)),
                    group[0],
                )
            )
    return found


def agreement_for(user: User, agreement_id: object) -> Agreement:
    """Return one agreement; raises `NotFound`."""
    found = Agreement.objects.filter(pk=str(agreement_id)).select_related("source").first()
    if found is None or not powers.may(user, Power.VIEW_IMPORTS):
        raise NotFound
    return found


def proposal_for(source: Source, standing: Agreement | None, today: date) -> dict[str, Any]:
    """Return what the form of a new agreement proposes: the one before, or what is mapped."""
    if standing is not None:
        begins = max(today, standing.valid_until + timedelta(days=1))
        return {
            "basis": standing.basis, "purposes": standing.purposes,
            "fields_allowed": standing.fields, "valid_from": begins,
            "valid_until": begins + timedelta(days=364),
        }  # fmt: skip
    mapped = source.profile.get("columns") or {"key": 1, "name": 1, "area_code": 1}
    return {
        "purposes": ["FILE"], "fields_allowed": list(mapped), "valid_from": today,
        "valid_until": today + timedelta(days=364),
    }  # fmt: skip


def example_words(run: ImportRun, found: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Return the examples of a waiting delivery by kind of change, in words."""
    labels = catalogue.FIELDS[run.source.target]
    groups: dict[str, list[dict[str, Any]]] = {}
    for each in found:
        lines = [
            {"label": _(labels[name].label) if name in labels else name,
             "old": _shown(old), "new": _shown(new)}
            for name, old, new in each["changes"]
        ]  # fmt: skip
        groups.setdefault(each["kind"], []).append({"name": each["name"], "lines": lines})
    return [{"title": _(EXAMPLE_KINDS[kind]), "rows": rows} for kind, rows in groups.items()]


def _shown(value: object) -> str:
    if isinstance(value, list):
        return "、".join(map(str, value))
    return "—" if value in (None, "") else str(value)
