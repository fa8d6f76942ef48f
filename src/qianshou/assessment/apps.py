"""Assessment: needs and risk grade of each child by a versioned instrument."""

from django.apps import AppConfig


class AssessmentConfig(AppConfig):
    """Registers the app and its reactions."""

    name = "qianshou.assessment"
    label = "assessment"

    def ready(self) -> None:
        """Listen to the registry, and put grades on its pages."""
        from qianshou.assessment import handlers, queries  # noqa: F401, PLC0415
        from qianshou.registry.queries import extensions  # noqa: PLC0415

        extensions.register_column(queries.grade_column())
        extensions.register_panel(queries.panel_for)
        extensions.register_urgency(queries.urgency_of)
