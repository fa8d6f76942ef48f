"""What a run keeps so that its repair lists only what changed: its pairs, and their numbering."""

import json
from pathlib import Path
from typing import Final

from qianshou.engines.matching.archive import LISTING
from qianshou.engines.matching.relisting import Listing, load_listing
from qianshou.pairing.models import MatchRun
from qianshou.pairing.queries import archived
from qianshou.pairing.queries.arrays import Numbering

NUMBERING: Final = "numbering.json"


def folder_of(run: MatchRun) -> Path:
    """Return where a run keeps its listed pairs."""
    return archived.folder_of(run) / LISTING


def kept(run: MatchRun) -> tuple[Listing, Numbering] | None:
    """Return a run's listed pairs and their numbering; None if they are not kept any more."""
    if not run.folder:
        return None
    folder = folder_of(run)
    try:
        told = json.loads((folder / NUMBERING).read_text(encoding="utf-8"))
        languages, times, interests = told["words"]
        numbering = Numbering(
            told["towns"], (languages, times, interests), told["middle"], told.get("traits", {})
        )
        return load_listing(folder), numbering
    except (OSError, ValueError, KeyError, TypeError):
        return None


def earlier_folders(run: MatchRun) -> list[Path]:
    """Return where earlier runs of the same area keep their pairs, if they still do."""
    others = MatchRun.objects.filter(area_code=run.area_code).exclude(pk=run.pk).exclude(folder="")
    return [folder for each in others.only("folder") if (folder := folder_of(each)).is_dir()]
