"""Hiding most of a value while leaving enough to recognise it by (domain.md, masking)."""

import re

# The compound surnames in common use, simplified and traditional.
COMPOUND_SURNAMES = re.compile(
    "欧阳|歐陽|太史|上官|端木|司马|司馬|东方|東方|独孤|獨孤|南宫|南宮|万俟|闻人|聞人|夏侯|诸葛|諸葛|尉迟|尉遲|公羊"
    "|赫连|赫連|澹台|澹臺|皇甫|宗政|濮阳|濮陽|公冶|太叔|申屠|公孙|公孫|慕容|仲孙|钟离|鍾離|长孙|長孫|宇文|司徒"
    "|鲜于|鮮于|司空|闾丘|令狐"
)

# The dots between the parts of a name that is written out from another language.
_DOTS = re.compile("[·•‧・]")


def given(value: str, known: str = "") -> str:
    """Return what a child is called by those who know it: 若曦, or 阿依古丽 where parts stand.

    `known` is the given name on file. Where nothing can be cut off, the name stays whole.
    """
    parts = _DOTS.split(value)
    if len(parts) > 1:
        return parts[0]
    return known or value[2 if COMPOUND_SURNAMES.match(value) else 1 :] or value


def name(value: str) -> str:
    """Keep the surname and hide the given name: 张*, 欧阳**; the empty text stays empty."""
    if not value:
        return ""
    shown = 2 if COMPOUND_SURNAMES.match(value) else 1
    return value[:shown] + "*" * max(1, min(len(value) - shown, 2))
