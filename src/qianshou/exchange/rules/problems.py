"""The rules a row is checked by: what each says, how to mend it, and whether it keeps a row out.

Sentences are English message ids; whoever shows them translates them. `%(column)s`, `%(value)s`
and `%(extra)s` are filled from the problem.
"""

from typing import Final, NamedTuple

REFUSE: Final = "refuse"
REMARK: Final = "remark"


class Problem(NamedTuple):
    """One finding about one cell: the rule, the file's own column name and the text found there."""

    rule: str
    column: str
    value: str = ""
    extra: str = ""


class Rule(NamedTuple):
    """What a rule says, how a clerk mends it, and its weight unless a profile decides."""

    says: str
    mend: str
    severity: str


def _(message: str) -> str:
    """Mark a sentence for translation without translating it here."""
    return message


RULES: Final[dict[str, Rule]] = {
    "KEY_MISSING": Rule(
        _("The key column is empty"),
        _("Fill in %(column)s: without it the row cannot be recognised next time."),
        REFUSE,
    ),
    "NAME_MISSING": Rule(_("The name is missing"), _("Write the full name in %(column)s."), REFUSE),
    "VALUE_MISSING": Rule(_("A required value is missing"), _("Fill in %(column)s."), REFUSE),
    "DUPLICATE_KEY": Rule(
        _("The key stands twice in the file, with different content"),
        _("Row %(extra)s has the same %(column)s. Keep the right row and delete the other."),
        REFUSE,
    ),
    "DUPLICATE_ROW": Rule(
        _("The row stands twice in the file"),
        _("Row %(extra)s says the same. Nothing has to be done; it is kept once."),
        REMARK,
    ),
    "OLDER_THAN_KNOWN": Rule(
        _("The row is older than what is already on file"),
        _("The row on file is dated %(extra)s. Send the newest list, or correct %(column)s."),
        REFUSE,
    ),
    "ID_CHECKSUM": Rule(
        _("The last digit of the ID number does not fit the others"),
        _("Compare %(column)s with the household register or the ID card; one digit is wrong."),
        REMARK,
    ),
    "ID_LENGTH": Rule(
        _("The ID number has not 18 characters"),
        _("Write all 18 characters in %(column)s, with the cell formatted as text."),
        REMARK,
    ),
    "ID_MASKED": Rule(
        _("The ID number is partly covered"),
        _("Ask the sender for the full number, or leave it as it is."),
        REMARK,
    ),
    "ID_NUMERIC_CELL": Rule(
        _("The ID number stands in a number cell, which keeps only 15 digits"),
        _("Format %(column)s as text and write the number again: its last digits are lost."),
        REFUSE,
    ),
    "DATE_IMPOSSIBLE": Rule(
        _("This date does not exist"),
        _("Write the date in %(column)s as year-month-day, such as 2014-07-17."),
        REFUSE,
    ),
    "DATE_FUTURE": Rule(
        _("The date of birth lies in the future"), _("Correct the year in %(column)s."), REFUSE
    ),
    "BIRTH_CENTURY": Rule(
        _("The date of birth lies a century back"),
        _("Correct the year in %(column)s: is %(extra)s meant?"),
        REFUSE,
    ),
    "DATE_AHEAD": Rule(_("The date lies ahead of today"), _("Check %(column)s."), REMARK),
    "AGE_IMPLAUSIBLE": Rule(
        _("The age does not fit this list"),
        _("Check %(column)s: the age is %(extra)s."),
        REMARK,
    ),
    "BIRTH_ID_MISMATCH": Rule(
        _("The date of birth differs from the one in the ID number"),
        _("Check %(column)s against the ID card."),
        REMARK,
    ),
    "CATEGORY_UNKNOWN": Rule(
        _("The category is not known"),
        _("Use one of these in %(column)s: %(extra)s."),
        REFUSE,
    ),
    "CODE_UNKNOWN": Rule(
        _("The word or code is not known"),
        _("Use one of these in %(column)s: %(extra)s."),
        REMARK,
    ),
    "SEX_UNKNOWN": Rule(
        _("The sex cannot be read"), _("Use one of these in %(column)s: %(extra)s."), REMARK
    ),
    "SEX_ID_MISMATCH": Rule(
        _("The sex differs from the one in the ID number"),
        _("Check %(column)s against the ID card."),
        REMARK,
    ),
    "AREA_UNKNOWN": Rule(
        _("There is no area with this code"),
        _("Write the 12-digit code of the village or town in %(column)s."),
        REFUSE,
    ),
    "AREA_OTHER_COUNTY": Rule(
        _("The row lies outside the area that delivers this file"),
        _("Send it to the county it belongs to, or correct %(column)s."),
        REFUSE,
    ),
    "PHONE_INVALID": Rule(
        _("This is no telephone number"),
        _("Write 11 digits of a mobile number, or area code and number, in %(column)s."),
        REMARK,
    ),
    "NUMBER_INVALID": Rule(
        _("This is not a number"), _("Write digits only in %(column)s."), REMARK
    ),
    "NUMBER_RANGE": Rule(
        _("The number is out of its range"),
        _("%(column)s must lie in %(extra)s."),
        REMARK,
    ),
    "TEXT_TOO_LONG": Rule(
        _("The text is too long"),
        _("Shorten %(column)s to %(extra)s characters."),
        REFUSE,
    ),
    "CONTROL_CHARACTERS": Rule(
        _("The text holds invisible characters"),
        _("They were left out. Type %(column)s again if something is missing."),
        REMARK,
    ),
    "CELLS_SHIFTED": Rule(
        _("The row has more cells than the heading has names"),
        _("Usually a comma inside a text cuts it in two: put the text into quotation marks."),
        REFUSE,
    ),
    "CELL_ERROR": Rule(
        _("The cell shows an error of the spreadsheet"),
        _("Replace the formula in %(column)s by its value."),
        REMARK,
    ),
}

# A whole file is refused only when it is not what it says.
REFUSALS: Final[dict[str, tuple[str, str]]] = {
    "EMPTY": (_("The file is empty."), _("Save the list again and send it once more.")),
    "TOO_BIG": (
        _("The file has more than %(limit)s MB."),
        _("Split the list into several files."),
    ),
    "WRONG_NAME": (
        _("The file is named %(name)s, but its content is %(kind)s."),
        _("Open it and save it as .xlsx or as .csv under the right name."),
    ),
    "KIND": (
        _("This is %(kind)s, not a list."),
        _("Send the list as an Excel workbook (.xlsx) or as text (.csv)."),
    ),
    "FORMAT": (
        _("This source sends %(expected)s, but the file is %(kind)s."),
        _("Save the list in that format and send it again."),
    ),
    "PASSWORD": (
        _("The workbook is protected by a password."),
        _("Open it, take the password away (File, Info, Protect Workbook), save it, send it."),
    ),
    "OLD_EXCEL": (
        _("The workbook has the old format .xls."),
        _("Open it and save it as .xlsx."),
    ),
    "MACROS": (
        _("The workbook contains macros."),
        _("Save it as .xlsx without macros and send that file."),
    ),
    "BROKEN": (
        _("The file is damaged: %(detail)s"),
        _("Open it, save it again and send the new file."),
    ),
    "BOMB": (
        _("The file grows from %(packed)s MB to more than %(limit)s MB when it is unpacked."),
        _("Delete empty formatted rows and pictures, save it again, or split it."),
    ),
    "ENTRIES": (
        _("The workbook has more than %(limit)s parts inside."),
        _("Copy the list into a new workbook and send that."),
    ),
    "PATHS": (
        _("The workbook holds a file name that leads out of it: %(name)s"),
        _("Copy the list into a new workbook and send that."),
    ),
    "ENTITIES": (
        _("The workbook holds a document type definition, which lists never need."),
        _("Copy the list into a new workbook and send that."),
    ),
    "TOO_WIDE": (
        _("Row %(row)s has more than %(limit)s columns."),
        _("Delete the empty columns to the right of the list."),
    ),
    "TOO_LONG": (
        _("The file has more than %(limit)s rows."),
        _("Split the list into several files."),
    ),
    "LINE": (
        _("Line %(row)s is longer than %(limit)s characters."),
        _("Check for a quotation mark that is opened and never closed."),
    ),
    "QUOTE": (
        _("The quotation mark opened in row %(row)s is never closed."),
        _("Close or delete it and send the file again."),
    ),
    "ENCODING": (
        _("The text is neither UTF-8 nor GB18030; byte %(byte)s cannot be read."),
        _("Save it as CSV UTF-8 and send it again."),
    ),
    "NUL": (
        _("The text holds a null byte in row %(row)s."),
        _("Save the list again as .csv and send it once more."),
    ),
    "MEMORY": (
        _("The file needs more memory than one file may take."),
        _("Split the list, or send it as .csv."),
    ),
    "TIME": (
        _("Reading the file takes longer than one file may take."),
        _("Split the list, or send it as .csv."),
    ),
    "CRASHED": (
        _("The file could not be read (%(detail)s)."),
        _("Open it, save it again and send the new file."),
    ),
    "NO_ROWS": (
        _("There is no row under the heading."),
        _("Check that this is the right file."),
    ),
    "NO_HEADING": (
        _("No row looks like the heading of this source; the nearest one lacks: %(missing)s"),
        _("Check that the right source is chosen, and that the columns have their usual names."),
    ),
    "DUPLICATE_HEADING": (
        _("The column %(name)s stands twice in the heading."),
        _("Rename or delete one of them."),
    ),
}
KINDS: Final[dict[str, str]] = {
    "xlsx": _("an Excel workbook"),
    "csv": _("text"),
    "pdf": _("a PDF document"),
    "image": _("a picture"),
    "html": _("a web page"),
    "archive": _("a compressed archive"),
    "document": _("a text document"),
    "ods": _("an OpenDocument spreadsheet"),
    "xlsb": _("a binary Excel workbook"),
    "program": _("a program"),
    "json": _("JSON"),
    "binary": _("something that cannot be read"),
}


class FileRefused(Exception):  # noqa: N818 - named after the fact
    """The whole file is refused; `code` is one of REFUSALS, `params` fill its sentence."""

    def __init__(self, code: str, **params: object) -> None:
        """Keep the code and what its sentence needs."""
        super().__init__(code)
        self.code, self.params = code, params

    def __str__(self) -> str:
        says, mend = REFUSALS[self.code]
        return f"{says} {mend}" % self.params if self.params else f"{says} {mend}"
