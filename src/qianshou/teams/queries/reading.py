"""Care models read from their rows, and their words in the reader's language."""

from collections.abc import Mapping
from functools import lru_cache
from typing import Any, Final

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from qianshou.pairing.models import Role
from qianshou.teams.models import CareModel
from qianshou.teams.rules import model as rules
from qianshou.teams.rules.model import Model, Slot

ROLES: Final = frozenset(Role.values)
_bodies: dict[str, Any] = {}


def model_of(row: CareModel) -> Model:
    """Return what a version says; each text is read once."""
    _bodies.setdefault(row.sha256, row.body)
    return _read(row.sha256)


@lru_cache(maxsize=256)
def _read(sha256: str) -> Model:
    return rules.model_from(_bodies[sha256], roles=ROLES)


def words(text: Mapping[str, str]) -> str:
    """Return words of a model in the reader's language."""
    language = (get_language() or "zh-hans").lower()
    name = "en" if language.startswith("en") else "zh_hant" if "hant" in language else "zh"
    return text.get(name) or text.get("zh", "")


def role_words(role: str) -> str:
    """Return what a role is called."""
    return _("loving mother") if role == rules.MOTHER else str(Role(role).label)


def slot_words(slot: Slot) -> str:
    """Return what a slot is called: by its own name, or by its role."""
    return words(slot.name) or role_words(slot.role)
