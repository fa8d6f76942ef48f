"""Reactions to what the mothers' room announces."""

from qianshou.common.bus import on
from qianshou.mothers.events import MotherRestated
from qianshou.recruitment.actions import following


@on(MotherRestated)
def follow_file(event: MotherRestated) -> None:
    """Let her application follow the state of her file."""
    following.follow_file(event)
