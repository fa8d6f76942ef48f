"""The same reads and acts over REST, with keys that have a scope."""

from datetime import date
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from qianshou.accounts import actions as accounts
from qianshou.accounts import permissions
from qianshou.exchange.actions import processing
from qianshou.exchange.models import ImportRun
from tests import make
from tests import make_exchange as making


def key_of(*roles: str, area: str = make.COUNTY) -> dict[str, str]:
    user = make.a_user(*roles, area=area)
    secret = accounts.create_token(
        user, by=user, name="test", powers=sorted(permissions.powers_of(user)),
        today=date(2026, 11, 24),
    )  # fmt: skip
    return {"Authorization": f"Bearer {secret}"}


def at(name: str, run: ImportRun | None = None) -> str:
    """The address of an operation, wherever the interface mounts it."""
    return reverse(f"api:{name}", kwargs={"run_id": run.pk} if run else {})


def asked(client: Any, address: str, key: dict[str, str], *, status: int = 200) -> Any:
    answer = client.get(address, headers=key)
    assert answer.status_code == status, answer.content
    return answer.json()


def a_run() -> ImportRun:
    return making.a_run(making.a_source(), making.a_csv([making.a_row(), making.a_row(姓名="")]))


def test_runs_need_a_key(db, client):
    assert client.get(at("list_deliveries")).status_code == 401


def test_runs_are_those_of_the_keys_area(db, client):
    run = a_run()

    mine = asked(client, at("list_deliveries"), key_of("clerk"))
    theirs = asked(client, at("list_deliveries"), key_of("clerk", area=make.OTHER_COUNTY))

    assert [each["id"] for each in mine["items"]] == [str(run.pk)]
    assert mine["items"][0]["counts"]["new"] == 1
    assert theirs["items"] == []


def test_read_run_hides_other_counties(db, client):
    run = a_run()

    assert asked(client, at("read_delivery", run), key_of("clerk"))["state"] == "DONE"
    asked(client, at("read_delivery", run), key_of("clerk", area=make.OTHER_COUNTY), status=404)


def test_bad_rows_come_without_values(db, client):
    run = a_run()

    rows = asked(client, at("list_bad_rows", run), key_of("clerk"))["items"]

    assert [(row["row_no"], row["rules"]) for row in rows] == [
        (3, [{"rule": "NAME_MISSING", "column": "姓名"}])
    ]


def test_sources_are_listed(db, client):
    making.a_source()

    assert [each["code"] for each in asked(client, at("list_sources"), key_of("clerk"))] == ["list"]


def test_deliver_file_opens_a_run(db, client):
    making.a_source()
    file = SimpleUploadedFile("list.csv", making.a_csv([making.a_row()]))

    answer = client.post(
        at("list_deliveries") + "?source=list", {"file": file}, headers=key_of("clerk")
    )

    run = ImportRun.objects.get()
    assert (answer.status_code, answer.json()["id"]) == (202, str(run.pk))
    assert processing.process_run(run.pk).counts["new"] == 1


@pytest.mark.parametrize(
    ("roles", "source", "status"), [(("fed_village",), "list", 403), (("clerk",), "none", 404)]
)
def test_deliver_file_refuses(db, client, roles, source, status):
    making.a_source()
    file = SimpleUploadedFile("list.csv", b"a")

    answer = client.post(
        at("list_deliveries") + f"?source={source}", {"file": file}, headers=key_of(*roles)
    )

    assert answer.status_code == status
    assert not ImportRun.objects.exists()


def test_undo_run_needs_the_right(db, client):
    run = a_run()

    refused = client.post(at("undo_delivery", run) + "?reason=wrong", headers=key_of("clerk"))
    done = client.post(at("undo_delivery", run) + "?reason=wrong", headers=key_of("fed_county"))

    assert (refused.status_code, done.status_code) == (403, 200)
    assert done.json()["state"] == "ROLLED_BACK"


def test_approve_run_refuses_what_does_not_wait(db, client):
    run = a_run()

    answer = client.post(at("approve_delivery", run), headers=key_of("fed_county"))

    assert answer.status_code == 409
