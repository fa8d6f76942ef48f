"""Plans: the agreed items of care, their progress, and guidance for the parents."""

from django.apps import AppConfig


class PlansConfig(AppConfig):
    """Registers the app, its reactions and its card on a child's page."""

    name = "qianshou.plans"
    label = "plans"

    def ready(self) -> None:
        """Listen to the rooms below, and stand on the pages of children."""
        from qianshou.plans import handlers  # noqa: F401, PLC0415
        from qianshou.plans.queries import panels  # noqa: PLC0415
        from qianshou.registry.queries import extensions  # noqa: PLC0415

        extensions.register_panel(panels.child_panel, place=60)
