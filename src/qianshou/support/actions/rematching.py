"""Asking for proposals for the children whose pairing closes, on the same day."""

from qianshou.common import queueing


def ask(county: str) -> bool:
    """Ask once for a county; while one waits in the queue a second is not needed."""
    return queueing.ask_alone("support.rematch", f"support.rematch.{county}", county=county)
