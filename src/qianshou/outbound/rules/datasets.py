"""What an export holds: its columns, what each means, and which of them name a person.

Numbers of identity cards, telephones and street addresses are in no export, sealed or not.
"""

from typing import Final, NamedTuple


def _(message: str) -> str:
    """Mark a sentence for translation without translating it here."""
    return message


class Column(NamedTuple):
    """One column: its name and type, what it means, and whether only a named export has it.

    `kind` is one of text, texts (a list), number, flag, day.
    """

    name: str
    kind: str
    meaning: str
    named: bool = False


COLUMNS: Final[dict[str, tuple[Column, ...]]] = {
    "CHILDREN": (
        Column("id", "text", _("number of the file")),
        Column("area_code", "text", _("county of the child (GB/T 2260), 12 digits")),
        Column("place_code", "text", _("village; empty where the place is hidden"), named=True),
        Column("masked_name", "text", _("surname with the given name hidden")),
        Column("name", "text", _("full name"), named=True),
        Column("sex", "text", _("M, F or empty")),
        Column("age", "number", _("completed years on the day of the export")),
        Column("birth_on", "day", _("day of birth"), named=True),
        Column("ethnicity", "text", _("GB/T 3304")),
        Column("stage", "text", _("stage of school")),
        Column("boarding", "flag", _("lives at school")),
        Column("categories", "texts", _("codes of docs/reference/facts.md")),
        Column("departments", "texts", _("departments that know the child")),
        Column("grade", "text", _("grade of urgency in force")),
        Column("consent", "flag", _("the guardian's answer about pairing; empty if none is known")),
        Column("paired", "flag", _("has a loving mother today")),
    ),
    "MOTHERS": (
        Column("id", "text", _("number of the file")),
        Column("area_code", "text", _("county of the mother (GB/T 2260), 12 digits")),
        Column("place_code", "text", _("village"), named=True),
        Column("masked_name", "text", _("surname with the given name hidden")),
        Column("name", "text", _("full name"), named=True),
        Column("age", "number", _("completed years on the day of the export")),
        Column("state", "text", _("state of the file")),
        Column("categories", "texts", _("as whom she was recruited")),
        Column("skills", "texts", _("what she can do")),
        Column("languages", "texts", _("languages and dialects")),
        Column("times", "texts", _("when she has time")),
        Column("capacity", "number", _("places she offers")),
        Column("taken", "number", _("places that are taken today")),
        Column("training_hours", "number", _("hours of training before the first pairing")),
    ),
    "PAIRINGS": (
        Column("id", "text", _("number of the pairing")),
        Column("area_code", "text", _("county of the child (GB/T 2260), 12 digits")),
        Column("child", "text", _("number of the child's file")),
        Column("mother", "text", _("number of the mother's file")),
        Column("started_on", "day", _("first day")),
        Column("ended_on", "day", _("last day; empty while it stands")),
    ),
}  # fmt: skip


def columns_of(dataset: str, *, named: bool) -> tuple[Column, ...]:
    """Return the columns of a dataset, with names and places only if it is a named export."""
    return tuple(each for each in COLUMNS[dataset] if named or not each.named)
