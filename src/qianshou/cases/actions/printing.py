"""The file of a team as a paper for the folder of a meeting."""

from datetime import datetime

from django.utils.translation import get_language

from qianshou.accounts.models import User
from qianshou.cases.actions import reading
from qianshou.cases.models import TaskTeam
from qianshou.cases.queries import page
from qianshou.common import papers


def print_file(team: TaskTeam, *, by: User, now: datetime) -> bytes:
    """Return the whole file as PDF/A; who took it out and when stands in the trail and on it."""
    opened = reading.read(team, by=by, act="team.printed")
    data = page.paper_of(page.page_of(team, opened, user=by, now=now), by=by, now=now)
    language = (get_language() or "zh-hans").lower()
    return papers.render("cases/team", data, title=data["heading"], language=language, at=now)
