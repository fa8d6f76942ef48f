"""Areas: the tree from province to village that every scope and every figure follows."""

from django.apps import AppConfig


class AreasConfig(AppConfig):
    """Registers the app."""

    name = "qianshou.areas"
    label = "areas"
