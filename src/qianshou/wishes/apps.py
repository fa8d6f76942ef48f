"""Wishes: made with the child, screened, shown without a name, fulfilled."""

from django.apps import AppConfig


class WishesConfig(AppConfig):
    """Registers the app, its reactions, and its card on a child's page."""

    name = "qianshou.wishes"
    label = "wishes"

    def ready(self) -> None:
        """Listen to the registry, and stand on the page of a child."""
        from qianshou.registry.queries import extensions  # noqa: PLC0415
        from qianshou.wishes import handlers  # noqa: F401, PLC0415
        from qianshou.wishes.queries import panels  # noqa: PLC0415

        extensions.register_panel(panels.child_panel, place=90)
