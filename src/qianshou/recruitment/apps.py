"""Recruitment: campaigns, applications, screening, training and commitments of mothers to be."""

from django.apps import AppConfig


class RecruitmentConfig(AppConfig):
    """Registers the app, its reactions, and what it adds to the mothers' pages."""

    name = "qianshou.recruitment"
    label = "recruitment"

    def ready(self) -> None:
        """Listen to the mothers' room, and put the road of an application on its pages."""
        from qianshou.mothers import queries as mothers  # noqa: PLC0415
        from qianshou.recruitment import handlers  # noqa: F401, PLC0415
        from qianshou.recruitment.queries import panels  # noqa: PLC0415

        mothers.register_panel(panels.mother_panel)
