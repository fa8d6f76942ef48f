"""Pairing: matching runs, proposals, decisions and pairings."""

from django.apps import AppConfig


class PairingConfig(AppConfig):
    """Registers the app, its reactions, and what it adds to the pages of children and mothers."""

    name = "qianshou.pairing"
    label = "pairing"

    def ready(self) -> None:
        """Listen to the registry, and put pairings on its pages and on the mothers'."""
        from qianshou.consents.queries import child as consents  # noqa: PLC0415
        from qianshou.mothers import queries as mothers  # noqa: PLC0415
        from qianshou.pairing import handlers  # noqa: F401, PLC0415
        from qianshou.pairing.queries import panels, withdrawing  # noqa: PLC0415
        from qianshou.registry.queries import extensions  # noqa: PLC0415

        consents.register_consequences(withdrawing.consequences)
        extensions.register_column(panels.column())
        extensions.register_panel(panels.child_panel, place=40)
        mothers.register_panel(panels.mother_panel)
        mothers.register_section(panels.mother_section)
        mothers.register_occupancy(panels.occupancy)
