"""Arithmetic on 12-digit area codes: province 2, city 4, county 6, town 9, village 12 digits."""

from typing import Final

WIDTHS: Final = (2, 4, 6, 9, 12)
PROVINCE, CITY, COUNTY, TOWN, VILLAGE = "PROVINCE", "CITY", "COUNTY", "TOWN", "VILLAGE"
LEVELS: Final = (PROVINCE, CITY, COUNTY, TOWN, VILLAGE)
# A city under the central government has no prefecture; its province row acts as the city.
MUNICIPALITIES: Final = ("11", "12", "31", "50")
# A village is named by its committee in the national codes: 大湾村村民委员会 is 大湾村 in speech.
COMMITTEES: Final = ("村民委员会", "居民委员会", "村委会", "居委会")


def is_code(text: str) -> bool:
    """Tell whether a text has the shape of an area code."""
    return len(text) == 12 and text.isascii() and text.isdigit()


def significant(code: str) -> str:
    """Return the code without its empty trailing groups: 500101000000 becomes 500101."""
    for width in WIDTHS:
        if int(code[width:] or "0") == 0:
            return code[:width]
    return code


def level_of(code: str) -> str:
    """Return the level a code stands on; a municipality counts as a city."""
    width = len(significant(code))
    if width == 2 and code[:2] in MUNICIPALITIES:
        return CITY
    return LEVELS[WIDTHS.index(width)]


def subtree(code: str) -> tuple[str, str]:
    """Return the lowest and highest code of an area and everything in it."""
    stem = significant(code)
    return stem.ljust(12, "0"), stem.ljust(12, "9")


def parent_code(code: str) -> str | None:
    """Return the code one level up; the counties of a municipality stand directly under it."""
    stem = significant(code)
    shorter = [width for width in WIDTHS if width < len(stem)]
    if not shorter:
        return None
    width = shorter[-1]
    if width == 4 and code[:2] in MUNICIPALITIES:
        width = 2
    return stem[:width].ljust(12, "0")


def ancestors(code: str) -> list[str]:
    """Return the codes of the larger areas around an area, the nearest first."""
    found = []
    above = parent_code(code)
    while above is not None:
        found.append(above)
        above = parent_code(above)
    return found


def county_code(code: str) -> str:
    """Return the code of the county an area lies in, or the area itself when it is larger."""
    return code[:6].ljust(12, "0")


def town_code(code: str) -> str:
    """Return the code of the town an area lies in, or the area itself when it is larger."""
    return code[:9].ljust(12, "0")


def spoken_name(name: str) -> str:
    """Return a place's name without its committee, as long as the name of a place is left."""
    for ending in COMMITTEES:
        place = name.removesuffix(ending)
        if place in {name, ""}:
            continue
        return f"{place}村" if ending.startswith("村") and not place.endswith("村") else place
    return name
