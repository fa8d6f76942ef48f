"""Daily care on the stage of the matrix."""

import json
from datetime import timedelta
from typing import Any
from uuid import uuid4

from django.utils import timezone

from qianshou.care.actions import contacts as logging
from qianshou.care.actions import enclosing, ruling
from qianshou.care.models import Appointment, Clock, Device, Held
from qianshou.care.rules import clocks, payload
from qianshou.common.identity import new_id
from tests import make_care, make_recordings


def furnish(place: Any) -> None:
    """A contact with a note, a question about it, a phone, what it left behind, two versions."""
    things, now = place.things, timezone.now()
    pairing, mother, worker = things["pairing"], things["mother"], things["worker"]
    device = Device.objects.create(
        user=worker, mother=mother, area_code=place.village, label="手机", registered_at=now,
        send_digest=uuid4().bytes * 2, read_digest=uuid4().bytes * 2,
    )  # fmt: skip
    place.put("phone", device)
    said = payload.Said(pairing.pk, "CALL", now, 10, (), 4, "她说想妈妈", follow_up=False)
    contact = logging.contact_of(
        pairing, said, by=worker, key=uuid4(), now=now, when=clocks.Moment(now, now, skewed=False)
    )
    contact.save(force_insert=True)
    place.put("contact", contact)
    question = logging.answer(contact, by=worker, kind="QUESTION", text="后来好些了吗", now=now)
    place.put("question_to_her", question)
    held = Held(
        id=new_id(), device=device, user=worker, mother=mother, pairing=pairing,
        area_code=place.village, client_id=uuid4(), seq=1, digest=uuid4().bytes, reason="REVOKED",
        received_at=now,
    )  # fmt: skip
    held.body = json.dumps({**make_care.a_contact(pairing.pk), "note": "夜里的哭声"})
    held.save(force_insert=True)
    place.put("held", held)
    voice = enclosing.enclose(contact, "VOICE", make_recordings.an_ogg(), now=now)
    place.put("recording", voice)
    for state in ("CURRENT", "CONFLICT"):
        version = Appointment.objects.create(
            pairing=pairing, mother=mother, area_code=place.village, what="VISIT", at=now,
            state=state, client_id=uuid4(), by=worker, made_at=now,
        )  # fmt: skip
        place.put(f"version_{state.lower()}", version)
    Clock.objects.create(
        pairing=pairing, area_code=place.village, grade="ORANGE", tier=1, every=7,
        heard_on=now.date() - timedelta(days=20), due_on=now.date() - timedelta(days=13),
    )  # fmt: skip
    place.put("clock_rules", ruling.load_rules())
