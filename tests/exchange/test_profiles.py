"""Profiles: the shipped ones hold, and a bad one is refused with file, key and problem."""

import tomllib
from typing import Any

import pytest

from qianshou.exchange.connectors import profile_files
from qianshou.exchange.rules import profile as profiles
from tests import make_exchange as make

SHIPPED = sorted(profile_files.SHIPPED.glob("*.toml"))


def refusal(**changes: Any) -> str:
    with pytest.raises(profiles.BadProfile) as caught:
        profiles.parse(make.a_profile(**changes), "list.toml")
    return str(caught.value)


@pytest.mark.parametrize("file", SHIPPED, ids=lambda file: file.stem)
def test_parse_takes_every_shipped_profile(file):
    profile = profiles.parse(tomllib.loads(file.read_text("utf-8")), file.name)

    assert profile.code == file.stem
    assert profile.column("key").required
    assert profile.column("name").required


def test_parse_fills_what_is_left_out():
    data = make.a_profile()
    del data["delivery"], data["as_of"]

    profile = profiles.parse(data, "list.toml")

    assert (profile.delivery, profile.sender, profile.encoding) == ("changes", "county", "auto")
    assert profile.limits == {
        "max_changed_share": 0.3, "max_removed_share": 0.05, "max_swapped_share": 0.02,
        "max_bad_share": 0.5,
    }  # fmt: skip
    assert profile.formats == ("xlsx", "csv")


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"delivry": "full"},
         "list.toml: delivry: 'delivry' is not known. Did you mean 'delivery'?"),
        ({"delivery": "ful"}, "list.toml: delivery: 'ful' is not known. Did you mean 'full'?"),
        ({"code": "名册"},
         "list.toml: code: '名册' may hold only Latin letters, digits and hyphens."),
        ({"header_rows": [3, "4"]},
         'list.toml: header_rows: must be "auto" or one to three row numbers such as [3, 4].'),
        ({"as_of": "seen"}, "list.toml: as_of: 'seen' is not among the mapped columns."),
        ({"trust": {"name": 101}},
         "list.toml: trust.name: 101 is not a whole number from 0 to 100."),
        ({"limits": {"max_changed_share": 2}},
         "list.toml: limits.max_changed_share: 2 is not a share from 0 to 1."),
        ({"severity": {"ID_CHEKSUM": "refuse"}},
         "list.toml: severity.ID_CHEKSUM: 'ID_CHEKSUM' is not known. Did you mean 'ID_CHECKSUM'?"),
        ({"severity": {"ID_CHECKSUM": "refused"}},
         "list.toml: severity.ID_CHECKSUM: 'refused' is not known. Did you mean 'refuse'?"),
        ({"columns": {"nam": "姓名"}},
         "list.toml: columns.nam: 'nam' is not known. Did you mean 'name'?"),
        ({"columns": {"name": {}}},
         "list.toml: columns.name: must name its column by either `header` or `join`."),
        ({"columns": {"sex": {"header": "性别", "codes": {"男": "MALE"}}}},
         "list.toml: columns.sex.codes.男: 'MALE' is not known. Known: F, M."),
        ({"columns": {"birth_on": {"header": "出生日期", "age": [0]}}},
         "list.toml: columns.birth_on.age: [0] is not a pair of ages such as [0, 17]."),
        ({"columns": {"phone": {"header": "电话", "required": "yes"}}},
         "list.toml: columns.phone.required: 'yes' is neither true nor false."),
        ({"columns": {"phone": 7}}, "list.toml: columns.phone: must be a table."),
        ({"sheets": [1]}, "list.toml: sheets: [1] is neither a text nor a list of texts."),
        ({"name": None}, "list.toml: name: is missing."),
    ],
)  # fmt: skip
def test_parse_says_where_and_what_is_wrong(changes, message):
    assert refusal(**changes) == message


def test_parse_refuses_a_profile_without_a_key():
    data = make.a_profile()
    del data["columns"]["key"]

    with pytest.raises(profiles.BadProfile, match=r"columns.key: is missing"):
        profiles.parse(data, "list.toml")


def test_read_names_the_line_of_broken_toml(tmp_path):
    file = make.on_disk(tmp_path, "list.toml", "code = 'a'\n姓名 = 'x'\n".encode())

    with pytest.raises(profile_files.UnfitProfile, match=r"list\.toml: .*line 2.*quotation marks"):
        profile_files.read(file)


def test_read_refuses_a_profile_in_another_encoding(tmp_path):
    file = make.on_disk(tmp_path, "list.toml", "code = '名册'".encode("gb18030"))

    with pytest.raises(profile_files.UnfitProfile, match="not UTF-8"):
        profile_files.read(file)


def test_read_takes_any_bytes_as_a_refusal(tmp_path):
    for content in (b"", b"\0\1\2", b"[" * 5000, b"code = 3", b"a = [[[[", b"x = 1e999999"):
        file = make.on_disk(tmp_path, "list.toml", content)

        with pytest.raises(profile_files.UnfitProfile):
            profile_files.read(file)


@pytest.mark.parametrize(
    ("fetch", "says"),
    [
        ({}, "fetch.kind"),
        ({"kind": "foldr"}, "Did you mean 'folder'?"),
        ({"kind": "folder", "evry": 5}, "Did you mean 'every'?"),
        ({"kind": "folder", "every": 0}, "from 1 to"),
        ({"kind": "folder", "every": True}, "from 1 to"),
        ("folder", "must be a table"),
        ({"kind": "push"}, "delivery: must be changes"),
        ({"kind": "rest"}, "fetch.url: is missing"),
        ({"kind": "rest", "url": "http://dept.example/", "since_param": "a"}, "delivery: must be"),
        ({"kind": "view", "url": "postgresql://r@h.example/d", "view": "v"}, "fetch.key"),
        ({"kind": "view", "url": "sqlite:///x.db", "view": "v", "key": "k"}, "fetch.url"),
        (
            {
                "kind": "view",
                "url": "mysql://h.example/d",
                "view": "v",
                "key": "k",
                "params": {"host": "evil.example"},
            },
            "fetch.params.host",
        ),
        ({"kind": "rest", "url": "http://u:p@dept.example/"}, "fetch.url: is no plain address"),
        ({"kind": "rest", "url": "ftp://dept.example/"}, "fetch.url"),
        ({"kind": "rest", "url": "http://dept.example/", "auth": "oauth2"}, "fetch.client_id"),
        ({"kind": "rest", "url": "http://dept.example/", "secret": "x"}, "fetch.secret"),
    ],
)
def test_a_fetch_that_cannot_be_is_refused_with_key_and_problem(fetch, says):
    assert says in refusal(fetch=fetch)
