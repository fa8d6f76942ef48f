"""What states, notes, steps, kinds and failures are called: English ids for whoever shows them."""

from typing import Final


def _(message: str) -> str:
    """Mark a sentence for translation without translating it here."""
    return message


TONES: Final = {
    "DONE": "good", "WAITING": "wait", "REFUSED": "bad", "FAILED": "bad", "ROLLED_BACK": "neutral",
}  # fmt: skip
NOTES: Final = {
    "ENCODING": _("The text was read as %(value)s."),
    "SHEETS_LEFT": _("These sheets have another heading and were not read: %(value)s"),
    "COLUMNS_MISSING": _("These columns are not in the file: %(value)s"),
    "AREA_FOUND": _("The rows lie in %(area)s, so it counts as its list."),
    "REPEATS": _("This very file was taken in before. Nothing has changed."),
    "TURNED_AWAY": _("A person turned the delivery away: %(reason)s"),
    "MAX_CHANGED_SHARE": _(
        "It would change %(share)s of the rows on file; usual are at most %(limit)s."
    ),
    "MAX_REMOVED_SHARE": _(
        "%(share)s of the rows on file are missing from it; usual are at most %(limit)s."
    ),
    "MAX_BAD_SHARE": _("%(share)s of its rows cannot enter; usual are at most %(limit)s."),
}
UNUSUAL: Final = ("MAX_CHANGED_SHARE", "MAX_REMOVED_SHARE", "MAX_BAD_SHARE")
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
    "DRIVER": _("No driver for this kind of database is installed (%(value)s)."),
    "NULLS": _("More than %(value)s rows have no key or no time of change."),
    "CURSOR": _("The other side has forgotten where we stood (%(value)s). It begins anew."),
    "REPEATS": _("The other side sends the same page again (%(value)s). It begins anew."),
    "TOTAL": _("Fewer rows came than the other side declares (%(value)s). It begins anew."),
}
