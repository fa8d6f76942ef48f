"""A matching policy as data: hard rules, weights, limits, and sentences that explain them."""

import hashlib
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from qianshou.engines.matching.values import STANDING, BadValuesError, Values, values_from

DEFAULT = Path(__file__).parent / "policies" / "default.toml"

RULES = (
    "no_consent",
    "not_ready",
    "no_capacity",
    "conflict",
    "too_far",
    "no_common_dialect",
    "qualification_missing",
    "same_sex_for_teens",
    "no_common_time",
)
"""Hard rules in the order in which they are tried; a refusal names the first that fails."""

PARTS = (
    "travel",
    "time",
    "skills",
    "stability",
    "wish",
    "interests",
    "kinship",
    "balance",
)
"""What a score is made of."""

LIMITS = (
    "travel_m",
    "travel_scale_m",
    "strain_fewer",
    "strain_none",
    "settled_years",
    "settled_matches",
    "teen_age",
)


SWITCHING = ("points", "per_month", "per_quality", "at_most")
"""What a standing pairing is worth more: at once, by month, by point of quality; and at most."""

WAITING = ("per_month", "at_most")
"""What every pair of a child who waits is worth more, by month; and at most."""

LARGEST_POINTS = 10_000
"""As much as the best score; a score and both bonuses still fit the 16 bits of a cost."""


class BadPolicyError(ValueError):
    """The policy cannot be used; the message names the key and the remedy."""


@dataclass(frozen=True)
class Sentence:
    """The same sentence in Chinese and in English."""

    zh: str
    en: str


@dataclass(frozen=True)
class Policy:
    """Rules, weights and limits of one version of a policy.

    ``rules`` tells which hard rules are on, ``weights`` the parts of a score in per mille,
    ``limits`` the numbers the rules use, ``values`` its value lists. ``digest`` is the SHA-256 of
    the file.
    """

    name: str
    version: str
    title: Sentence
    rules: Mapping[str, bool]
    weights: Mapping[str, int]
    limits: Mapping[str, int]
    sentences: Mapping[str, Sentence]
    digest: str
    fairness_step: int = 0
    switching: Mapping[str, int] = field(default_factory=dict)
    waiting: Mapping[str, int] = field(default_factory=dict)
    values: Values = STANDING
    siblings_together: bool = False

    def bonus_for_standing(self, months: int, quality: int) -> int:
        """Return what a pairing of this age and quality (0..100) is worth for standing."""
        points = self.switching.get("points", 0)
        points += self.switching.get("per_month", 0) * max(0, months)
        points += self.switching.get("per_quality", 0) * min(100, max(0, quality))
        return min(points, self.switching.get("at_most", points))

    def bonus_for_waiting(self, days: NDArray[Any]) -> NDArray[np.int64]:
        """Return what any pair of children who wait so long is worth more than its score."""
        points = np.maximum(days, 0).astype(np.int64) // 30 * self.waiting.get("per_month", 0)
        bonus: NDArray[np.int64] = np.minimum(points, self.waiting.get("at_most", 0))
        return bonus


def load_policy(path: Path = DEFAULT) -> Policy:
    """Read a policy from a TOML file; raise `BadPolicyError` when it is not complete and sound."""
    text = path.read_bytes()
    try:
        data = tomllib.loads(text.decode("utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise BadPolicyError(f"{path}: {error}; write TOML in UTF-8") from None
    return policy_from(data, digest=hashlib.sha256(text).hexdigest(), source=str(path))


def policy_from(data: Mapping[str, Any], *, digest: str, source: str = "policy") -> Policy:
    """Build a policy from its parsed data."""
    rules = {name: _entry(data, source, ("rules", name, "on"), kind=bool) for name in RULES}
    weights = {name: _entry(data, source, ("parts", name, "weight"), kind=int) for name in PARTS}
    limits = {name: _number(data, source, name) for name in LIMITS}
    try:
        values = values_from(data)
    except BadValuesError as error:
        raise BadPolicyError(f"{source}: {error}") from None
    if sum(weights.values()) != 1000 or min(weights.values()) < 0:
        raise BadPolicyError(
            f"{source}: the weights of parts are {weights}; they must be whole numbers of at "
            f"least 0 that add up to 1000, not {sum(weights.values())}"
        )
    together = _together(data, source)
    return Policy(
        name=str(data.get("name", "")),
        version=str(data.get("version", "")),
        title=_sentence(data.get("title", {})),
        rules=rules,
        weights=weights,
        limits=limits,
        sentences={
            name: _sentence(data[table][name])
            for table, names in (("rules", RULES), ("parts", PARTS))
            for name in names
        },
        digest=digest,
        fairness_step=_optional(data, source, ("fairness", "step")),
        switching={name: _optional(data, source, ("switching", name)) for name in SWITCHING},
        waiting={name: _optional(data, source, ("waiting", name)) for name in WAITING},
        values=values,
        siblings_together=together,
    )


def _together(data: Mapping[str, Any], source: str) -> bool:
    """Read whether siblings go together; each further child cannot cost more then."""
    value = data.get("siblings", {}).get("together", False)
    if type(value) is not bool:
        raise BadPolicyError(f"{source}: siblings.together is {value!r}; write true or false")
    if value and _optional(data, source, ("fairness", "step")):
        raise BadPolicyError(
            f"{source}: siblings.together is true and fairness.step is not 0; a mother who takes "
            "siblings takes them at once, so set one of the two to nothing"
        )
    return value


def _entry(data: Mapping[str, Any], source: str, path: tuple[str, str, str], *, kind: type) -> Any:
    table, name, key = path
    value = data.get(table, {}).get(name, {}).get(key)
    if type(value) is not kind:
        raise BadPolicyError(f"{source}: {'.'.join(path)} is {value!r}; give a {kind.__name__}")
    return value


def _number(data: Mapping[str, Any], source: str, name: str) -> int:
    value = data.get("limits", {}).get(name)
    if type(value) is not int or value < 1:
        raise BadPolicyError(f"{source}: limits.{name} is {value!r}; give a whole number above 0")
    return value


def _optional(data: Mapping[str, Any], source: str, path: tuple[str, str]) -> int:
    """Read a number of points that a policy may leave out: then it is 0."""
    value = data.get(path[0], {}).get(path[1], 0)
    if type(value) is not int or not 0 <= value <= LARGEST_POINTS:
        raise BadPolicyError(
            f"{source}: {'.'.join(path)} is {value!r}; "
            f"give a whole number from 0 to {LARGEST_POINTS}"
        )
    return value


def _sentence(data: Mapping[str, Any]) -> Sentence:
    return Sentence(zh=str(data.get("zh", "")), en=str(data.get("en", "")))
