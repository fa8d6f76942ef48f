"""Plays the report's page on a PostgreSQL of its own that is really stopped, and started again.

Run as a program in an installation of its own; prints what it saw as one line of JSON. The tables
are made from the models, without migrations: row security is shown elsewhere.
"""

import json
from datetime import date
from typing import Any
from uuid import uuid4

import django
from django.conf import settings


class FromModels(dict[str, Any]):
    """Says of every app that it has no migrations."""

    def __contains__(self, key: object) -> bool:
        return True

    def __missing__(self, key: str) -> None:
        return None


settings.MIGRATION_MODULES = FromModels()
settings.ALLOWED_HOSTS = ["testserver"]
django.setup()

from django.core.management import call_command  # noqa: E402
from django.db import connections  # noqa: E402
from django.test import Client, override_settings  # noqa: E402

from qianshou.accounts.models import Grant, User  # noqa: E402
from qianshou.areas.models import Area  # noqa: E402
from qianshou.config import database  # noqa: E402
from qianshou.config.postgres import launcher  # noqa: E402
from qianshou.protection.actions import spooling  # noqa: E402
from qianshou.protection.connectors import spool  # noqa: E402
from qianshou.protection.models import Report, Reporter  # noqa: E402

PAGE = "/protection/report/"
SECRET = "孩子手上有烟头烫的伤"
BARE = [each for each in settings.MIDDLEWARE if not each.endswith("ReportAlways")]


def prepare() -> tuple[User, Client]:
    """Make the tables, a lead, and a reporter who has signed in."""
    launcher.start(database.data_dir())
    with connections["owner"].cursor() as cursor:
        cursor.execute("GRANT ALL ON SCHEMA public TO app")
    call_command("migrate", database="owner", run_syncdb=True, verbosity=0)
    with connections["owner"].cursor() as cursor:
        cursor.execute("ALTER TABLE audit_entry DROP CONSTRAINT entry_once_per_place_in_chain")
        cursor.execute("GRANT ALL ON ALL TABLES IN SCHEMA public TO app")
        cursor.execute("GRANT ALL ON ALL SEQUENCES IN SCHEMA public TO app")
    city = Area.objects.create(code="500000000000", name="重庆市", level="CITY")
    county = Area.objects.create(code="500236000000", name="奉节县", level="COUNTY", parent=city)
    lead = User.objects.create(username="lead", display_name="罗守护", password="!")
    Grant.objects.create(
        user=lead, role="safeguarding_lead", area=county, valid_from=date(2026, 1, 1)
    )
    reporter = User.objects.create(username="grid", display_name="何网格", password="!")
    client = Client(raise_request_exception=False, headers={"accept-language": "en"})
    client.force_login(reporter, "django.contrib.auth.backends.ModelBackend")
    return reporter, client


def while_it_is_down(client: Client, stranger: Client) -> dict[str, Any]:
    """Ask for the page, hand in two reports, and ask for another page."""
    shown = client.get(PAGE)
    mine = {"key": str(uuid4()), "now": "YES", "words": SECRET, "county": "500236000000"}
    kept = client.post(PAGE, mine)
    twice = client.post(PAGE, mine)
    other = stranger.post(PAGE, {"words": "听见哭声", "county": "500236000000"})
    foreign = stranger.post(PAGE, {"words": "x"}, headers={"sec-fetch-site": "cross-site"})
    with override_settings(MIDDLEWARE=BARE):
        bare = Client(raise_request_exception=False)
        control = bare.post(PAGE, {"words": SECRET}).status_code
    boxes = b"".join(path.read_bytes() for _key, path in spool.waiting())
    return {
        "shown": shown.status_code,
        "police_first": b'href="tel:110"' in shown.content,
        "kept": [kept.status_code, twice.status_code, other.status_code],
        "number_given": kept.content.count(b"-") > 0 and b"report-number" in kept.content,
        "foreign": foreign.status_code,
        "home": client.get("/").status_code,
        "control": control,
        "waiting": spooling.standing()[0],
        "plain_on_disk": SECRET.encode() in boxes,
    }


def main() -> None:
    """Play it, and tell."""
    reporter, client = prepare()
    stranger = Client(raise_request_exception=False, headers={"accept-language": "en"})
    before = client.get(PAGE).status_code
    connections.close_all()
    launcher.stop(database.data_dir())
    down = while_it_is_down(client, stranger)
    key, path = next(iter(spool.waiting()))
    box = path.read_bytes()
    launcher.start(database.data_dir())
    connections.close_all()
    taken = spooling.take_in()
    # A worker that dies after its commit leaves the file behind: it is found and counts once.
    spool.write(key, box)
    again = spooling.take_in()
    report = Report.objects.get(client_id=key)
    told = {
        **down, "before": before, "taken": taken, "again": again,
        "reports": Report.objects.count(), "left": spooling.standing(),
        "words": report.words.open() == SECRET, "channel": report.channel,
        "reporter": str(reporter.pk) in Reporter.objects.get(report=report).identity.open(),
        "in_time_order": report.reported_at < report.received_at,
        "circle": report.circle.count(),
    }  # fmt: skip
    connections.close_all()
    launcher.stop(database.data_dir())
    print(json.dumps(told))


if __name__ == "__main__":
    main()
