"""Audit: the trail of acts and of readings, provable afterwards."""

from django.apps import AppConfig


class AuditConfig(AppConfig):
    """Registers the app and its reactions."""

    name = "qianshou.audit"
    label = "audit"

    def ready(self) -> None:
        """Listen to what the rooms below announce."""
        from qianshou.audit import handlers  # noqa: F401, PLC0415
