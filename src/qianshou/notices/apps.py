"""Notices: what the system tells a person, in the app and outside it, exactly once."""

from django.apps import AppConfig


class NoticesConfig(AppConfig):
    """Registers the app."""

    name = "qianshou.notices"
    label = "notices"
