"""The process of bench.lists: fill an installation, ask its pages, and send their SQL again."""

import argparse
import json
import statistics
import time
from collections.abc import Callable, Iterator, Sequence
from datetime import date, datetime, timedelta
from typing import Any

import django

django.setup()

from django.conf import settings  # noqa: E402
from django.db import connection  # noqa: E402
from django.test import Client  # noqa: E402
from django.test.utils import CaptureQueriesContext  # noqa: E402
from django.utils import timezone  # noqa: E402

from qianshou.accounts import permissions  # noqa: E402
from qianshou.accounts.models import Grant, User  # noqa: E402
from qianshou.areas.models import Area  # noqa: E402
from qianshou.areas.queries import areas_inside  # noqa: E402
from qianshou.common import copying, rowsecurity  # noqa: E402
from qianshou.config import database  # noqa: E402
from qianshou.config.commands import operate  # noqa: E402
from qianshou.config.postgres import launcher  # noqa: E402
from qianshou.mothers.models import Mother  # noqa: E402
from qianshou.pairing.models import Pairing  # noqa: E402
from qianshou.registry.models import Child  # noqa: E402
from qianshou.support.actions import following  # noqa: E402
from qianshou.support.models import Followup  # noqa: E402

CITY, COUNTY = "500000000000", "500236000000"
PAGES = (
    ("worklist", "/support/?what=ALL"),
    ("worklist due", "/support/"),
    ("mothers", "/mothers/"),
)
CHUNK, TIMES = 5_000, 7


def fill(mothers: int, children: int, *, by: User) -> None:
    """Add people up to these numbers, spread over all counties, and a pair for every mother."""
    towns = [
        town.code
        for county in areas_inside(CITY, "COUNTY")
        for town in areas_inside(county.code, "TOWN")[:10]
    ]
    today, now = timezone.localdate(), timezone.now()
    have_m, have_c = Mother.objects.count(), Child.objects.count()
    made_m = [_mother(n, towns[n % len(towns)], now) for n in range(have_m, mothers)]
    made_c = [_child(n, towns[n % len(towns)], now) for n in range(have_c, children)]
    pairs = [_pairing(n, made_m[n], made_c[n], by, now) for n in range(len(made_m))]
    for chunk in (*_chunks(made_m), *_chunks(made_c), *_chunks(pairs)):
        copying.insert_objects(chunk)
    following.reckon(CITY, today=today)


def _chunks(rows: list[Any]) -> Iterator[list[Any]]:
    for at in range(0, len(rows), CHUNK):
        yield rows[at : at + CHUNK]


def _mother(n: int, area: str, now: Any) -> Mother:
    name = f"王{n}"
    return Mother(
        area_code=area, name=name, search_name=name, pinyin=f"wang{n:06d}", initials="w",
        id_token=n.to_bytes(16, "big"), birth_on=date(1985, 1, 1), skills=[50] * 8,
        languages=[], times=["WEEKEND"], capacity=1, state="ACTIVE", screening="CLEAR",
        screened_on=date(2026, 6, 1), training_hours=8, trained_on=date(2026, 6, 2),
        committed_on=date(2026, 6, 3), reporting_signed=True, created_at=now, updated_at=now,
    )  # fmt: skip


def _child(n: int, area: str, now: Any) -> Child:
    return Child(
        area_code=area, name=f"张{n}", sex="F", birth_on=date(2015, 1 + n % 12, 1),
        created_at=now, updated_at=now,
    )  # fmt: skip


def _pairing(n: int, mother: Mother, child: Child, by: User, now: datetime) -> Pairing:  # noqa: PLR0917
    begun = timezone.localdate(now) - timedelta(days=10 + n % 400)
    return Pairing(
        child=child, mother=mother, area_code=child.area_code, state="ACTIVE", started_on=begun,
        active_on=begun, by=by, created_at=now,
    )  # fmt: skip


def askers() -> dict[str, User]:
    """Return a county's worker, and one who may see the whole city."""
    made = {}
    for name, area in (("county", COUNTY), ("city", CITY)):
        user, _ = User.objects.get_or_create(username=f"bench-{name}", defaults={"password": "!"})
        Grant.objects.get_or_create(
            user=user, role="fed_county", area=Area.objects.get(code=area),
            defaults={"valid_from": date(2026, 1, 1)},
        )  # fmt: skip
        made[name] = user
    return made


def timed(act: Callable[[], Any]) -> float:
    """Return the median time of an act in milliseconds, after a first one that warms up."""
    act()
    spans = []
    for _ in range(TIMES):
        begun = time.perf_counter()
        act()
        spans.append((time.perf_counter() - begun) * 1000)
    return statistics.median(spans)


def measured(user: User, path: str) -> tuple[int, float, float]:
    """Return the queries of a page, its time, and the time of its bare statements."""
    client = Client()
    client.force_login(user)
    answer = client.get(path)
    assert answer.status_code == 200, answer.status_code
    with CaptureQueriesContext(connection) as caught:
        client.get(path)
    statements = [
        each["sql"] for each in caught.captured_queries if each["sql"].startswith("SELECT")
    ]

    def bare() -> None:
        with rowsecurity.acting(permissions.scope_of(user)), connection.cursor() as cursor:
            for sql in statements:
                if "set_config" not in sql:
                    cursor.execute(sql)
                    cursor.fetchall()

    return len(caught), timed(lambda: client.get(path)), timed(bare)


def main(argv: Sequence[str] | None = None) -> None:
    """Measure at a tenth and at the full size, and print the rows as JSON."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--mothers", type=int, default=50_000)
    parser.add_argument("--children", type=int, default=130_000)
    wanted = parser.parse_args(argv)
    settings.ALLOWED_HOSTS = ["testserver"]
    operate.prepare()
    results = []
    with rowsecurity.acting(rowsecurity.SYSTEM):
        people = askers()
    for share in (10, 1):
        mothers, children = wanted.mothers // share, wanted.children // share
        with rowsecurity.acting(rowsecurity.SYSTEM):
            fill(mothers, children, by=people["county"])
        connection.cursor().execute("ANALYZE")
        for asker, user in people.items():
            for page, path in PAGES:
                queries, page_ms, sql_ms = measured(user, path)
                with rowsecurity.acting(permissions.scope_of(user)):
                    seen = (Mother if page == "mothers" else Followup).objects.count()
                results.append(
                    {
                        "page": page, "asker": asker, "mothers": mothers, "children": children,
                        "seen": seen, "queries": queries, "page_ms": page_ms, "sql_ms": sql_ms,
                        "ratio": page_ms / sql_ms,
                    }
                )  # fmt: skip
    connection.close()
    launcher.stop(database.data_dir())
    print(json.dumps(results))


if __name__ == "__main__":
    main()
