"""The road of an application as a table (domain.md 4.2): from a first word to a last thank-you."""

from typing import Final

from qianshou.common.machines import STAFF, SYSTEM, Machine, Step

APPLICANT: Final = "APPLICANT"

DRAFT: Final = "DRAFT"
SUBMITTED: Final = "SUBMITTED"
ELIGIBILITY: Final = "ELIGIBILITY"
SCREENING: Final = "SCREENING"
REFERENCES: Final = "REFERENCES"
INTERVIEW: Final = "INTERVIEW"
TRAINING: Final = "TRAINING"
COMMITTED: Final = "COMMITTED"
APPROVED: Final = "APPROVED"
ACTIVE: Final = "ACTIVE"
RECHECK_DUE: Final = "RECHECK_DUE"
ON_LEAVE: Final = "ON_LEAVE"
SUSPENDED: Final = "SUSPENDED"
EXITING: Final = "EXITING"
EXITED: Final = "EXITED"
REJECTED: Final = "REJECTED"
APPEALED: Final = "APPEALED"
REJECTED_FINAL: Final = "REJECTED_FINAL"
WITHDRAWN: Final = "WITHDRAWN"

# On the way to the first child, behind the submission.
ON_THE_WAY: Final = (
    *(SUBMITTED, ELIGIBILITY, SCREENING, REFERENCES, INTERVIEW, TRAINING, COMMITTED, APPROVED),
)
SERVING: Final = (ACTIVE, RECHECK_DUE, ON_LEAVE, SUSPENDED)
CLOSED: Final = (EXITED, REJECTED, REJECTED_FINAL, WITHDRAWN)
# Until when a person who applied may still change her mind without a word.
WITHDRAWABLE: Final = (DRAFT, *ON_THE_WAY, APPEALED)
# Where a record that was found ends the application: nobody has opened her file yet.
ENDED_BY_A_HIT: Final = (SCREENING, REFERENCES, INTERVIEW, TRAINING, COMMITTED, APPROVED)


def _(message: str) -> str:
    """Mark a sentence for translation without translating it here."""
    return message


APPLICATION: Final = Machine(
    name="MotherApplication",
    labels={
        DRAFT: _("being written"),
        SUBMITTED: _("handed in"),
        ELIGIBILITY: _("criteria being checked"),
        SCREENING: _("background query"),
        REFERENCES: _("references"),
        INTERVIEW: _("interview"),
        TRAINING: _("training"),
        COMMITTED: _("commitments signed"),
        APPROVED: _("approved"),
        ACTIVE: _("active"),
        RECHECK_DUE: _("active, query to be renewed"),
        ON_LEAVE: _("on leave"),
        SUSPENDED: _("suspended"),
        EXITING: _("leaving"),
        EXITED: _("left"),
        REJECTED: _("refused"),
        APPEALED: _("appeal lodged"),
        REJECTED_FINAL: _("refused for good"),
        WITHDRAWN: _("withdrawn"),
    },
    # A list or a clerk hands in at once; a mother from before this system is taken over as active.
    initial=(DRAFT, SUBMITTED, ACTIVE),
    terminal=(EXITED, REJECTED_FINAL, WITHDRAWN),
    steps=(
        Step("submit", (DRAFT,), SUBMITTED, (APPLICANT,)),
        Step("take_up", (SUBMITTED,), ELIGIBILITY),
        Step("find_eligible", (ELIGIBILITY,), SCREENING),
        Step("find_clear", (SCREENING,), REFERENCES),
        Step("hear_references", (REFERENCES,), INTERVIEW),
        Step("pass_interview", (INTERVIEW,), TRAINING),
        Step("commit", (TRAINING,), COMMITTED),
        Step("approve", (COMMITTED,), APPROVED),
        Step("activate", (APPROVED,), ACTIVE),
        Step(
            "refuse",
            (ELIGIBILITY, REFERENCES, INTERVIEW, TRAINING, COMMITTED),
            REJECTED,
            needs_reason=True,
        ),
        Step("find_record", ENDED_BY_A_HIT, REJECTED_FINAL, (SYSTEM,), needs_reason=True),
        Step("appeal", (REJECTED,), APPEALED, (APPLICANT, STAFF)),
        Step("uphold_appeal", (APPEALED,), ELIGIBILITY, needs_reason=True),
        Step("dismiss_appeal", (APPEALED,), REJECTED_FINAL, needs_reason=True),
        Step("withdraw", WITHDRAWABLE, WITHDRAWN, (APPLICANT, STAFF)),
        Step("lapse", (DRAFT,), WITHDRAWN, (SYSTEM,)),
        Step("remind", (ACTIVE,), RECHECK_DUE, (SYSTEM,)),
        Step("renew", (RECHECK_DUE,), ACTIVE, (SYSTEM,)),
        Step("suspend", (ACTIVE, RECHECK_DUE, ON_LEAVE), SUSPENDED, (SYSTEM,)),
        Step("go_on_leave", (ACTIVE, RECHECK_DUE, SUSPENDED), ON_LEAVE, needs_reason=True),
        Step("return", (ON_LEAVE, SUSPENDED), ACTIVE, (STAFF, SYSTEM)),
        Step("begin_exit", SERVING, EXITING, (STAFF, SYSTEM), needs_reason=True),
        Step("exit", (EXITING,), EXITED),
    ),
)
