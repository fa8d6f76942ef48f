"""Support: staff contacts, worklists, pauses, endings and transfers of pairings."""

from django.apps import AppConfig


class SupportConfig(AppConfig):
    """Registers the app, its reactions, and the page of a pairing's care."""

    name = "qianshou.support"
    label = "support"

    def ready(self) -> None:
        """Listen to the rooms below, and lead from their pages to the care of a pairing."""
        from django.urls import reverse  # noqa: PLC0415

        from qianshou.mothers import queries as mothers  # noqa: PLC0415
        from qianshou.pairing.queries import shapes  # noqa: PLC0415
        from qianshou.registry.queries import extensions  # noqa: PLC0415
        from qianshou.support import handlers  # noqa: F401, PLC0415
        from qianshou.support.queries import panels  # noqa: PLC0415

        shapes.register_care_page(lambda pairing: reverse("support:pairing", args=[pairing]))
        extensions.register_panel(panels.child_panel, place=50)
        mothers.register_panel(panels.mother_panel)
