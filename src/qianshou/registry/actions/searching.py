"""Searching for one person by ID number is an act that the trail keeps."""

from qianshou.accounts.models import User
from qianshou.audit import actions as audit
from qianshou.registry.queries import children


def note_search(search: str, *, by: User, area_code: str) -> None:
    """Write down a search by a full ID number; the number itself is not written."""
    if children.is_number(search):
        audit.record("registry.searched_by_number", by=by, area_code=area_code)
