"""Messages in a folder of its own, English pages, the shipped texts, a child with its family."""

import json

import pytest
from django.utils import translation

from qianshou.consents.actions import texts
from tests import make, make_consents, make_pairing


@pytest.fixture(autouse=True)
def _here(settings, tmp_path):
    settings.VAR, settings.QUIET_HOURS = tmp_path, (0, 0)
    settings.NOTICE_CHANNEL, settings.WHITENOISE_AUTOREFRESH = "outbox", True
    settings.STORAGES = settings.STORAGES | {
        "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
    }
    with translation.override("en"):
        yield


@pytest.fixture
def child(db):
    """A ten-year-old whose guardian nobody has asked; the texts are in force."""
    texts.load_texts()
    return make_pairing.a_child(consent=False, name="张雨桐")


@pytest.fixture
def father(child):
    """Her father, with number and telephone on file."""
    return make_consents.an_adult(child)


@pytest.fixture
def grandmother(child):
    """Her grandmother, with whom she lives."""
    return make_consents.an_adult(
        child, "GRANDPARENT", guards=False, cares=True, name="李桂英",
        id_number="500236195203154227", phone="15487654321",
    )  # fmt: skip


@pytest.fixture
def worker(db):
    return make.a_worker()


@pytest.fixture
def outbox(tmp_path):
    """What has left the house, in the order of its writing."""
    from qianshou.notices import actions as notices

    def read():
        notices.deliver_due()
        files = sorted((tmp_path / "outbox").glob("*.json"))
        return [json.loads(each.read_text(encoding="utf-8")) for each in files]

    return read
