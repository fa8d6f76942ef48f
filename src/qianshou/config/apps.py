"""Configuration as an app: it carries the operator's commands and nothing of the domain."""

from django.apps import AppConfig


class ConfigConfig(AppConfig):
    """Registers the app, and joins rooms that must not know each other."""

    name = "qianshou.config"
    label = "config"

    def ready(self) -> None:
        """Let care teams show the goals of care plans."""
        from qianshou.config import goals  # noqa: PLC0415
        from qianshou.teams.queries import cards  # noqa: PLC0415

        cards.register_goals(goals.goals_of)
