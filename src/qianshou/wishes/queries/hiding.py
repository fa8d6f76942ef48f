"""What is known of a child that its published wish must not say, and how much may be shown."""

from datetime import date

from qianshou.areas import queries as areas
from qianshou.areas import rules as area_rules
from qianshou.common import rowsecurity
from qianshou.common.days import months_after
from qianshou.mothers.models import Mother
from qianshou.registry.models import Child, Guardianship
from qianshou.wishes.queries.limits import limits
from qianshou.wishes.rules import blur, words


def known_of(child: Child) -> words.Known:
    """Return names of the child, its family and its mothers, its school and the places around."""
    home = Child.objects.filter(household_id=child.household_id) if child.household_id else None
    family = set(home.values_list("name", flat=True)) if home is not None else set()
    adults = Guardianship.objects.filter(child=child).values_list("guardian__name", flat=True)
    mothers = Mother.objects.filter(pairings__child=child).values_list("name", flat=True)
    codes = {
        child.area_code, area_rules.town_code(child.area_code),
        area_rules.county_code(child.area_code),
    }  # fmt: skip
    if child.hukou_code:
        codes |= {child.hukou_code, area_rules.town_code(child.hukou_code)}
    names = {child.name, child.given_name, *family, *adults, *mothers} - {""}
    return words.Known(
        tuple(sorted(names)),
        tuple(each for each in (child.school, child.class_name) if each),
        tuple(sorted(areas.names_of(codes).values())),
    )


def marks_in(text: str, child: Child) -> list[words.Mark]:
    """Return what in a text would tell who the child is."""
    return words.marks(text, known_of(child), limits())


def shown_of(child: Child, today: date) -> blur.Shown:
    """Return what of age and county may be shown. All children count, not only the asker's."""

    def count(county: str, ages: tuple[int, int] | None) -> int:
        rows = Child.objects.on_file()
        if county:
            rows = rows.filter(area_code__range=area_rules.subtree(county))
        if ages is not None:
            youngest, oldest = ages
            after = months_after(today, -12 * (oldest + 1))
            rows = rows.filter(
                birth_on__gt=after, birth_on__lte=months_after(today, -12 * youngest)
            )
        return rows.count()

    # A hidden child's county is itself a trace.
    county = "" if child.hidden_location else area_rules.county_code(child.area_code)
    with rowsecurity.acting(rowsecurity.SYSTEM):
        return blur.shown_for(child.age_on(today), county, count, fewest=limits().fewest_children)
