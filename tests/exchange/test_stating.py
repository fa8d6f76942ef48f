"""What may stand in a field is stated on a page, looked at on real cells, and taken back."""

from typing import Any

import pytest
from django.urls import reverse

from qianshou.exchange.models import ImportRun, Source, SourceVersion
from tests import make
from tests import make_exchange as making
from tests.exchange.test_connecting import editor
from tests.exchange.test_contracts import an_agreement

__all__ = ["editor"]
ODD = "留守的孩子"


def address(source: Source, field: str) -> str:
    return reverse("exchange:field", kwargs={"source_id": source.pk, "name": field})


def shown(client: Any, source: Source, field: str) -> dict[str, str]:
    """The form as a browser would send it back."""
    form = client.get(address(source, field)).context["form"]
    found = {"version": str(Source.objects.get(pk=source.pk).version), **form["values"]}
    for row in form["rows"]:
        chosen = [code for code, _said, is_chosen in row["choices"] if is_chosen]
        found |= {f"word-{row['position']}": row["word"],
                  f"code-{row['position']}": chosen[0] if chosen else ""}  # fmt: skip
    if form["required"] and not form["always"]:
        found["required"] = "1"
    return found


def added(form: dict[str, str], word: str, code: str) -> dict[str, str]:
    free = next(name for name, said in form.items() if name.startswith("word-") and not said)
    return form | {free: word, free.replace("word", "code"): code}


def kept_out(source: Source, *, times: int = 1, **cells: str) -> ImportRun:
    rows = [making.a_row(), *(making.a_row(**cells) for _time in range(times))]
    return making.a_run(source, making.a_csv(rows))


def save(client: Any, source: Source, field: str, form: dict[str, str]) -> Any:
    return client.post(address(source, field), form | {"save": "1"})


def entry(source: Source, field: str) -> Any:
    source.refresh_from_db()
    return source.profile["columns"][field]


@pytest.fixture
def listed(db) -> Source:
    return making.a_source(delivery="changes")


def test_a_word_that_the_department_uses_is_added_with_a_look_at_the_rows_it_kept_out(
    client, editor, listed
):
    before = kept_out(listed, times=3, 儿童类别=ODD)
    form = added(shown(client, listed, "categories"), ODD, "LEFT_BEHIND_RURAL")

    look = client.post(address(listed, "categories"), form)
    unsaved = entry(listed, "categories")
    saved = save(client, listed, "categories", form)

    tried = look.context["tried"]
    assert before.counts["bad"] == 3
    assert (tried.cells, tried.now, tried.then) == (3, 0, 3)
    assert [(row["text"], row["count"], row["then"]) for row in tried.rows] == [(ODD, 3, "")]
    assert unsaved == "儿童类别"
    assert saved.status_code == 302
    assert entry(listed, "categories")["codes"][ODD] == "LEFT_BEHIND_RURAL"
    assert entry(listed, "categories")["codes"]["流动儿童"] == "MIGRANT"
    assert listed.version == 2
    assert kept_out(listed, times=2, 儿童类别=ODD).counts["bad"] == 0


def test_a_form_sent_back_as_it_was_changes_nothing(client, editor, listed):
    for field in ("categories", "birth_on", "name", "sex"):
        save(client, listed, field, shown(client, listed, field))

    told = {**listed.profile["columns"], "birth_on": {"header": "出生日期", "age": [0, 17]}}
    listed.refresh_from_db()
    columns = {
        name: said if isinstance(said, dict) else {"header": said}
        for name, said in listed.profile["columns"].items()
    }
    assert columns == {
        name: said if isinstance(said, dict) else {"header": said} for name, said in told.items()
    }


@pytest.mark.parametrize(
    ("word", "code", "says"),
    [
        (ODD, "", f"Row 19, column “Its meaning”: “{ODD}” has no meaning"),
        ("", "MIGRANT", "Row 19, column “Word in the list”: There is a meaning without a word."),
        ("孤儿", "MIGRANT", "Row 19, column “Word in the list”: “孤儿” stands above"),
        ("长" * 41, "MIGRANT", "is longer than 40 characters."),
        (ODD, "NONSENSE", f"“{ODD}” has no meaning"),
    ],
)
def test_what_is_wrong_is_told_by_row_and_column_and_nothing_changes(
    client, editor, listed, word, code, says
):
    form = shown(client, listed, "categories")
    free = next(name for name, said in form.items() if name.startswith("word-") and not said)
    says = says.replace("19", str(int(free.removeprefix("word-")) + 1))
    form |= {free: word, free.replace("word", "code"): code}

    answer = save(client, listed, "categories", form)

    assert answer.status_code == 422
    assert says in answer.content.decode()
    assert word in answer.content.decode()
    assert entry(listed, "categories") == "儿童类别"


@pytest.mark.parametrize(
    ("youngest", "oldest", "says"),
    [
        ("17", "3", "Oldest, in years: 3 is below the lowest value."),
        ("-1", "17", "Youngest, in years: “-1” is not a whole number of years"),
        ("drei", "17", "“drei” is not a whole number"),
        ("3", "", "Oldest, in years: Give both ages or none."),
    ],
)
def test_ages_that_make_no_sense_are_refused(client, editor, listed, youngest, oldest, says):
    form = shown(client, listed, "birth_on") | {"youngest": youngest, "oldest": oldest}

    answer = save(client, listed, "birth_on", form)

    assert answer.status_code == 422
    assert says in answer.content.decode()


def test_ages_are_set_and_days_of_birth_are_not_shown(client, editor, listed):
    kept_out(listed, 出生日期="2014-02-31")
    form = shown(client, listed, "birth_on") | {"youngest": "0", "oldest": "40"}

    look = client.post(address(listed, "birth_on"), form)
    save(client, listed, "birth_on", form | {"required": "1"})

    assert [row["text"] for row in look.context["tried"].rows] == [""]
    assert "2014-02-31" not in look.content.decode()
    assert entry(listed, "birth_on") == {"header": "出生日期", "age": [0, 40], "required": True}


def test_a_former_version_holds_again_as_a_new_one_and_the_way_stays(db, client, editor):
    source = making.a_source(delivery="changes", fetch={"kind": "folder"})
    save(client, source, "birth_on", shown(client, source, "birth_on") | {"oldest": "16"})
    source.refresh_from_db()
    changed = source.profile | {"fetch": {"kind": "folder", "every": 7}}
    Source.objects.filter(pk=source.pk).update(profile=changed)
    kwargs = {"source_id": source.pk, "number": 1}

    client.post(reverse("exchange:adopt", kwargs=kwargs), {"version": "2"})

    assert entry(source, "birth_on") == {"header": "出生日期", "age": [0, 17]}
    assert source.version == 3
    assert source.profile["fetch"] == {"kind": "folder", "every": 7}
    assert SourceVersion.objects.filter(source=source).count() == 3


def test_a_page_that_somebody_overtook_changes_nothing(client, editor, listed):
    form = shown(client, listed, "birth_on")
    save(client, listed, "birth_on", form | {"oldest": "16"})

    late = save(client, listed, "birth_on", form | {"oldest": "12"})
    kwargs = {"source_id": listed.pk, "number": 1}
    client.post(reverse("exchange:adopt", kwargs=kwargs), {"version": "1"})

    assert late.status_code == 422
    assert entry(listed, "birth_on")["age"] == [0, 16]
    assert listed.version == 2


def test_a_field_that_the_agreement_does_not_name_has_no_page(client, editor, listed):
    an_agreement(listed, fields=["name", "birth_on"])

    assert client.get(address(listed, "birth_on")).status_code == 200
    assert client.get(address(listed, "address")).status_code == 404
    assert client.get(address(listed, "nonsense")).status_code == 404


def test_who_may_not_edit_sources_may_not_state(client, listed):
    client.force_login(make.a_user("grid", area=make.COUNTY))

    assert client.get(address(listed, "birth_on")).status_code == 403
