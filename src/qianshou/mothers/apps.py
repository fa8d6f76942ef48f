"""Mothers: the electronic file of each loving mother, and whether she is ready."""

from django.apps import AppConfig


class MothersConfig(AppConfig):
    """Registers the app and its reactions."""

    name = "qianshou.mothers"
    label = "mothers"

    def ready(self) -> None:
        """Listen to the hub, and take what this site asks for from its settings."""
        from django.conf import settings  # noqa: PLC0415

        from qianshou.mothers import handlers  # noqa: F401, PLC0415
        from qianshou.mothers.rules import gates  # noqa: PLC0415

        gates.REQUIRED.training_hours = float(settings.TRAINING_HOURS)
