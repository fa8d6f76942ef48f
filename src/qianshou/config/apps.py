"""Configuration as an app: it carries the operator's commands and nothing of the domain."""

from django.apps import AppConfig


class ConfigConfig(AppConfig):
    """Registers the app."""

    name = "qianshou.config"
    label = "config"
