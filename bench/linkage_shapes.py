"""Write the table of look-alike characters: which are printed almost alike.

    python -m bench.linkage_shapes --font PATH --index 2

Draws every character of GB 2312 blurred, and keeps pairs whose pictures overlap by more than nine
tenths and that are among each other's nearest. At least one of a pair is of the common half of
the set. Needs Pillow and a Chinese font, which `make` does not install: the table is kept.
"""

import argparse
import pathlib

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageDraw, ImageFilter, ImageFont

TABLE = pathlib.Path("src/qianshou/engines/linkage/data/look_alikes.txt")
COMMON = 3755
SIZE = 40
LEAST = 0.90
NEAREST = 8


def characters() -> list[str]:
    """Give the characters of GB 2312, the common half first."""
    found = []
    for row in range(0xB0, 0xF8):
        for cell in range(0xA1, 0xFF):
            text = bytes([row, cell]).decode("gb2312", "ignore")
            found += [text] if text else []
    return found


def drawn(chars: list[str], font: ImageFont.FreeTypeFont) -> npt.NDArray[np.float32]:
    """Give one blurred picture per character as a row of length one."""
    rows = []
    for char in chars:
        picture = Image.new("L", (SIZE + 4, SIZE + 4), 0)
        ImageDraw.Draw(picture).text((2, -8), char, font=font, fill=255)
        blurred = picture.filter(ImageFilter.GaussianBlur(1.6))
        rows.append(np.asarray(blurred, np.float32).ravel())
    found = np.array(rows)
    found -= 0.6 * found.mean(axis=1, keepdims=True)
    result: npt.NDArray[np.float32] = found / np.linalg.norm(found, axis=1, keepdims=True)
    return result


def pairs(chars: list[str], pictures: npt.NDArray[np.float32]) -> list[str]:
    """Give the pairs as texts of two characters."""
    alike = pictures @ pictures.T
    np.fill_diagonal(alike, 0)
    rank = np.argsort(np.argsort(-alike, axis=1), axis=1)
    close = (alike >= LEAST) & (rank < NEAREST) & (rank.T < NEAREST)
    one, other = np.nonzero(np.triu(close))
    return [chars[i] + chars[j] for i, j in zip(one, other, strict=True) if i < COMMON]


def main() -> None:
    """Draw, compare, write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--font", required=True)
    parser.add_argument("--index", type=int, default=0, help="of the face in a collection")
    wanted = parser.parse_args()
    chars = characters()
    font = ImageFont.truetype(wanted.font, SIZE, index=wanted.index)
    found = pairs(chars, drawn(chars, font))
    lines = [" ".join(found[at : at + 30]) for at in range(0, len(found), 30)]
    TABLE.write_text("\n".join(lines) + "\n", "utf-8")
    print(f"{len(found)} pairs")


if __name__ == "__main__":
    main()
