"""Consents: who may say yes for a child, to what, and whether it still holds."""

from django.apps import AppConfig


class ConsentsConfig(AppConfig):
    """Registers the app, its reactions, and its card on the page of a child."""

    name = "qianshou.consents"
    label = "consents"

    def ready(self) -> None:
        """Listen to the registry and put a card on its page."""
        from qianshou.consents import handlers  # noqa: F401, PLC0415
        from qianshou.consents.queries import panels  # noqa: PLC0415
        from qianshou.registry.queries import extensions  # noqa: PLC0415

        extensions.register_panel(panels.child_panel, place=100)
