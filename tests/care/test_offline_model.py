"""T38: two phones and a page of one mother, cut off and let in at random, beside a plain model.

The model knows two sentences: what was logged is there once, and a version of the appointment
holds if it was made from the one that holds, else both stay and a person chooses.
"""

import random
from datetime import datetime, timedelta
from typing import Any, NamedTuple
from uuid import UUID, uuid4

import pytest
from django.test import Client
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from qianshou.care.actions import contacts, planning
from qianshou.care.models import Appointment, Device
from qianshou.care.rules import payload
from tests import make_care

pytestmark = pytest.mark.django_db
# A mother may set up two telephones; the third is a page, which has no wait.
PHONES, PAGE = 2, 2
# A phone logs, plans for one of four hours, hears what holds, or hands in part of what waits.
STEPS = st.tuples(
    st.sampled_from(["log", "plan", "plan", "hear", "send", "send"]),
    st.integers(0, PAGE),
    st.integers(0, 2**16),
)


class Version(NamedTuple):
    """A version of the appointment as a phone made it."""

    key: str
    at: datetime
    base: str | None


class Model:
    """What has to be there, whoever was cut off when."""

    def __init__(self) -> None:
        self.contacts: set[str] = set()
        self.states: dict[str, str] = {}
        self.holds: Version | None = None

    def take(self, made: Version | str) -> None:
        """Take in what a phone made, if it is new."""
        if isinstance(made, str):
            self.contacts.add(made)
        elif made.key not in self.states:
            if self.holds is None or made.base == self.holds.key:
                if self.holds is not None:
                    self.states[self.holds.key] = "PAST"
                self.holds, self.states[made.key] = made, "CURRENT"
            else:
                self.states[made.key] = "PAST" if made.at == self.holds.at else "CONFLICT"


class Phone:
    """A phone that notes what it does, and sends it in pieces, in any order, also again."""

    def __init__(self, user: Any, pairing: Any, day: datetime) -> None:
        self.pairing, self.day = pairing, day
        self.keys = make_care.a_phone(user)
        self.made: list[tuple[dict[str, Any], Version | str]] = []
        self.known: str | None = None

    def note(self, said: dict[str, Any], made: Any, key: Any) -> None:
        """Note one entry, sealed and numbered."""
        entry = make_care.an_entry(self.keys.device.pk, said, seq=len(self.made) + 1, key=key)
        self.made.append((entry, made))

    def log(self) -> None:
        """Log a contact."""
        key = uuid4()
        self.note(make_care.a_contact(self.pairing.pk), str(key), key)

    def plan(self, dice: random.Random) -> None:
        """Set the next appointment from the version that this phone knows."""
        key, at = uuid4(), self.day + timedelta(hours=dice.randrange(4))
        said = make_care.an_appointment(self.pairing.pk, at, base=self.known)
        self.note(said, Version(str(key), at, self.known), key)
        self.known = str(key)

    def send(self, model: Model, entries: list[tuple[dict[str, Any], Version | str]]) -> None:
        """Hand in entries, and say in the model what arrives."""
        answer = Client().post(
            "/care/phone/sync/", make_care.a_batch([entry for entry, _ in entries]),
            content_type="application/json",
            headers={"authorization": f"Bearer {self.keys.send}"},
        )  # fmt: skip
        assert answer.status_code == 200
        for _, made in entries:
            model.take(made)


class Page:
    """A page: what is done there is handed in at once."""

    def __init__(self, user: Any, pairing: Any, day: datetime) -> None:
        self.user, self.pairing, self.day = user, pairing, day
        self.known: str | None = None

    def log(self, model: Model) -> None:
        """Log a contact."""
        key = uuid4()
        said = payload.Said(self.pairing.pk, "CALL", timezone.now(), 10, (), None, "", False)
        contacts.log(self.pairing, by=self.user, said=said, key=key, now=timezone.now())
        model.take(str(key))

    def plan(self, model: Model, dice: random.Random) -> None:
        """Set the next appointment from the version that the page showed."""
        key, at = uuid4(), self.day + timedelta(hours=dice.randrange(4))
        base = UUID(self.known) if self.known else None
        planned = payload.Planned(self.pairing.pk, "VISIT", at, base)
        planning.plan(self.pairing, by=self.user, planned=planned, key=key, now=timezone.now())
        model.take(Version(str(key), at, self.known))
        self.known = str(key)


def play(steps: list[tuple[str, int, int]]) -> tuple[Any, Any]:
    """Let the phones do these steps; returns what is there, and what the model says."""
    user, mother = make_care.a_carer()
    pairing, model = make_care.a_pairing(mother), Model()
    day = timezone.now().replace(microsecond=0) + timedelta(days=2)
    phones = [Phone(user, pairing, day) for _ in range(PHONES)]
    page = Page(user, pairing, day)
    for step, which, seed in steps:
        dice = random.Random(seed)
        if step == "hear":
            hearer = page if which == PAGE else phones[which]
            hearer.known = model.holds.key if model.holds else None
        elif which == PAGE:
            page.log(model) if step == "log" else page.plan(model, dice)
        elif step == "send":
            phone = phones[which]
            phone.send(model, dice.sample(phone.made, dice.randint(0, len(phone.made))))
        else:
            phones[which].log() if step == "log" else phones[which].plan(dice)
    for phone in phones:
        # The whole day once more, at the end: nothing may be left behind, nothing may double.
        phone.send(model, phone.made)
    versions = Appointment.objects.filter(pairing=pairing)
    there = {
        "contacts": sorted(map(str, pairing.contacts.values_list("client_id", flat=True))),
        "versions": {str(key): state for key, state in versions.values_list("client_id", "state")},
        "missing": {each.missing for each in Device.objects.filter(user=user)},
    }
    said = {"contacts": sorted(model.contacts), "versions": model.states, "missing": {0}}
    return there, said


@given(st.lists(STEPS, min_size=3, max_size=14))
@settings(
    max_examples=20, deadline=None, derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)  # fmt: skip
def test_whoever_was_cut_off_when_nothing_is_lost_doubled_or_overwritten(steps):
    there, said = play(steps)

    assert there == said


CROSSED = [("plan", 0, 1), ("send", 0, 3), ("plan", 1, 2), ("log", 1, 0), ("plan", 2, 7)]


def test_a_later_write_that_wins_is_found(monkeypatch):
    """Negative control: with "the last one wins" the versions are not those of the model."""
    there, said = play(CROSSED)
    assert there == said
    monkeypatch.setattr(planning, "_state", lambda *_a, **_k: Appointment.State.CURRENT)

    there, said = play(CROSSED)

    assert there["versions"] != said["versions"]
