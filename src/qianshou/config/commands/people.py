"""The demo's sign-ins: one invented person per role, all with one generated password."""

from collections import Counter
from dataclasses import dataclass
from secrets import token_urlsafe

from django.conf import settings
from django.utils import timezone

from qianshou.accounts import actions
from qianshou.accounts.models import Grant, User
from qianshou.areas import queries as areas
from qianshou.areas import rules as area_rules
from qianshou.mothers.models import Mother
from qianshou.pairing.models import Pairing
from qianshou.registry.models import Child


@dataclass(frozen=True)
class SignIn:
    """One way to sign in to the demo."""

    role: str
    username: str
    where: str


CITY = "500000000000"
# role, user name, name, which area: the demo's county, its first town, the city, another county
CAST = (
    ("fed_county", "county", "李秀兰", "county"),
    ("clerk", "clerk", "周文书", "county"),
    ("safeguarding_lead", "lead", "罗守护", "county"),
    ("safeguarding_deputy", "deputy", "邓静", "county"),
    ("fed_town", "town", "陈素芬", "town"),
    ("fed_city", "city", "赵明霞", "city"),
    ("fed_county", "neighbour", "吴晓琴", "neighbour"),
    ("mother", "mother", "", "county"),
    ("child_director", "director", "刘国芳", "town"),
    # Stands for a class teacher of the roster once there is one (furnish_teams).
    ("partner", "teacher", "班主任", "county"),
    ("sys_admin", "system", "系统管理员", "city"),
    ("sec_admin", "security", "安全管理员", "city"),
    ("auditor", "auditor", "审计管理员", "city"),
)


def demo_password() -> str:
    """Return the demo's password, made once and kept beside the other secrets."""
    file = settings.VAR / "secrets" / "demo_password"
    if not file.exists():
        file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        file.touch(mode=0o600)
        file.write_text(f"qianshou-{token_urlsafe(6)}", encoding="ascii")
    return file.read_text(encoding="ascii")


def make_cast(county: str, neighbour: str) -> list[SignIn]:
    """Make the missing accounts and return all sign-ins, the mother's being a paired one."""
    town = _town_with_most_children(county)
    places = {"county": county, "town": town, "city": CITY, "neighbour": neighbour}
    password, today = demo_password(), timezone.localdate()
    signs = []
    for role, username, name, place in CAST:
        area = areas.area_of(places[place])
        user = User.objects.filter(username=username).first()
        if user is None:
            user = actions.create_account(username, by=None, display_name=name, password=password)
            actions.grant_role(user, by=None, role=role, area=area, today=today)
        if role == "mother":
            become_a_mother(user, county)
        signs.append(SignIn(str(Grant.Role(role).label), username, area.name))
    return signs


def _town_with_most_children(county: str) -> str:
    """Return the town whose sign-in has most to see; the first one while there are no children."""
    codes = Child.objects.on_file().filter(area_code__range=area_rules.subtree(county))
    towns = Counter(map(area_rules.town_code, codes.values_list("area_code", flat=True)))
    known = [each.code for each in areas.areas_inside(county, "TOWN")]
    return max(known, key=lambda code: towns[code])


def become_a_mother(user: User, county: str) -> None:
    """Let the demo's mother account be one who has a child, if there is one by now."""
    if user.person_id:
        return
    pairing = (
        Pairing.objects.caring().filter(area_code__startswith=county[:6]).order_by("id").first()
    )
    mother = (
        pairing.mother
        if pairing
        else Mother.objects.filter(area_code__startswith=county[:6]).first()
    )
    if mother is not None:
        user.person_id, user.display_name = mother.pk, mother.name
        user.save(update_fields=["person_id", "display_name"])
