"""Which way messages leave this house, as the settings say."""

from django.conf import settings

from qianshou.notices.connectors.channel import Channel
from qianshou.notices.connectors.outbox import FileOutbox
from qianshou.notices.connectors.sms import Sms


def channel() -> Channel | None:
    """Return the way out, or None where messages stay in the app."""
    if settings.NOTICE_CHANNEL == "sms":
        return Sms(
            settings.SMS_URL, secret=settings.SMS_KEY, header=settings.SMS_HEADER,
            body=settings.SMS_BODY, accepted=settings.SMS_OK,
        )  # fmt: skip
    if settings.NOTICE_CHANNEL == "outbox":
        return FileOutbox(settings.VAR / "outbox")
    return None
