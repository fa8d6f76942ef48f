"""Outbound: what other systems are told, and what they may take with them."""

from django.apps import AppConfig


class OutboundConfig(AppConfig):
    """Registers the app and its reactions to what the rooms below announce."""

    name = "qianshou.outbound"
    label = "outbound"

    def ready(self) -> None:
        """Listen to the rooms below."""
        from qianshou.outbound import handlers  # noqa: F401, PLC0415
