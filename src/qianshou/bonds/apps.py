"""Bonds: from an approved pair to the first meeting."""

from django.apps import AppConfig


class BondsConfig(AppConfig):
    """Registers the app, its reactions, and what it adds to the pages of children and mothers."""

    name = "qianshou.bonds"
    label = "bonds"

    def ready(self) -> None:
        """Listen to the mothers' room, and put the road on the pages of children and mothers."""
        from qianshou.bonds import handlers  # noqa: F401, PLC0415
        from qianshou.bonds.queries import panels  # noqa: PLC0415
        from qianshou.mothers import queries as mothers  # noqa: PLC0415
        from qianshou.registry.queries import extensions  # noqa: PLC0415

        extensions.register_panel(panels.child_panel, place=30)
        extensions.register_moments(panels.child_moments)
        mothers.register_panel(panels.mother_panel)
