"""Searching for one person by ID or telephone number is an act that the trail keeps."""

from qianshou.accounts.models import User
from qianshou.audit import actions as audit
from qianshou.mothers import queries


def note_search(search: str, *, by: User, area_code: str) -> None:
    """Write down a search by number; the number itself is not written."""
    if queries.is_number(search):
        audit.record("mothers.searched_by_number", by=by, area_code=area_code)
