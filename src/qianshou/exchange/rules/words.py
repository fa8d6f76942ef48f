"""What states, notes, steps, kinds and failures are called: English ids for whoever shows them."""

from typing import Final


def _(message: str) -> str:
    """Mark a sentence for translation without translating it here."""
    return message


SCHEDULES: Final = {
    "daily": _("every day"), "weekly": _("every week"), "monthly": _("every month"),
    "termly": _("every term"), "yearly": _("every year"),
}  # fmt: skip
# How often everything is read anew, by hours; what else a profile says is told in hours.
WHOLES: Final = {
    0: _("never, only what has changed"), 6: _("every 6 hours"), 12: _("every 12 hours"),
    24: _("once a day"),
    48: _("every 2 days"), 168: _("once a week"), 744: _("once a month"),
}  # fmt: skip
TONES: Final = {
    "DONE": "good", "WAITING": "wait", "REFUSED": "bad", "FAILED": "bad", "ROLLED_BACK": "neutral",
}  # fmt: skip
NOTES: Final = {
    "ENCODING": _("The text was read as %(value)s."),
    "SHEETS_LEFT": _("These sheets have another heading and were not read: %(value)s"),
    "COLUMNS_MISSING": _("These columns are not in the file: %(value)s"),
    "AREA_FOUND": _("The rows lie in %(area)s, so it counts as its list."),
    "FILE_GONE": _("The file is no longer kept. Send it again."),
    "REPEATS": _("This very file was taken in before. Nothing has changed."),
    "UNDOING": _("The delivery is being undone: %(reason)s"),
    "UNDO_FAILED": _(
        "Undoing met an error of the system; nothing was changed. Ask again, or tell the operator."
    ),
    "TURNED_AWAY": _("A person turned the delivery away: %(reason)s"),
    "MAX_CHANGED_SHARE": _(
        "It would change %(share)s of the rows on file; usual are at most %(limit)s."
    ),
    "MAX_REMOVED_SHARE": _(
        "%(share)s of the rows on file are missing from it; usual are at most %(limit)s."
    ),
    "MAX_BAD_SHARE": _("%(share)s of its rows cannot enter; usual are at most %(limit)s."),
    "MAX_SWAPPED_SHARE": _(
        "In %(share)s of the rows on file it replaces a guardian by another one; usual are at"
        " most %(limit)s."
    ),
    "QUEUED": _(
        "It waits its turn: the delivery %(value)s of this source came before it and is not"
        " settled. Decide that one, and this one goes on by itself."
    ),
    "AGREEMENT_ENDED": _(
        "The agreement for this source does not hold today. Nothing was read. Renew it on the"
        " source's page, then let this delivery through."
    ),
    "NOTHING_NEW": _(
        "Every row is as it was. If the department meant to send something new, this is an earlier"
        " list under a new name: ask for the newest one."
    ),
    "DATE_ONLY": _(
        "%(value)s rows differ from those on file by their date alone. This is most likely an"
        " earlier list under a new date: compare one row with the department before letting it"
        " through."
    ),
    "CLOCK_BACK": _(
        "%(value)s rows are dated before what is on file. Either an older list was sent, or the"
        " sender's clock runs behind: ask which, and have the newest list sent."
    ),
    "OTHER_AREA": _(
        "%(value)s rows lie outside this area. Check that the list was sent for the right county;"
        " turn it away if it was not."
    ),
    "OTHER_CENTURY": _(
        "%(value)s rows bear a date of birth a century back. The year was likely written with two"
        " digits: have the column formatted as year-month-day and send the list again."
    ),
}
UNUSUAL: Final = (
    "MAX_CHANGED_SHARE", "MAX_REMOVED_SHARE", "MAX_SWAPPED_SHARE", "MAX_BAD_SHARE",
)  # fmt: skip
WARN: Final = (
    *UNUSUAL, "COLUMNS_MISSING", "QUEUED", "AGREEMENT_ENDED", "DATE_ONLY", "CLOCK_BACK",
    "OTHER_AREA", "OTHER_CENTURY",
)  # fmt: skip
ENDED: Final = ("TURNED_AWAY", "UNDO_FAILED", "FILE_GONE")
AGREEMENT_STATES: Final = {
    "VALID": _("holds"),
    "SOON": _("ends soon"),
    "NOT_YET": _("does not hold yet"),
    "ENDED": _("has ended"),
}
EXAMPLE_KINDS: Final = {
    "swapped": _("Another guardian"),
    "removed": _("No longer on the list"),
    "changed": _("Changed"),
    "new": _("New"),
}
DRIFTS: Final = {
    "NEW_COLUMN": _("The column “%(column)s” is new. It is not read until somebody maps it."),
    "LOST_COLUMN": _("The column “%(column)s” (%(field)s) is gone. Its values stay as they were."),
    "LOST_CODE": _("“%(code)s” in %(field)s no longer occurs; it stood in %(before)s rows before."),
    "NULLS": _("“%(column)s” is filled in %(now)s of the rows; usual are %(usual)s."),
    "ROWS": _("It brought %(now)s rows; usual are %(usual)s."),
    "SILENT": _("Nothing has come for %(hours)s hours; expected at least every %(limit)s."),
}
# What each state of a run means for the five steps that a person sees.
STEPS: Final = (
    ("RECEIVED", _("Received")),
    ("READING", _("Reading")),
    ("CHECKING", _("Checking")),
    ("APPLYING", _("Comparing and storing")),
    ("LINKING", _("Linking to the files")),
)
KIND_WORDS: Final = {
    "text": _("text"),
    "name": _("person's name"),
    "id": _("ID number"),
    "phone": _("telephone"),
    "date": _("date"),
    "sex": _("code"),
    "code": _("code"),
    "codes": _("list of codes"),
    "flag": _("yes or no"),
    "int": _("whole number"),
    "number": _("number"),
    "area": _("area code"),
    "words": _("list of words"),
}
FETCH_KINDS: Final = {
    "folder": _("watched folder"),
    "rest": _("pulled from an interface"),
    "push": _("pushed by the department"),
    "view": _("read from a database view"),
    "stream": _("sent through a message broker"),
    "ask": _("asked about one person at a time"),
}
# Why a source brought nothing, and what helps.
PROBLEMS: Final = {
    "UNKNOWN": _("An error of this program (%(value)s). Tell the operator; it is tried again."),
    "DESTINATION": _("The address in the profile cannot be used: %(value)s"),
    "NOT_APPROVED": _("%(value)s is not approved. Ask for it, and let two administrators approve."),
    "UNREACHABLE": _("%(value)s cannot be reached. It is tried again."),
    "CERTIFICATE": _("%(value)s shows a certificate that is not trusted or is for another name."),
    "STALLED": _("The other side stopped answering (%(value)s). It is tried again."),
    "BROKEN": _("The answer broke off (%(value)s). It is tried again."),
    "BUSY": _("The other side is busy or out of order (%(value)s). It is tried again."),
    "STATUS": _("The other side answered %(value)s. Check the address in the profile."),
    "KEY": _("The other side does not accept our key (%(value)s). Enter the secret anew."),
    "REDIRECT": _("The other side sends us elsewhere, where we do not go: %(value)s"),
    "NOT_JSON": _("The answer is not what the profile says; nothing was found at “%(value)s”."),
    "TOO_BIG": _("An answer is larger than %(value)s. Ask for smaller pages."),
    "TOO_MANY": _("More rows than one delivery may hold (%(value)s)."),
    "QUERY": _("The database did not answer the question (%(value)s). It is tried again."),
    "COLUMNS": _("The view or its columns are not as the profile says: %(value)s"),
    "RIGHTS": _("There is no view %(value)s, or our user may not read it. Ask the department."),
    "DRIVER": _("No driver for this kind of database is installed (%(value)s)."),
    "LIE": _("The answer is not an answer to our question, or not signed (%(value)s)."),
    "QUEUE": _("The broker has no such queue, stream or consumer, or keeps it from us: %(value)s"),
    "SHARED": _(
        "Another program reads with the group %(value)s. Ask the department for one of our own."
    ),
    "TLS": _("%(value)s insists on TLS; let the address in the profile begin with natss."),
    "NULLS": _("More than %(value)s rows have no key or no time of change."),
    "CURSOR": _("The other side has forgotten where we stood (%(value)s). It begins anew."),
    "REPEATS": _("The other side sends the same page again (%(value)s). It begins anew."),
    "NO_ROWS": _("The other side answers, but with no row. Ask the department for a few rows."),
    "AGREEMENT": _("The agreement for this source does not hold (%(value)s). Nothing is asked."),
    "TOTAL": _("Fewer rows came than the other side declares (%(value)s). It begins anew."),
}

# Why a message of a broker was kept out, and what its sender can do.
MESSAGES: Final = {
    "NOT_JSON": _("It is no JSON, or no rows stand where the profile says."),
    "NO_ROWS": _("It holds no row."),
    "TOO_BIG": _("It is larger than 1 MB, or holds more than 2,000 rows."),
    "NO_ID": _("It bears no mark by which it is known when it comes again."),
    "OTHER_CONTENT": _("Its mark was used before by a message with another content."),
}
