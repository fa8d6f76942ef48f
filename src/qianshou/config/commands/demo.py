"""`qianshou demo`: from an empty folder to a served city on which the whole main job has run."""

import argparse
import json
import os
import shutil
import sys
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from django.conf import settings
from django.utils import timezone

from qianshou.accounts.models import User
from qianshou.assessment.models import Assessment
from qianshou.common import rowsecurity
from qianshou.config import database
from qianshou.config.commands import operate, people, rooms, serve
from qianshou.config.commands.measuring import Stages
from qianshou.config.commands.truth import Agreement, agreement
from qianshou.config.postgres import launcher
from qianshou.engines.city.generate import generate
from qianshou.exchange.actions import processing as exchange
from qianshou.exchange.models import ImportRun
from qianshou.pairing.actions import deciding, matching
from qianshou.pairing.models import MatchRun, Proposal

SIZES = ("town", "county", "city")
CONFIRMED = 36
DEMO_COUNTY, NEIGHBOUR = "500236000000", "500235000000"


@dataclass(frozen=True)
class Result:
    """What the main job came to."""

    counts: dict[str, int]
    agreement: Agreement
    grades: dict[str, int]
    run: MatchRun


def demo(argv: Sequence[str]) -> int:
    """Run the main job on a synthetic city, print what came of it, and serve it."""
    parser = argparse.ArgumentParser(prog="qianshou demo", description=demo.__doc__)
    parser.add_argument("--size", choices=SIZES, help="default: what is here already, or county")
    parser.add_argument("--seed", type=int, help="default: what is here already, or 1")
    parser.add_argument("--counties", type=int, help="of a city, only the first so many counties")
    parser.add_argument("--port", type=int, default=8000)
    parser.add_argument("--serve", default="1", choices=("0", "1"))
    args = parser.parse_args(argv)

    if "SITE_URL" not in os.environ:
        settings.SITE_URL = serve.site_at(args.port)
    stages = Stages()
    with stages.stage("set up the database"):
        operate.prepare()
    here = present()
    size, seed = args.size or (here[0] if here else "county"), args.seed or (here[1] if here else 1)
    if here and here != (size, seed):
        sys.stderr.write(
            f"This installation holds the demo {here[0]} {here[1]} already."
            " Leave out SIZE and SEED to keep it, or run `make clean` first.\n"
        )
        return 2
    city = settings.VAR / "demo" / f"{size}-{seed}"
    if not here:
        run_main_job(city, size, seed=seed, counties=args.counties, stages=stages)
        (settings.VAR / "demo" / "done").write_text(f"{size} {seed}", encoding="ascii")
    report = (city / "report.txt").read_text(encoding="utf-8")
    sys.stdout.write(report)
    with rowsecurity.acting(rowsecurity.SYSTEM):
        signs = people.make_cast(DEMO_COUNTY, NEIGHBOUR)
    sys.stdout.write(sign_in_table(signs, args.port))
    # Seen at once also where it goes to a file: serving may last for days.
    sys.stdout.flush()
    if args.serve == "1":
        return serve.serve(["--port", str(args.port)])
    if database.is_private():
        launcher.stop(database.data_dir())
    return 0


def present() -> tuple[str, int] | None:
    """Return size and seed of the demo that this installation holds, if it holds one."""
    marker = settings.VAR / "demo" / "done"
    if not marker.exists():
        return None
    size, seed = marker.read_text(encoding="ascii").split()
    return size, int(seed)


def run_main_job(
    city: Path, size: str, *, seed: int, counties: int | None, stages: Stages
) -> Result:
    """Generate, import, link, assess and match; write and return the report."""
    with stages.stage(f"write the synthetic {size}"):
        if city.exists():
            shutil.rmtree(city)
        known_until = end_of_last_month(timezone.localdate())
        generate(size, seed, city, counties=counties, as_of=known_until)
    manifest = json.loads((city / "manifest.json").read_text(encoding="utf-8"))
    for department, files in deliveries(manifest).items():
        with stages.stage(f"take in {department} ({len(files)} file{'s'[: len(files) > 1]})"):
            for file in files:
                exchange.import_file(file["profile"], city / file["path"], area_code=file["area"])
    area = DEMO_COUNTY if size != "city" else people.CITY
    with stages.stage("match"):
        run = matching.run_now(area)
    with stages.stage("compare with the truth"), rowsecurity.acting(rowsecurity.SYSTEM):
        result = Result(totals(), agreement(city), grades(), run)
    with stages.stage("confirm the pairs of one town"):
        confirm_a_town(run)
    with stages.stage("put a little into the other rooms"):
        rooms.furnish(run, DEMO_COUNTY, seed=seed, today=timezone.localdate())
    (city / "report.txt").write_text(report_of(result, stages), encoding="utf-8")
    (city / "report.json").write_text(json.dumps(figures_of(result, stages)), encoding="utf-8")
    return result


def end_of_last_month(today: date) -> date:
    """Return the day up to which the synthetic departments know their children.

    It follows the calendar, so that the mothers' yearly screenings are valid whenever the demo
    runs; within a month the same seed gives the same city.
    """
    return today.replace(day=1) - timedelta(days=1)


def confirm_a_town(run: MatchRun) -> None:
    """Approve the pairs of the demo county's first towns, as its coordinator would."""
    with rowsecurity.acting(rowsecurity.SYSTEM):
        people.make_cast(DEMO_COUNTY, NEIGHBOUR)
        worker = User.objects.get(username="county")
        open_pairs = list(Proposal.objects.open().filter(run=run).order_by("area_code")[:CONFIRMED])
        deciding.approve_many(open_pairs, by=worker, today=timezone.localdate())


def deliveries(manifest: dict[str, Any]) -> dict[str, list[dict[str, Any]]]:
    """Group the files of the first delivery by department, in the order of the manifest."""
    groups: dict[str, list[dict[str, Any]]] = {}
    for file in manifest["files"]:
        if file["delivery"] == "first":
            groups.setdefault(file["department"], []).append(file)
    return groups


def totals() -> dict[str, int]:
    """Add up the counts of all runs."""
    sums: dict[str, int] = {}
    for counts in ImportRun.objects.values_list("counts", flat=True):
        for key, value in counts.items():
            if isinstance(value, int):
                sums[key] = sums.get(key, 0) + value
    return sums


def grades() -> dict[str, int]:
    """Count the children of each grade."""
    found = dict.fromkeys(("RED", "ORANGE", "YELLOW", "GREEN"), 0)
    for grade in Assessment.objects.current().values_list("grade", flat=True):
        found[grade] += 1
    return found


def report_of(result: Result, stages: Stages) -> str:
    """Return the table that the demo ends with."""
    agreed, figures = result.agreement, result.run.figures
    lines = ["", "What came in"]
    lines += [
        f"  {key:<28}{result.counts.get(key, 0):>12,}" for key in ("read", "bad", "new", "changed")
    ]
    lines += [
        "One file per child, against the truth",
        f"  {'children in the truth':<28}{agreed.true_children:>12,}",
        f"  {'files':<28}{agreed.files:>12,}",
        f"  {'precision':<28}{agreed.precision:>12.4f}",
        f"  {'recall':<28}{agreed.recall:>12.4f}",
        f"  {'F1':<28}{agreed.f1:>12.4f}",
        f"  {'files that mix children':<28}{agreed.mixed_files:>12,}",
        f"  {'questions for a person':<28}{result.counts.get('doubts', 0):>12,}",
        "Grades",
    ]
    lines += [f"  {grade:<28}{count:>12,}" for grade, count in result.grades.items()]
    lines += ["Pairing                        children      paired   left over"]
    lines += [
        f"  {row['grade']:<20}{row['children']:>18,}{row['paired']:>12,}{row['left_over']:>12,}"
        for row in figures["by_tier"]
    ]
    lines += [
        f"  left over: {reason:<17}{count:>12,}" for reason, count in figures["reasons"].items()
    ]
    if figures["shortages"]:
        lines += ["  largest shortages by town"]
    lines += [
        f"    {row['name']:<20}{row['left_over']:>8,} children without a place"
        for row in figures["shortages"][:5]
    ]
    lines += [
        f"  {'objective':<28}{figures['objective']:>12,}",
        f"  {'optimality gap':<28}{figures['gap']:>12,}",
        f"  {'verifier':<28}{'accepted' if result.run.verified else 'REFUSED':>12}",
        "Cost                                      seconds    peak MiB",
    ]
    lines += [f"  {each.name:<38}{each.seconds:>9.1f}{each.peak_mib:>12,}" for each in stages.done]
    return "\n".join(lines) + "\n"


def figures_of(result: Result, stages: Stages) -> dict[str, Any]:
    """Return what the table tells, for programs."""
    agreed, figures = result.agreement, result.run.figures
    return {
        "rows": result.counts.get("read", 0),
        "children": agreed.files,
        "f1": agreed.f1,
        "mixed_files": agreed.mixed_files,
        "paired": figures["paired"],
        "left_over": figures["left_over"],
        "gap": figures["gap"],
        "verified": result.run.verified,
        "stages": [asdict(each) for each in stages.done],
    }


def sign_in_table(signs: list[people.SignIn], port: int) -> str:
    """Return the address and one sign-in per role."""
    lines = [
        "",
        f"Open http://127.0.0.1:{port}/ and sign in; every password is {people.demo_password()}",
    ]
    lines += [f"  {sign.username:<12}{sign.role} · {sign.where}" for sign in signs]
    return "\n".join(lines) + "\n\n"
