"""The program that draws a photo anew; `pictures` starts it, and `pictures` alone.

A photo comes from anywhere and may be made to break its reader, so it is read in a process of its
own that has little memory and little time and knows nothing: no settings, no database. Only the
picture itself goes on: place, time, telephone and thumbnail stay behind (EXIF, XMP, comments).
"""

import io
import resource
import sys
from typing import Final

from PIL import Image, ImageOps, UnidentifiedImageError

MEMORY: Final = 1 << 30
SECONDS: Final = 20
MOST_PIXELS: Final = 50_000_000
LONGEST_SIDE: Final = 1600
QUALITY: Final = 80
FORMATS: Final = ("JPEG", "PNG", "WEBP")
NO_PICTURE: Final = 3


class TooManyPixels(Exception):  # noqa: N818 - named after the fact
    """Unfolded, this picture would fill the memory."""


def redraw(raw: bytes) -> bytes:
    """Return the picture alone, upright, of a moderate size, as a JPEG without a word in it."""
    with Image.open(io.BytesIO(raw), formats=FORMATS) as found:
        if found.width * found.height > MOST_PIXELS:
            raise TooManyPixels
        found.draft("RGB", (LONGEST_SIDE, LONGEST_SIDE))
        upright = ImageOps.exif_transpose(found)
        upright.thumbnail((LONGEST_SIDE, LONGEST_SIDE))
        bare = Image.new("RGB", upright.size, "white")
        pixels = upright.convert("RGBA")
        bare.paste(pixels, mask=pixels.getchannel("A"))
    made = io.BytesIO()
    bare.save(made, "JPEG", quality=QUALITY, optimize=True)
    return made.getvalue()


def main() -> int:
    """Read a photo from standard input and write it anew to standard output."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS + 2))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    Image.MAX_IMAGE_PIXELS = MOST_PIXELS
    try:
        made = redraw(sys.stdin.buffer.read())
    except (
        TooManyPixels, UnidentifiedImageError, Image.DecompressionBombError, OSError, ValueError,
        SyntaxError, MemoryError, OverflowError,
    ):  # fmt: skip
        return NO_PICTURE
    sys.stdout.buffer.write(made)
    return 0


if __name__ == "__main__":
    sys.exit(main())
