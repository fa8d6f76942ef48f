"""`qianshou doctor` sees what nobody else would: contacts that nothing could hear of."""

import pytest
from django.utils import timezone

from qianshou.care.actions import contacts, hearing
from qianshou.config.commands import doctor
from tests.care.test_hearing import Hers

pytestmark = pytest.mark.django_db


def unwell():
    looks = [each for each in doctor.LOOKS if each.__name__ == "_arrivals"]
    return [found.mend for look in looks for found in look() if not found.well]


def test_contacts_that_could_not_be_heard_of_are_told(monkeypatch):
    Hers().hand_in("很开心")
    assert unwell() == []

    monkeypatch.setattr(contacts, "announce", lambda _rows: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        hearing.hear_of_due(timezone.now())
    monkeypatch.undo()

    (mend,) = unwell()
    assert mend.startswith("1 could not be taken in")
    hearing.hear_of_due(timezone.now() + 2 * hearing.FIRST_PAUSE)
    assert unwell() == []
