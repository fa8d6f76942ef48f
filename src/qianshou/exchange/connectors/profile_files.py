"""Profiles as files: the ones that come with the program, and those an operator brings."""

import json
import tomllib
from collections.abc import Mapping
from functools import lru_cache
from hashlib import sha256
from pathlib import Path
from typing import Any, Final

from django.utils.translation import gettext as _

from qianshou.common.errors import Refused
from qianshou.exchange.rules import profile as profiles

SHIPPED: Final = Path(__file__).parents[1] / "profiles"
LARGEST: Final = 1 << 20


class UnfitProfile(Refused):
    """The profile cannot be used."""

    # Which key is wrong, and what is wrong with it: for a form that has a field of that name.
    key: str = ""
    says: str = ""


def read(file: Path) -> dict[str, Any]:
    """Read and check a profile file; raises `UnfitProfile` with file, key and problem."""
    if file.stat().st_size > LARGEST:
        raise UnfitProfile(_("%(file)s: a profile has at most 1 MB.") % {"file": file.name})
    try:
        data = tomllib.loads(file.read_text(encoding="utf-8"))
    except tomllib.TOMLDecodeError as problem:
        words = _("%(file)s: %(problem)s. Names that are not Latin letters need quotation marks.")
        raise UnfitProfile(words % {"file": file.name, "problem": problem}) from problem
    except UnicodeDecodeError as problem:
        words = _("%(file)s: the file is not UTF-8 (%(problem)s).")
        raise UnfitProfile(words % {"file": file.name, "problem": problem}) from problem
    return checked(data, file.name)


def checked(data: dict[str, Any], where: str) -> dict[str, Any]:
    """Return profile data that can be used; raises `UnfitProfile`."""
    try:
        profiles.parse(data, where)
    except profiles.BadProfile as problem:
        raise unfit(problem) from problem
    return data


def unfit(problem: profiles.BadProfile) -> UnfitProfile:
    """Return the refusal of a profile in the reader's language."""
    refusal = UnfitProfile(problem.said(_(problem.problem)))
    refusal.key, refusal.says = problem.key, _(problem.problem) % problem.params
    return refusal


def as_shipped(file: Path) -> dict[str, Any]:
    """Read a shipped profile with a mark by which a later change on the site is noticed."""
    data = read(file)
    return {**data, "shipped": _digest(data)}


def bare(data: Mapping[str, Any]) -> dict[str, Any]:
    """Return profile data without the mark."""
    return {key: value for key, value in data.items() if key != "shipped"}


def is_as_shipped(data: Mapping[str, Any]) -> bool:
    """Tell whether nobody has changed a profile since it came with the program."""
    return _digest(bare(data)) == data.get("shipped")


def _digest(data: Mapping[str, Any]) -> str:
    return sha256(json.dumps(data, sort_keys=True).encode()).hexdigest()[:16]


@lru_cache(maxsize=2)
def known_headers(target: str) -> dict[str, str]:
    """Return every header of the shipped profiles for a target, with the field it fills."""
    found: dict[str, str] = {}
    for file in sorted(SHIPPED.glob("*.toml")):
        profile = profiles.parse(read(file), file.name)
        if profile.target == target:
            found = {**found, **profile.headers}
    return found
