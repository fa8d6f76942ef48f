"""What a person looks at before joining two files or taking a row out of one."""

from typing import Any, Final
from uuid import UUID

from qianshou.accounts.models import User
from qianshou.areas import queries as areas
from qianshou.common.errors import NotFound
from qianshou.registry import permissions
from qianshou.registry.models import Child, Link
from qianshou.registry.queries import child as child_queries
from qianshou.registry.queries import words

_FIELDS: Final = (
    "name", "sex", "birth_on", "area_code", "hukou_code", "school", "class_name", "categories",
    "guardianship",
)  # fmt: skip


def link_for(user: User, child: Child, record_id: UUID) -> Link:
    """Return the standing link of a row in a file the person may see; raises `NotFound`."""
    found = next(
        (link for link in child_queries.rows_of(child) if link.record_id == record_id), None
    )
    if found is None or not permissions.can_decide_links(user, child.area_code):
        raise NotFound
    return found


def compared(user: User, kept_id: UUID, other_id: Any) -> dict[str, Any]:
    """Return two files side by side; raises `NotFound` for a file that is not the person's."""
    try:
        chosen = UUID(str(other_id))
    except ValueError as problem:
        raise NotFound from problem
    kept, other = child_queries.child_for(user, kept_id), child_queries.child_for(user, chosen)
    codes = {kept.area_code, other.area_code, kept.hukou_code, other.hukou_code} - {""}
    names = areas.full_names_of(codes)
    sides = [(name, _shown(kept, name, names), _shown(other, name, names)) for name in _FIELDS]
    lines = [_line(name, left, right) for name, left, right in sides if left or right]
    return {"other": other, "lines": lines}


def _line(name: str, left: str, right: str) -> dict[str, str]:
    agree = "none" if not (left and right) else "for" if left == right else "against"
    return {
        "label": words.label_of(name), "left": left, "right": right, "weight": agree,
        "words": words.likeness(left, right),
    }  # fmt: skip


def _shown(child: Child, name: str, names: dict[str, str]) -> str:
    value = child.facts.get(name, getattr(child, name, None))
    if name in ("area_code", "hukou_code"):
        return names.get(value or "", value or "")
    return words.value_of(name, value)
