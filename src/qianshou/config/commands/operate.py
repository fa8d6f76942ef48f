"""An operator's everyday acts from the command line."""

import argparse
import getpass
import json
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from django.conf import settings
from django.contrib.staticfiles.management.commands import collectstatic
from django.core.management import call_command
from django.utils import timezone
from whitenoise.storage import CompressedManifestStaticFilesStorage

from qianshou.accounts import actions as accounts
from qianshou.accounts.forms import AccountForm
from qianshou.accounts.models import Grant
from qianshou.areas import actions as area_actions
from qianshou.areas import queries as area_queries
from qianshou.assessment.actions import instruments
from qianshou.audit import queries as trail
from qianshou.bonds.actions import agreeing
from qianshou.care.actions import ruling as care
from qianshou.common import rowsecurity
from qianshou.common.errors import NotFound, Refused
from qianshou.config import setup as database_setup
from qianshou.consents.actions import texts as consents
from qianshou.exchange import queries as exchange_queries
from qianshou.exchange.actions import processing as exchange
from qianshou.exchange.actions import sources as exchange_sources
from qianshou.notices import actions as notices
from qianshou.pairing.actions import learning, matching
from qianshou.plans.actions import sets as plans
from qianshou.registry.actions import agreeing as nights
from qianshou.registry.models import LinkCheck
from qianshou.support.actions import schedules as support
from qianshou.teams.actions import modelling as care_models
from qianshou.visits.actions import books as visits

ANCHORS = "anchors.jsonl"


def setup(argv: Sequence[str]) -> int:
    """Migrate, load areas, sources, instruments and policies; safe to run again."""
    argparse.ArgumentParser(prog="qianshou setup", description=setup.__doc__).parse_args(argv)
    prepare()
    return 0


def prepare() -> None:
    """Bring database, reference data and static files up to date."""
    database_setup.prepare_database()
    with rowsecurity.acting(rowsecurity.SYSTEM):
        for file in area_actions.shipped_lists():
            with file.open(encoding="utf-8") as handle:
                area_actions.load_areas([handle])
        exchange_sources.load_sources()
        instruments.load_instruments()
        consents.load_texts()
        matching.load_policies()
        agreeing.load_text()
        support.load_schedules()
        care_models.load_shipped()
        plans.load_sets()
        notices.load_timetables()
        care.load_rules()
        visits.load_books()
    collect_static()


def collect_static() -> None:
    """Fingerprint and compress the static files, whatever the present process serves them with."""
    command = collectstatic.Command()
    command.storage = CompressedManifestStaticFilesStorage()
    call_command(command, interactive=False, verbosity=0, clear=True)


def import_file(argv: Sequence[str]) -> int:
    """Take one file through the hub into the registry and print what changed."""
    parser = argparse.ArgumentParser(prog="qianshou import", description=import_file.__doc__)
    parser.add_argument("--source", required=True, help="a profile (TOML file) or a source's code")
    parser.add_argument("--area", help="12-digit code of the area that delivers")
    parser.add_argument("file", type=Path)
    args = parser.parse_args(argv)
    try:
        run = exchange.import_file(args.source, args.file, area_code=args.area)
    except (Refused, OSError) as refusal:
        sys.stderr.write(f"{refusal}\n")
        return 2
    with rowsecurity.acting(rowsecurity.SYSTEM):
        print(json.dumps(exchange_queries.summary_of(run), ensure_ascii=False, default=str))
    return 0 if run.state in ("DONE", "WAITING") else 2


def check_linkage(argv: Sequence[str]) -> int:
    """Do at once what every night does: link all rows of each county anew and compare.

    Differences become questions. Keys by which rows find each other are completed, as they have
    to be after a version with further blocking rules. Prints one line of figures for each county.
    """
    argparse.ArgumentParser(
        prog="qianshou check-linkage", description=check_linkage.__doc__
    ).parse_args(argv)
    nights.check_everywhere(_tell_check)
    return 0


def _tell_check(night: LinkCheck) -> None:
    told = {
        "county": night.area_code, "rows": night.rows, "files": night.files,
        "joins": night.joins, "parts": night.parts, "seconds": round(night.seconds, 2),
    }  # fmt: skip
    print(json.dumps(told), flush=True)


def learn_weights(argv: Sequence[str]) -> int:
    """Study how the pairings of an area went, and print what weights that proposes.

    Returns 1 when too few pairings have ended early to propose anything.
    """
    parser = argparse.ArgumentParser(
        prog="qianshou learn-weights", description=learn_weights.__doc__
    )
    parser.add_argument("area", help="12-digit area code")
    args = parser.parse_args(argv)
    try:
        made = learning.study(args.area)
    except Refused as refusal:
        sys.stderr.write(f"{refusal}\n")
        return 2
    told = {
        "pairings": made.pairings, "early_ends": made.early_ends, "proposes": made.is_enough,
        "weights": made.weights, "intervals": made.intervals, "effects": made.effects,
    }  # fmt: skip
    print(json.dumps(told, ensure_ascii=False))
    return 0 if made.is_enough else 1


def run_matching(argv: Sequence[str]) -> int:
    """Compute a plan for an area and print its figures."""
    parser = argparse.ArgumentParser(prog="qianshou run-matching", description=run_matching.__doc__)
    parser.add_argument("area", help="12-digit area code")
    args = parser.parse_args(argv)
    try:
        run = matching.run_now(args.area)
    except Refused as refusal:
        sys.stderr.write(f"{refusal}\n")
        return 2
    print(json.dumps(run.figures, ensure_ascii=False, default=str))
    return 0 if run.verified else 1


def areas(argv: Sequence[str]) -> int:
    """Load lists of areas (CSV: code,name,level,parent[,lon,lat,position,valid_from])."""
    parser = argparse.ArgumentParser(prog="qianshou areas", description=areas.__doc__)
    parser.add_argument("file", nargs="+", type=Path)
    args = parser.parse_args(argv)
    try:
        for file in args.file:
            with file.open(encoding="utf-8-sig") as handle:
                print(f"{file}: {area_actions.load_areas([handle])}")
    except (Refused, OSError) as refusal:
        sys.stderr.write(f"{refusal}\n")
        return 2
    return 0


def account(argv: Sequence[str]) -> int:
    """Open an account and give it a role; asks for the password."""
    parser = argparse.ArgumentParser(prog="qianshou account", description=account.__doc__)
    parser.add_argument("username", help="what the person signs in with: letters and digits")
    parser.add_argument("--name", required=True, help="the person's name")
    parser.add_argument(
        "--role", required=True, choices=Grant.Role.values, metavar="ROLE",
        help=", ".join(f"{code} ({name})" for code, name in Grant.Role.choices),
    )  # fmt: skip
    parser.add_argument("--area", required=True, help="12-digit area code")
    args = parser.parse_args(argv)
    typed = {"username": args.username, "display_name": args.name, "password": getpass.getpass()}
    form = AccountForm(typed)
    if not form.is_valid():
        for name, flaws in form.errors.items():
            sys.stderr.write(f"{form.fields[name].label}: {' '.join(map(str, flaws))}\n")
        return 2
    try:
        with rowsecurity.acting(rowsecurity.SYSTEM):
            area = area_queries.area_of(args.area)
            user = accounts.create_account(by=None, **form.cleaned_data)
            accounts.grant_role(
                user, by=None, role=args.role, area=area, today=timezone.localdate()
            )
    except NotFound:
        sys.stderr.write(f"There is no area {args.area!r}: give its 12-digit code.\n")
        return 2
    except Refused as refusal:
        sys.stderr.write(f"{refusal}\n")
        return 2
    return 0


def audit(argv: Sequence[str]) -> int:
    """Prove the trail, or write its heads to the anchor file that another organisation keeps."""
    parser = argparse.ArgumentParser(prog="qianshou audit", description=audit.__doc__)
    parser.add_argument("act", choices=("verify", "anchor"))
    parser.add_argument("--anchors", type=Path, default=settings.VAR / ANCHORS)
    args = parser.parse_args(argv)
    with rowsecurity.acting(rowsecurity.SYSTEM):
        if args.act == "anchor":
            return _anchor(args.anchors)
        flaws = trail.flaws(args.anchors)
    for flaw in flaws[:100]:
        print(f"{flaw.chain}/{flaw.seq}: {flaw.problem}")
    print(json.dumps({"flaws": len(flaws), "anchors": str(args.anchors)}))
    return 1 if flaws else 0


def _anchor(file: Path) -> int:
    heads = {chain: [seq, digest.hex()] for chain, (seq, digest) in trail.heads().items()}
    file.parent.mkdir(parents=True, exist_ok=True)
    with file.open("a", encoding="utf-8") as handle:
        handle.write(json.dumps({"at": datetime.now(UTC).isoformat(), "heads": heads}) + "\n")
    print(json.dumps({"chains": len(heads), "anchors": str(file)}))
    return 0
