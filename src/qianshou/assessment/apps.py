"""Assessment: needs and risk grade of each child by a versioned instrument."""

from django.apps import AppConfig


class AssessmentConfig(AppConfig):
    """Registers the app and its reactions."""

    name = "qianshou.assessment"
    label = "assessment"

    def ready(self) -> None:
        """Listen to the registry, and put grades on its pages."""
        from qianshou.assessment import handlers  # noqa: F401, PLC0415
        from qianshou.assessment.queries import grades as queries  # noqa: PLC0415
        from qianshou.assessment.queries import moments  # noqa: PLC0415
        from qianshou.registry.queries import extensions  # noqa: PLC0415

        extensions.register_column(queries.grade_column())
        extensions.register_panel(queries.panel_for, place=10)
        extensions.register_urgency(queries.urgency_of)
        extensions.register_moments(moments.moments_of)
