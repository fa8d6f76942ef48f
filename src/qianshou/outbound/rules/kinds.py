"""What other systems can be told. A message names a fact and a file, never a person."""

from typing import Any, Final

CHANGED: Final = "child.changed"
MERGED: Final = "child.merged"
UNMERGED: Final = "child.unmerged"
RAISED: Final = "child.grade_raised"
STARTED: Final = "pairing.started"

KINDS: Final = (CHANGED, MERGED, UNMERGED, RAISED, STARTED)
# Which room of the interface the subject of a message is found in.
ROOMS: Final = {"child": "children", "pairing": "pairings"}
CONTENT_TYPE: Final = "application/cloudevents+json; charset=utf-8"


def county_of(area_code: str) -> str:
    """Return the county of a place: a message tells no more, since a child's place may be hidden.

    A city's own code has no county in it and stays.
    """
    return area_code[:6] + "000000"


def envelope(
    *, number: int, ident: str, kind: str, subject: str, area_code: str, at: str, body: Any
) -> dict[str, Any]:
    """Return a message as a CloudEvent 1.0 in structured mode, with the `sequence` extension."""
    return {
        "specversion": "1.0",
        "id": ident,
        "source": f"/qianshou/areas/{county_of(area_code)}",
        "type": f"qianshou.{kind}",
        "subject": f"{ROOMS[kind.partition('.')[0]]}/{subject}",
        "time": at,
        "sequence": f"{number:020d}",
        "datacontenttype": "application/json",
        "data": body,
    }
