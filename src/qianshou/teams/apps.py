"""Teams: care models as data, and the people around each child."""

from django.apps import AppConfig


class TeamsConfig(AppConfig):
    """Registers the app, its reactions, and what it adds to the rooms below."""

    name = "qianshou.teams"
    label = "teams"

    def ready(self) -> None:
        """Listen to the rooms below, tell pairing who is lacking, and show teams on child pages."""
        from django.urls import reverse  # noqa: PLC0415

        from qianshou.consents.queries import parties  # noqa: PLC0415
        from qianshou.pairing.queries import needs, roster  # noqa: PLC0415
        from qianshou.registry.queries import extensions  # noqa: PLC0415
        from qianshou.teams import handlers  # noqa: F401, PLC0415
        from qianshou.teams.queries import panels, sharing, teams  # noqa: PLC0415

        needs.register(teams.lacking)
        roster.register_account_page(lambda partner: reverse("teams:account", args=[partner]))
        extensions.register_panel(panels.child_panel, place=70)
        parties.register(sharing.parties_of, sharing.children_lacking)
