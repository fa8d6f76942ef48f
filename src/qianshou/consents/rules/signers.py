"""Who may consent for a child. Plain law: parents and guardians by decision; for children in the
care of the state, civil affairs; a relative who looks after the child only with a document.

未成年人保护法 22-23 tells the guardian from the person whom the care is entrusted to (被委托人);
个人信息保护法 31 asks for the consent of "parents or other guardians". Living with the child gives
no right.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Final
from uuid import UUID

FATHER, MOTHER, GUARDIAN, DELEGATE, CIVIL_AFFAIRS = (
    "FATHER", "MOTHER", "GUARDIAN", "DELEGATE", "CIVIL_AFFAIRS",
)  # fmt: skip
# What parents may let a relative sign for them. Photos, publication and handing data to others
# concern the child's dignity: these stay with the guardian.
DELEGABLE: Final = frozenset({"PROGRAMME", "MATCHING"})


class Bar(StrEnum):
    """Why an adult may not consent."""

    STATE = "STATE"
    CARER = "CARER"
    NO_GUARDIAN = "NO_GUARDIAN"
    NO_DECISION = "NO_DECISION"


@dataclass(frozen=True)
class Adult:
    """How one adult stands to the child."""

    guardian_id: UUID
    kinship: str
    is_guardian: bool
    is_carer: bool


@dataclass(frozen=True)
class Paper:
    """A document in force: a decision, a delegation, or the state's guardianship."""

    kind: str
    guardian_id: UUID | None
    number: str
    unit: str
    valid_until: date | None
    purposes: tuple[str, ...]


@dataclass(frozen=True)
class Right:
    """What an adult may sign, as whom, on which document and until when; or why nothing."""

    capacity: str = ""
    basis: str = ""
    valid_until: date | None = None
    purposes: frozenset[str] | None = None
    bar: Bar | None = None

    def covers(self, purpose: str) -> bool:
        """Tell whether this adult may answer for a purpose."""
        return not self.bar and (self.purposes is None or purpose in self.purposes)


def is_state_guarded(guardianship: str, papers: Sequence[Paper]) -> bool:
    """Tell whether civil affairs guards the child, by the lists or by a document."""
    return guardianship == CIVIL_AFFAIRS or any(each.kind == "STATE" for each in papers)


def right_of(adult: Adult, papers: Sequence[Paper], *, state_guarded: bool) -> Right:
    """Return what an adult may sign for the child."""
    if state_guarded:
        return Right(bar=Bar.STATE)
    own = [each for each in papers if each.guardian_id == adult.guardian_id]
    if decision := next((each for each in own if each.kind == "DECISION"), None):
        return Right(GUARDIAN, _named(decision), decision.valid_until)
    if adult.is_guardian and adult.kinship in (FATHER, MOTHER):
        return Right(adult.kinship)
    if delegation := next((each for each in own if each.kind == "DELEGATION"), None):
        return Right(
            DELEGATE, _named(delegation), delegation.valid_until,
            frozenset(delegation.purposes) & DELEGABLE,
        )  # fmt: skip
    if adult.is_guardian:
        return Right(bar=Bar.NO_DECISION)
    return Right(bar=Bar.CARER if adult.is_carer or _is_kin(adult) else Bar.NO_GUARDIAN)


def _is_kin(adult: Adult) -> bool:
    return adult.kinship in ("GRANDPARENT", "RELATIVE")


def _named(paper: Paper) -> str:
    return f"{paper.unit} {paper.number}".strip()[:120]
