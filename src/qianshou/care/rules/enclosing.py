"""What may come with a contact or a tick: voice notes, photos; how large, how long, how it ends."""

from typing import Final

from qianshou.common.machines import SYSTEM, Machine, Step


def _(message: str) -> str:
    """Mark a sentence for translation without translating it here."""
    return message


VOICE, PHOTO = "VOICE", "PHOTO"
KINDS: Final = {VOICE: _("voice note"), PHOTO: _("photo")}
MOST_AT_ONCE: Final = 4
# What a phone has under way at the same time; more would be a flood.
MOST_UNDER_WAY: Final = 100
MOST_SECONDS: Final = 180
MOST_BYTES: Final = {VOICE: 4 << 20, PHOTO: 12 << 20}
# Around the content of a box: version, point, nonce and tag (common/boxes.py).
SEAL_ROOM: Final = 94
PART_BYTES: Final = 64 << 10
LARGEST_PART: Final = 1 << 20
# Without its last part after so many days, nothing more is expected.
WAITED_FOR_DAYS: Final = 30

COMING, KEPT, REFUSED, GONE = "COMING", "KEPT", "REFUSED", "GONE"
LIFE: Final = Machine(
    name="Voice notes and photos",
    labels={
        COMING: _("under way"),
        KEPT: _("kept"),
        REFUSED: _("not taken"),
        GONE: _("deleted"),
    },
    initial=(COMING,),
    terminal=(REFUSED, GONE),
    steps=(
        Step("keep", (COMING,), KEPT, (SYSTEM,)),
        Step("refuse", (COMING,), REFUSED, (SYSTEM,)),
        Step("forget", (KEPT,), GONE, (SYSTEM,)),
    ),
)

CHANGED, NO_VOICE, NO_PHOTO = "CHANGED", "NO_VOICE", "NO_PHOTO"
TOO_LARGE, TOO_LONG, NO_CONSENT = "TOO_LARGE", "TOO_LONG", "NO_CONSENT"
NEVER_CAME, WITHDRAWN, OLD, UNKNOWN = "NEVER_CAME", "WITHDRAWN", "OLD", "UNKNOWN"
TICK_WRONG: Final = "TICK_WRONG"
REASONS: Final = {
    CHANGED: _("It was changed on its way, or sealed for another site. Record it again."),
    NO_VOICE: _("This is no voice note that can be played. Record it in the app."),
    NO_PHOTO: _("This is no photo, or one that is far too large. Take JPEG, PNG or WebP."),
    TOO_LARGE: _("It is larger than what is taken. Record less, or take a smaller photo."),
    TOO_LONG: _("The voice note is longer than three minutes. Say it in two."),
    NO_CONSENT: _("The guardian has not agreed to photos of this child, so none is kept."),
    UNKNOWN: _("What it belongs to was not taken, so it was not taken either."),
    NEVER_CAME: _("Its last part never arrived."),
    WITHDRAWN: _("The guardian no longer agrees to photos; it was deleted."),
    OLD: _("It was kept as long as it may be, and deleted."),
    TICK_WRONG: _("The tick that it was to prove was withdrawn; it was deleted."),
}


def fits(kind: str, sealed_bytes: int) -> bool:
    """Tell whether a sealed voice note or photo is not larger than what is taken."""
    return SEAL_ROOM <= sealed_bytes <= MOST_BYTES[kind] + SEAL_ROOM
