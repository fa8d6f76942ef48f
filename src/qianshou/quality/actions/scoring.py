"""Reckoning how good the rows of a source are in a county, and keeping the figures."""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Final
from uuid import UUID

from django.db import transaction
from django.db.models import Count, Max
from django.utils import timezone

from qianshou.accounts import permissions as accounts
from qianshou.accounts.models import User
from qianshou.accounts.rules import Power
from qianshou.areas import rules as area_rules
from qianshou.audit import actions as audit
from qianshou.common import rowsecurity
from qianshou.exchange.models import ImportRun, QuarantinedRow, Record, Source
from qianshou.quality.models import Scorecard
from qianshou.quality.rules import checking
from qianshou.registry.actions import filing
from qianshou.registry.models import Child, Link

CHUNK: Final = 2000


@dataclass
class Checked:
    """One row of a source with what is wrong with it and the file that it stands in."""

    record: UUID
    row_no: int
    sheet: str
    as_of: date
    values: Mapping[str, Any]
    child: Child | None
    faults: list[checking.Fault] = field(default_factory=list)


@transaction.atomic
def score_area(area_code: str, *, by: User) -> list[Scorecard]:
    """Reckon every source of a county anew, as a person asks for it."""
    county = area_rules.county_code(area_code)
    accounts.require(by, Power.VIEW_IMPORTS, county)
    with rowsecurity.acting(rowsecurity.SYSTEM):
        made = [score(source, county) for source in _sources_in(county)]
    audit.record(
        "quality.scores.reckoned", by=by, subject_kind="area", subject_id=county,
        area_code=county, sources=len(made),
    )  # fmt: skip
    return made


def score_due() -> int:
    """Reckon the sources and counties that deliveries have reached since the last time."""
    done = 0
    with rowsecurity.acting(rowsecurity.SYSTEM):
        for source in Source.objects.filter(target=Source.Target.CHILD):
            for county in sorted(_counties_reached(source)):
                score(source, county)
                done += 1
    return done


def _counties_reached(source: Source) -> set[str]:
    """Return the counties with rows of a source whose last scorecard is older than a delivery."""
    codes = Record.objects.current().filter(source=source).values_list("area_code", flat=True)
    known = dict(
        Scorecard.objects.filter(source=source).values_list("area_code").annotate(last=Max("at"))
    )
    runs = list(
        ImportRun.objects.filter(source=source, state="DONE", repeats=None)
        .order_by("-finished_at")
        .values_list("area_code", "finished_at")
    )
    return {
        county
        for county in {area_rules.county_code(code) for code in codes.distinct()}
        if _reached(county, runs, known.get(county))
    }


def _reached(county: str, runs: list[tuple[str, datetime | None]], last: datetime | None) -> bool:
    return any(
        at is not None and (last is None or at > last) and _covers(area, county)
        for area, at in runs
    )


def _covers(area_code: str, county: str) -> bool:
    low, high = area_rules.subtree(area_code)
    inside, end = area_rules.subtree(county)
    return low <= county <= high or inside <= area_code <= end


def _sources_in(county: str) -> list[Source]:
    rows = Record.objects.current().inside(county).values("source")
    return list(Source.objects.filter(pk__in=rows, target=Source.Target.CHILD).order_by("name"))


def score(source: Source, county: str) -> Scorecard:
    """Reckon one source in one county and keep the figures."""
    last = Scorecard.objects.filter(source=source, area_code=county).order_by("-at").first()
    runs = ImportRun.objects.filter(source=source, state="DONE", repeats=None)
    if last is not None:
        runs = runs.filter(finished_at__gt=last.at)
    return Scorecard.objects.create(
        source=source,
        area_code=county,
        at=timezone.now(),
        deliveries=sum(_covers(code, county) for code in runs.values_list("area_code", flat=True)),
        figures=figures_of(source, county),
    )


def figures_of(source: Source, county: str) -> dict[str, Any]:
    """Return the figures of one source in one county."""
    today, tally, filled = timezone.localdate(), Counter[str](), Counter[str]()
    codes, contradicted, ages = Counter[str](), Counter[str](), list[int]()
    for row in checked_rows(source, county):
        tally["rows"] += 1
        filled.update(name for name, value in row.values.items() if value not in (None, "", []))
        kinds = {code for code, _ in row.faults}
        codes.update(kinds)
        tally["invalid"] += bool(kinds & checking.INVALID)
        tally["contradicting"] += checking.DIFFERS in kinds
        tally["compared"] += row.child is not None and len(row.child.departments) > 1
        contradicted.update(name for code, name in row.faults if code == checking.DIFFERS)
        ages.append((today - row.as_of).days)
    rows = tally["rows"]
    fields = _expected(source, filled)
    ages.sort()
    return {
        **{name: tally[name] for name in ("rows", "invalid", "contradicting", "compared")},
        "filled": {name: filled[name] for name in fields},
        "completeness": _share(sum(filled[name] for name in fields), rows * len(fields)),
        "validity": _share(rows - tally["invalid"], rows),
        "freshness": _share(sum(age <= checking.FRESH_DAYS for age in ages), rows),
        "age_days": ages[len(ages) // 2] if ages else None,
        "duplicates": codes[checking.DUPLICATE],
        "agreement": _share(tally["compared"] - tally["contradicting"], tally["compared"]),
        "faults": dict(codes.most_common()),
        "contradicted": dict(contradicted.most_common()),
        "kept_out": _kept_out(source, county),
    }


def _share(part: int, whole: int) -> float | None:
    return round(part / whole, 6) if whole else None


def _expected(source: Source, filled: Counter[str]) -> list[str]:
    """Return the fields that the source's profile maps, or those that it fills at all."""
    mapped = [name for name in source.profile.get("columns", {}) if name != "key"]
    return mapped or sorted(name for name in filled if name != "key")


def _kept_out(source: Source, county: str) -> int:
    inside = {"area_code__range": area_rules.subtree(county)}
    return QuarantinedRow.objects.filter(run__source=source, state="OPEN", **inside).count()


# -- the rows -------------------------------------------------------------------------------------


def checked_rows(source: Source, county: str) -> Iterator[Checked]:
    """Yield every row in force of a source in a county, with all that is wrong with it."""
    twice = _children_twice(source, county)
    records = Record.objects.current().filter(source=source).inside(county).order_by("pk")
    ids = list(records.values_list("pk", flat=True))
    for start in range(0, len(ids), CHUNK):
        chunk = list(Record.objects.filter(pk__in=ids[start : start + CHUNK]).order_by("row_no"))
        homes = {
            link.record_id: link.child
            for link in Link.objects.filter(record__in=chunk)
            .exclude(state=Link.State.ENDED)
            .select_related("child")
        }
        for record in chunk:
            child = homes.get(record.pk)
            yield _checked(record, child, listed_twice=child is not None and child.pk in twice)


def _checked(record: Record, child: Child | None, *, listed_twice: bool) -> Checked:
    values = filing.opened(record.payload.raw, record.pk)
    made = Checked(record.pk, record.row_no, record.sheet, record.as_of, values, child)
    made.faults = checking.faults_of(values, timezone.localdate())
    if child is not None:
        if listed_twice:
            made.faults.append((checking.DUPLICATE, ""))
        if len(child.departments) > 1:
            said = checking.contradictions(values, _standing(child))
            made.faults += [(checking.DIFFERS, name) for name in said]
    return made


def _standing(child: Child) -> dict[str, Any]:
    values = {name: getattr(child, name, child.facts.get(name)) for name in checking.COMPARED}
    values["birth_on"] = child.birth_on.isoformat() if child.birth_on else None
    return values


def _children_twice(source: Source, county: str) -> set[UUID]:
    """Return the children who have several rows in force in one list."""
    links = Link.objects.exclude(state=Link.State.ENDED).filter(
        record__source=source,
        record__state=Record.State.CURRENT,
        record__area_code__range=area_rules.subtree(county),
    )
    counted = links.values("child").annotate(rows=Count("pk")).filter(rows__gt=1)
    return set(counted.values_list("child", flat=True))
