"""Mothers: the electronic file of each loving mother, and whether she is ready."""

from django.apps import AppConfig


class MothersConfig(AppConfig):
    """Registers the app and its reactions."""

    name = "qianshou.mothers"
    label = "mothers"

    def ready(self) -> None:
        """Listen to the hub."""
        from qianshou.mothers import handlers  # noqa: F401, PLC0415
