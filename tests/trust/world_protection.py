"""Reports and signals on the stage of the matrix; the cast comes into their circle afterwards."""

from typing import Any
from uuid import uuid4

from django.utils import timezone

from qianshou.protection.actions import escalating, signalling, taking
from tests import make, make_protection


def furnish(place: Any) -> None:
    """A report about a child of the place, its receipt, and a signal from a note."""
    # Without somebody who receives it first, the county's leader would.
    make.a_user("safeguarding_lead", area=place.county)
    pairing = place.things["pairing"]
    report = make_protection.a_report(
        place.things["worker"], client_id=uuid4(), child=pairing.child_id, county=place.county
    )
    place.put("report", report, place.county)
    place.things["receipt"] = taking.receipt_of(report.client_id)
    note = signalling.Note(
        "他说爸爸打他，不敢回家", pairing.child_id, pairing.pk, place.village, f"contact/{uuid4()}",
        timezone.now(),
    )  # fmt: skip
    place.put("signal", signalling.look_at_note(note), place.county)


def admit() -> None:
    """Let the cast, which is made after the places, into the circles."""
    escalating.admit_successors(now=timezone.now())
