"""Pages are drawn without the collected static files, which only an installation has."""

import pytest


@pytest.fixture(autouse=True)
def _plain_static_files(settings):
    settings.WHITENOISE_AUTOREFRESH = True
    settings.STORAGES = settings.STORAGES | {
        "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
    }
