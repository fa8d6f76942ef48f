"""Visits: home visits planned, made, and what follows from them."""

from django.apps import AppConfig


class VisitsConfig(AppConfig):
    """Registers the app, its reactions, its card on a child's page and its part of her day."""

    name = "qianshou.visits"
    label = "visits"

    def ready(self) -> None:
        """Listen to the registry; stand on the page of a child and on a mother's day."""
        from qianshou.care.queries import extensions as care  # noqa: PLC0415
        from qianshou.registry.queries import extensions  # noqa: PLC0415
        from qianshou.visits import handlers  # noqa: F401, PLC0415
        from qianshou.visits.queries import hers, panels  # noqa: PLC0415

        extensions.register_panel(panels.child_panel, place=80)
        extensions.register_moments(panels.child_moments)
        care.register_goings(hers.goings_of)
