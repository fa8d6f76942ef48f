"""Web: the home of each role, the shell, the components and the living page of them."""

from django.apps import AppConfig


class WebConfig(AppConfig):
    """Registers the app."""

    name = "qianshou.web"
    label = "web"
