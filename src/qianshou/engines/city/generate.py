"""Making a synthetic town, county or city: files as departments send them, and the truth beside."""

import json
import resource
import shutil
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path

import polars as pl

from qianshou.engines.city import civil_affairs, geography, mother_forms
from qianshou.engines.city import county as counties_
from qianshou.engines.city.county import County, Order
from qianshou.engines.city.delivery import Deliveries, Sender
from qianshou.engines.city.mixes import CIVIL, DISABLED, EDUCATION, HEALTH, MIXES

SIZES = {"town": (100, 40), "county": (3_400, 1_300), "city": (130_000, 50_000)}
DEFAULT_DAY = date(2026, 10, 31)
FORMAT = 1
_PROFILES = {
    CIVIL: "civil-affairs",
    EDUCATION: "education",
    DISABLED: "disabled-persons-federation",
    HEALTH: "health",
    "federation": "mothers",
}


@dataclass(frozen=True)
class Wanted:
    """What to generate; `counties` limits a city to that many, `scale` multiplies everybody."""

    size: str
    seed: int
    county: str = geography.DEFAULT_COUNTY
    counties: int | None = None
    scale: float = 1.0
    mix: str = "default"
    as_of: date = DEFAULT_DAY

    def __post_init__(self) -> None:
        for name, value, known in (
            ("size", self.size, list(SIZES)),
            ("mix", self.mix, list(MIXES)),
            ("county", self.county, sorted(geography.county_codes())),
        ):
            if value not in known:
                raise ValueError(f"unknown {name} {value!r}; known: {', '.join(known)}")
        if self.seed < 0 or self.scale <= 0 or (self.counties is not None and self.counties < 1):
            raise ValueError("seed must not be negative; scale and counties must be positive")


@dataclass(frozen=True)
class Summary:
    """What was generated, how long it took and how much memory the process has used at most."""

    out: Path
    children: int
    mothers: int
    mothers_ready: int
    department_rows: int
    bad_rows: int
    files: int
    seconds: float
    peak_mib: int


@dataclass
class _Run:
    """What accumulates while county after county is made."""

    wanted: Wanted
    files: Deliveries
    areas: list[str] = field(default_factory=list)
    children: list[pl.DataFrame] = field(default_factory=list)
    mothers: list[pl.DataFrame] = field(default_factory=list)
    changes: list[tuple[str, ...]] = field(default_factory=list)


def generate(
    size: str,
    seed: int,
    out: Path,
    *,
    county: str = geography.DEFAULT_COUNTY,
    counties: int | None = None,
    scale: float = 1.0,
    mix: str = "default",
    as_of: date = DEFAULT_DAY,
) -> Summary:
    """Write the files of a synthetic place into `out` (emptied first) and tell what they hold.

    The same arguments always give the same bytes. Raises ValueError for an unknown size, mix or
    county, and FileExistsError when `out` holds something that was not generated here.
    """
    wanted = Wanted(
        size=size,
        seed=seed,
        county=county,
        counties=counties,
        scale=scale,
        mix=mix,
        as_of=as_of,
    )
    started = time.perf_counter()
    _clear(out)
    run = _Run(wanted, Deliveries(out))
    for number, order in enumerate(_orders(wanted)):
        made = counties_.make_county(order)
        _deliver(run, made)
        if number == 0:
            _deliver_messy(run, order, made)
    return _finish(run, started)


def _clear(out: Path) -> None:
    """Empty a folder of an earlier run; anything else stays untouched."""
    if out.exists() and any(out.iterdir()):
        if not (out / "manifest.json").is_file() or not (out / "truth").is_dir():
            raise FileExistsError(f"{out} is not empty and holds no synthetic data; choose another")
        shutil.rmtree(out)
    out.mkdir(parents=True, exist_ok=True)


def _orders(wanted: Wanted) -> Iterator[Order]:
    """Say what each county has to make; a city gives every county its share."""
    children, mothers = (round(n * wanted.scale) for n in SIZES[wanted.size])
    if wanted.size != "city":
        town = _middling_town(wanted.county) if wanted.size == "town" else ""
        yield _order(wanted, wanted.county, amounts=(children, mothers), town=town)
        return
    child_share, mother_share = geography.child_weights(), geography.mother_weights()
    for code in geography.county_codes()[: wanted.counties]:
        amounts = (round(children * child_share[code]), round(mothers * mother_share[code]))
        yield _order(wanted, code, amounts=amounts)


def _order(wanted: Wanted, code: str, *, amounts: tuple[int, int], town: str = "") -> Order:
    following = (wanted.as_of.replace(day=1) + timedelta(days=70)).replace(day=1)
    return Order(
        seed=wanted.seed,
        county=code,
        children=max(1, amounts[0]),
        mothers=max(1, amounts[1]),
        as_of=wanted.as_of,
        next_month_end=following - timedelta(days=1),
        mix=MIXES[wanted.mix],
        town=town,
    )


def _middling_town(county: str) -> str:
    """Choose the first town of a county that is not part of its seat."""
    towns = geography.places_of(county).towns
    return next((code for code in towns if code[6] != "0"), towns[0])


def _sender(run: _Run, made: County, *, department: str, path: str, key: str) -> Sender:
    whole_city = run.wanted.size == "city" and path.endswith(".csv")
    return Sender(
        path=path,
        department=department,
        profile=_PROFILES[department],
        area=geography.CITY_CODE if whole_city else made.places.county_code,
        period=run.wanted.as_of.strftime("%Y-%m"),
        key=key,
    )


def _sheet_path(run: _Run, made: County, stem: str) -> str:
    return f"{stem}/{made.places.six}.xlsx" if run.wanted.size == "city" else f"{stem}.xlsx"


def _deliver(run: _Run, made: County) -> None:
    as_of, places = run.wanted.as_of, made.places
    run.areas.append(places.county_code)
    civil = _sheet_path(run, made, "civil-affairs")
    sender = _sender(run, made, department=CIVIL, path=civil, key=civil_affairs.KEY)
    run.files.write_sheet(sender, civil_affairs.page(made.civil, places, as_of), made.civil)
    _deliver_csv(run, made)
    path = _sheet_path(run, made, "mothers")
    sender = _sender(run, made, department="federation", path=path, key="报名编号")
    run.files.write_sheet(sender, mother_forms.page(made.mother_forms, places), made.mother_forms)
    _deliver_update(run, made, path=f"update/{civil}")
    run.children.append(made.children)
    run.mothers.append(made.mothers)
    run.changes.extend(made.changes)


def _deliver_csv(run: _Run, made: County) -> None:
    for department, name, key, rows, encoding, end in (
        (EDUCATION, "education", "学籍号", made.education, "gb18030", "\r\n"),
        (DISABLED, _PROFILES[DISABLED], "残疾人证号", made.disabled, "utf-8-sig", "\r\n"),
        (HEALTH, "health", "健康档案编号", made.health, "utf-8", "\n"),
    ):
        sender = _sender(run, made, department=department, path=f"{name}.csv", key=key)
        run.files.append_csv(sender, rows, encoding=encoding, line_end=end)


def _next_period(run: _Run) -> date:
    return _order(run.wanted, run.wanted.county, amounts=(1, 1)).next_month_end


def _deliver_update(run: _Run, made: County, *, path: str) -> None:
    month_end = _next_period(run)
    sender = Sender(
        path=path,
        department=CIVIL,
        profile=_PROFILES[CIVIL],
        area=made.places.county_code,
        period=month_end.strftime("%Y-%m"),
        key=civil_affairs.KEY,
        delivery="update",
    )
    page = civil_affairs.page(made.update, made.places, month_end)
    run.files.write_sheet(sender, page, made.update)


def _deliver_messy(run: _Run, order: Order, made: County) -> None:
    fresh, rows = counties_.make_messy(order, made)
    sender = Sender(
        path="messy/civil-affairs.xlsx",
        department=CIVIL,
        profile=_PROFILES[CIVIL],
        area=made.places.county_code,
        period=run.wanted.as_of.strftime("%Y-%m"),
        key=civil_affairs.KEY,
        delivery="messy",
    )
    run.files.write_sheet(sender, civil_affairs.page(rows, made.places, order.as_of), rows)
    run.children.append(fresh)


def _finish(run: _Run, started: float) -> Summary:
    """Write truth and manifest."""
    folder = run.files.out / "truth"
    folder.mkdir()
    children = pl.concat(run.children, how="vertical_relaxed")
    mothers = pl.concat(run.mothers, how="vertical_relaxed")
    rows = pl.concat(run.files.truth)
    bad = pl.concat(run.files.bad)
    children.write_parquet(folder / "children.parquet")
    mothers.write_parquet(folder / "mothers.parquet")
    rows.write_parquet(folder / "rows.parquet")
    bad.write_csv(folder / "bad_rows.csv")
    columns = ("truth_id", "record_key", "change", "field", "before", "after")
    schema = dict.fromkeys(columns, pl.String)
    pl.DataFrame(run.changes, schema=schema, orient="row").write_csv(folder / "changes.csv")
    first = rows.filter((pl.col("delivery") == "first") & (pl.col("department") != "federation"))
    summary = Summary(
        out=run.files.out,
        children=children.filter(pl.col("delivery") == "first").height,
        mothers=mothers.height,
        mothers_ready=int(mothers["ready"].sum()),
        department_rows=first.height,
        bad_rows=bad.filter(pl.col("severity") == "refuse").height,
        files=len(run.files.files),
        seconds=round(time.perf_counter() - started, 2),
        peak_mib=resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
    )
    _write_manifest(run, summary)
    return summary


def _write_manifest(run: _Run, summary: Summary) -> None:
    wanted = run.wanted
    manifest = {
        "format": FORMAT,
        "size": wanted.size,
        "seed": wanted.seed,
        "mix": wanted.mix,
        "scale": wanted.scale,
        "as_of": wanted.as_of.isoformat(),
        "counties": run.areas,
        "counts": {
            "children": summary.children,
            "mothers": summary.mothers,
            "mothers_ready": summary.mothers_ready,
            "department_rows": summary.department_rows,
        },
        "files": run.files.files,
    }
    text = json.dumps(manifest, ensure_ascii=False, indent=1)
    (run.files.out / "manifest.json").write_text(text + "\n", encoding="utf-8")
