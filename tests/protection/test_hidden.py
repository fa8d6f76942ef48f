"""Nobody outside its circle learns that a report exists: not by a page, a figure, nor raw SQL."""

import re

import pytest
from django.db import connection
from django.test import Client
from django.urls import reverse

from qianshou.accounts import permissions
from qianshou.accounts.rules import POWERS
from qianshou.common import rowsecurity
from qianshou.protection.actions import escalating, handling, signalling
from qianshou.protection.models import Report
from qianshou.protection.rules import reading
from tests import make, make_care, make_protection

pytestmark = pytest.mark.django_db

TABLES = ("report", "reporter", "access", "step", "signal")
# What changes from one answer to the next by itself.
NOISE = re.compile(
    rb'csrfmiddlewaretoken" value="[^"]*"|X-CSRFToken": "[^"]*"'
    rb'|(id|for|labelledby|describedby)="[^"]*"|of=[^"&]*|seen=[^"&]*'
)
PAGES = (
    "web:home",
    "notices:mine",
    "registry:today",
    "registry:children",
    "audit:trail",
    "care:today",
    "accounts:me",
)


@pytest.fixture
def stage():
    """A child in care, its mother, everybody who might be curious, and the circle."""
    user, mother = make_care.a_carer()
    pairing = make_care.a_pairing(mother)
    curious = {role: make.a_user(role) for role in POWERS if "safeguarding" not in role}
    curious["mother"] = user
    curious["city"] = make.a_user("fed_city", area=make.CITY)
    curious["auditor of the city"] = make.a_user("auditor", area=make.CITY)
    curious["lead next door"] = make.a_user("safeguarding_lead", area=make.OTHER_COUNTY)
    curious["nobody"] = make.a_user()
    return pairing, curious, make_protection.a_circle()


def raise_everything(pairing):
    """A report about the child's mother with steps and notices, and a signal from her note."""
    report = make_protection.a_report(
        make.a_user("grid"), child=pairing.child_id, accused="MOTHER", now=True
    )
    note = signalling.Note("妈妈打我，我不敢回家", pairing.child_id, pairing.pk, pairing.area_code,
                           "contact/1", make.now())  # fmt: skip
    assert signalling.look_at_note(note)
    return report


def counts(user):
    """Count what a client that speaks SQL sees with the person's own scope."""
    with rowsecurity.acting(permissions.scope_of(user)), connection.cursor() as cursor:
        found = {}
        for table in TABLES:
            cursor.execute(f"SELECT count(*) FROM protection_{table}")
            found[table] = cursor.fetchone()[0]
        return found


def test_raw_sql_shows_nothing_to_anybody_outside_the_circle(stage):
    pairing, curious, circle = stage
    report = raise_everything(pairing)

    for role, user in curious.items():
        assert counts(user) == dict.fromkeys(TABLES, 0), role
    # The control: those who should see it do, each what is theirs.
    assert counts(circle["LEAD"]) == {
        "report": 1,
        "reporter": 1,
        "access": 1,
        "step": 1,
        "signal": 1,
    }
    assert counts(circle["LEADER"]) == dict.fromkeys(TABLES, 0)
    assert counts(circle["CITY"]) == {**dict.fromkeys(TABLES, 0), "signal": 1}
    # Raised to the leader, the report opens to the leader, without who made it.
    for _ in range(2):
        report.refresh_from_db()
        escalating.escalate_due(now=report.escalate_at)
    assert counts(circle["LEADER"]) == {
        "report": 1, "reporter": 0, "access": 1, "step": 3, "signal": 0
    }  # fmt: skip


def test_raw_sql_writes_nothing_outside_the_circle(stage):
    pairing, curious, circle = stage
    report = raise_everything(pairing)

    def touched(user):
        with rowsecurity.acting(permissions.scope_of(user)), connection.cursor() as cursor:
            cursor.execute("UPDATE protection_report SET level = 'CITY'")
            changed = cursor.rowcount
            cursor.execute("DELETE FROM protection_access")
            return changed, cursor.rowcount

    assert {touched(user) for user in curious.values()} == {(0, 0)}
    assert touched(circle["LEAD"]) == (1, 0)
    assert report.circle.count() == 2


def test_a_role_that_ended_ends_its_sight_by_itself(stage):
    pairing, _curious, circle = stage
    raise_everything(pairing)
    lead = circle["LEAD"]

    lead.grants.update(revoked_at=make.now())
    lead = type(lead).objects.get(pk=lead.pk)
    assert counts(lead) == {**dict.fromkeys(TABLES, 0), "access": 1}


def pages_of(user, pairing, *, with_api=False):
    """Return what a person sees of the site, less what changes by itself."""
    client = Client(headers={"accept-language": "en"})
    client.force_login(user)
    paths = [
        *map(reverse, PAGES),
        reverse("registry:child", args=[pairing.child_id]),
        reverse("registry:children") + "?q=一诺",
        reverse("support:pairing", args=[pairing.pk]),
        reverse("outbound:exports"),
        # Costs as much as all the others together, so only of those who work with it.
        *(["/api/v1/openapi.json"] if with_api else []),
    ]
    answers = [client.get(path) for path in paths]
    return [(path, each.status_code, NOISE.sub(b"", each.content))
            for path, each in zip(paths, answers, strict=True)]  # fmt: skip


def test_no_page_of_anybody_else_changes_by_a_single_byte(stage):
    pairing, curious, circle = stage
    watched = {role: user for role, user in curious.items() if role in (
        "fed_county", "fed_town", "mother", "guardian", "auditor", "sys_admin", "city",
        "lead next door", "data_taker",
    )}  # fmt: skip

    def seen():
        return {
            role: pages_of(user, pairing, with_api=role in {"fed_county", "data_taker"})
            for role, user in watched.items()
        }

    before = seen()
    lead = pages_of(circle["LEAD"], pairing)
    report = raise_everything(pairing)
    handling.accept(report, by=circle["LEAD"], now=make.now())

    for role, pages in seen().items():
        for was, then in zip(before[role], pages, strict=True):
            assert was == then, (role, was[0])
    # The control: the lead's own messages tell of it.
    assert lead != pages_of(circle["LEAD"], pairing)


def test_reports_answer_a_stranger_as_if_they_were_not_there(stage):
    pairing, curious, _circle = stage
    report = raise_everything(pairing)
    client = Client(headers={"accept-language": "en"})
    client.force_login(curious["fed_county"])
    there, nowhere = report.pk, make.a_user().pk

    def ask(report_id):
        answer = client.get(reverse("protection:one", args=[report_id]))
        return answer.status_code, NOISE.sub(b"", answer.content).replace(
            str(report_id).encode(), b""
        )

    assert ask(there) == ask(nowhere)
    assert ask(there)[0] == 404
    assert client.get(reverse("protection:reports")).status_code == 404


def test_nothing_about_a_report_lies_readable_in_its_rows(stage):
    pairing, _curious, _circle = stage
    reporter = make.a_user("grid", display_name="何网格举报人")
    report = make_protection.a_report(
        reporter, child=pairing.child_id, words="烟头烫的伤", accused_words="继父王某", name="何某"
    )

    with connection.cursor() as cursor:
        rows = ""
        for table in (
            "protection_report",
            "protection_reporter",
            "protection_step",
            "audit_entry",
            "notices_notice",
            "procrastinate_jobs",
        ):
            cursor.execute(f"SELECT coalesce(string_agg(t::text, ''), '') FROM {table} t")
            rows += cursor.fetchone()[0]
    for secret in ("烟头", "王某", "何某", "何网格举报人", str(reporter.pk)):
        assert secret not in rows
    assert report.number == reading.number_of(report.client_id)
    assert str(Report.objects.get().pk) in rows
