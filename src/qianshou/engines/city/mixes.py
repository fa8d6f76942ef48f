"""How often each kind of error occurs; presets for the benches of linkage.

All rates are guesses: no labelled department data are public. They follow what offices report
about their own lists, with health worst and education best.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

CIVIL, EDUCATION, DISABLED, HEALTH = "civil_affairs", "education", "disabled_persons", "health"
DEPARTMENTS = (CIVIL, EDUCATION, DISABLED, HEALTH)


def _shares(*shares: float) -> dict[str, float]:
    return dict(zip(DEPARTMENTS, shares, strict=True))


@dataclass(frozen=True)
class ErrorMix:
    """Shares of rows (0..1) that carry each error; those per department are mappings."""

    name: str = "default"
    coverage: Mapping[str, float] = field(default_factory=lambda: _shares(0.88, 0.93, 0.9, 0.5))
    clumsiness: Mapping[str, float] = field(default_factory=lambda: _shares(1.0, 0.6, 0.6, 1.6))
    id_missing: Mapping[str, float] = field(default_factory=lambda: _shares(0.03, 0.02, 0.0, 0.25))
    id_masked: bool = False
    id_derived_keys: bool = True  # student and certificate numbers contain the ID
    outside_share: float = 0.035  # families registered outside the municipality

    # The rates below are multiplied by the department's clumsiness.
    name_slip: float = 0.05
    name_spaces: float = 0.012
    name_full_width: float = 0.003
    id_one_digit: float = 0.010
    id_transposed: float = 0.006
    id_seventeen: float = 0.003
    id_fifteen: float = 0.003
    id_truncated: float = 0.006
    id_of_guardian: float = 0.006
    id_untidy: float = 0.01
    born_swapped: float = 0.006
    born_year: float = 0.005
    born_lunar: float = 0.008
    born_digit: float = 0.003
    born_missing: float = 0.002
    sex_wrong: float = 0.003
    phone_old: float = 0.06
    phone_missing: float = 0.06
    phone_typo: float = 0.01
    phone_of_teacher: float = 0.05
    guardian_slip: float = 0.03
    moved: float = 0.06
    duplicate: float = 0.02
    filler: float = 0.004

    # Rows that a careful reader must refuse; not multiplied.
    name_missing: float = 0.0006
    id_number_cell: float = 0.001
    born_future: float = 0.0004
    category_unknown: float = 0.001
    area_unknown: float = 0.0006


DEFAULT = ErrorMix()
_RATES = [n for n, v in vars(DEFAULT).items() if isinstance(v, float) and n != "outside_share"]
TIDY = ErrorMix(
    name="tidy",
    id_missing=_shares(0, 0, 0, 0),
    **dict.fromkeys(_RATES, 0.0),  # type: ignore[arg-type]
)
MIXES: dict[str, ErrorMix] = {
    mix.name: mix
    for mix in (
        DEFAULT,
        replace(
            DEFAULT,
            name="half_ids",
            id_missing=_shares(0.5, 0.5, 0.5, 0.5),
            id_derived_keys=False,
        ),
        replace(
            DEFAULT,
            name="no_ids",
            id_missing=_shares(1.0, 1.0, 1.0, 1.0),
            id_derived_keys=False,
        ),
        replace(DEFAULT, name="masked_ids", id_masked=True, id_derived_keys=False),
        replace(DEFAULT, name="other_province", outside_share=0.9, name_slip=0.09),
    )
}
