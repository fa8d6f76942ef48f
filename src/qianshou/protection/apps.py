"""Protection: mandatory reports that nobody can hold up, and signals that people look at."""

from django.apps import AppConfig


class ProtectionConfig(AppConfig):
    """Registers the app."""

    name = "qianshou.protection"
    label = "protection"
