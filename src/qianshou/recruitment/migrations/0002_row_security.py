"""Offices see their area; an applicant sees and writes her own application and nothing else.

An applicant has no account. Her scope is of kind APPLICANT with the application's id as its person:
it holds no area, so that only the conditions below open anything. Of her own application she may
set only what is hers to decide: the words of a draft, handing in, an appeal, a withdrawal.
"""

from django.db import migrations

from qianshou.common import rowsecurity

APPLICANT = "(SELECT scope_kind()) = 'APPLICANT'"
PERSON = "(SELECT scope_person())"
OWN = f"({APPLICANT} AND id = {PERSON}) OR mother_id = {PERSON}"
MINE = (
    f"{PERSON} IS NOT NULL AND application_id IN (SELECT a.id FROM recruitment_motherapplication a"
    f" WHERE a.mother_id = {PERSON} OR ({APPLICANT} AND a.id = {PERSON}))"
)


def hull(area: str = "area_code") -> str:
    inside = f"scope_holds({area}, (SELECT scope_lows()), (SELECT scope_highs()))"
    return f"({area} BETWEEN (SELECT scope_low()) AND (SELECT scope_high()) AND {inside})"


class Migration(migrations.Migration):
    dependencies = [('recruitment', '0001_initial'), ('areas', '0002_scope_functions')]
    operations = [
        rowsecurity.secure("recruitment_campaign"),
        rowsecurity.secure("recruitment_campaignday"),
        rowsecurity.secure("recruitment_listload"),
        rowsecurity.secure(
            "recruitment_motherapplication",
            own=OWN,
            write=f"{hull()} OR ({APPLICANT} AND id = {PERSON} AND mother_id IS NULL"
            " AND state IN ('DRAFT', 'SUBMITTED', 'APPEALED', 'WITHDRAWN'))",
        ),
        rowsecurity.secure(
            "recruitment_applicationstep",
            write=f"{hull()} OR ({APPLICANT} AND application_id = {PERSON}"
            " AND actor = 'APPLICANT' AND by_id IS NULL)",
        ),
        rowsecurity.secure("recruitment_likeness"),
        rowsecurity.secure("recruitment_screeningcheck"),
        rowsecurity.secure("recruitment_reference"),
        rowsecurity.secure("recruitment_interview"),
        rowsecurity.secure("recruitment_trainingsession"),
        rowsecurity.secure("recruitment_attendance", own=MINE),
        rowsecurity.secure(
            "recruitment_signature",
            own=MINE,
            write=f"{hull()} OR (proof = 'PHONE' AND by_id IS NULL AND {MINE})",
        ),
    ]
