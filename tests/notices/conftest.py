"""A folder of its own for each test, English pages, and a provider that really listens."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from django.test import Client
from django.utils import translation


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
def client():
    """A browser that asks for English pages, whatever is translated."""
    return Client(headers={"accept-language": "en"})


class Provider:
    """A provider of text messages in a process of its own."""

    def __init__(self, folder):
        self.folder = folder
        folder.mkdir()
        program = Path(__file__).parent / "provider_server.py"
        self.process = subprocess.Popen(
            [sys.executable, str(program), str(folder)], stdout=subprocess.PIPE, text=True
        )
        self.url = f"http://127.0.0.1:{int(self.process.stdout.readline())}/send"

    def does(self, *faults):
        """Do these wrong, one a request."""
        (self.folder / "faults.json").write_text(json.dumps(faults), encoding="utf-8")

    @property
    def phones(self):
        """What arrived on telephones."""
        path = self.folder / "phones.jsonl"
        return [json.loads(each) for each in path.read_text("utf-8").splitlines()] if (
            path.exists()
        ) else []  # fmt: skip


@pytest.fixture
def provider(settings, tmp_path):
    """Messages leave through this provider."""
    made = Provider(tmp_path / "provider")
    settings.NOTICE_CHANNEL, settings.SMS_URL, settings.SMS_KEY = "sms", made.url, "schlüssel"
    settings.SMS_HEADER, settings.SMS_OK = "X-Key: {key}", "code=0"
    settings.SMS_BODY = '{"mobile": "{address}", "parts": ["{text}"], "fixed": 3}'
    settings.SMS_KEY = "key"
    yield made
    made.process.kill()
    made.process.wait()
    made.process.stdout.close()
