"""Cases: one child, one file, one strategy, one task team."""

from django.apps import AppConfig


class CasesConfig(AppConfig):
    """Registers the app, its reactions, and the card on a child's page."""

    name = "qianshou.cases"
    label = "cases"

    def ready(self) -> None:
        """Listen to the rooms below, show a child's task team on its page, and name its units."""
        from qianshou.cases import handlers  # noqa: F401, PLC0415
        from qianshou.cases.queries import panels, parties  # noqa: PLC0415
        from qianshou.consents.queries import parties as asked  # noqa: PLC0415
        from qianshou.registry.queries import extensions  # noqa: PLC0415

        extensions.register_panel(panels.child_panel, place=20)
        extensions.register_moments(panels.child_moments)
        asked.register(parties.parties_of, parties.children_lacking)
