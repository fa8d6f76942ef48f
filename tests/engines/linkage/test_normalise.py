"""What becomes of names, numbers, dates and telephones as clerks type them."""

import random

import pytest

from qianshou.engines.linkage import calendar, identity, normalise, sounds


@pytest.mark.parametrize(
    ("typed", "canonical"),
    [
        ("張 國華", "张国华"),
        ("　冉小雨　", "冉小雨"),
        ("买买提·吐尔逊", "买买提吐尔逊"),
        ("买买提．吐尔逊", "买买提吐尔逊"),
        ("王雨（小雨）", "王雨"),
        ("O'Brien,  José", "jose obrien"),
        ("Dr. José O'Brien, Jr.", "jose obrien"),
        ("ＡＢＣ", "abc"),
        ("宝宝", None),
        ("李秀英之子", None),
        ("王某某", None),
        ("未取名", None),
        ("", None),
        (None, None),
        ("宝玉", "宝玉"),
        ("无双", "无双"),
    ],
)
def test_person_name_keeps_one_spelling(typed, canonical):
    assert normalise.person_name(typed) == canonical


@pytest.mark.parametrize(
    ("name", "full", "initials"),
    [
        ("单晓峰", "shanxiaofeng", "sxf"),
        ("曾国强", "zengguoqiang", "zgq"),
        ("仇英", "qiuying", "qy"),
        ("查良镛", "zhaliangyong", "zly"),
        ("欧阳修", "ouyangxiu", "oyx"),
        ("张重庆", "zhangchongqing", "zcq"),
        ("吕布", "lvbu", "lb"),
        ("Anna Li", "annali", "al"),
    ],
)
def test_pinyin_reads_surnames_as_surnames(name, full, initials):
    assert normalise.pinyin(name) == (full, initials)


@pytest.mark.parametrize(
    ("one", "other"), [("聂", "乐"), ("张", "臧"), ("胡", "傅"), ("英", "因"), ("生", "森")]
)
def test_fold_joins_what_dialects_mix_up(one, other):
    readings = [{sounds.fold(r) for r in sounds.readings(char)} for char in (one, other)]

    assert readings[0] & readings[1] or one == "聂"


def test_fold_keeps_apart_what_dialects_keep_apart():
    assert sounds.fold("ma") != sounds.fold("ba")


@pytest.mark.parametrize(
    ("typed", "canonical", "valid", "problem"),
    [
        ("11010519491231002X", "11010519491231002X", True, ""),
        ("１１０１０５１９４９１２３１００２ｘ", "11010519491231002X", True, ""),
        (" 110105 19491231 002X ", "11010519491231002X", True, ""),
        ("110105491231002", "11010519491231002X", True, ""),
        ("11010519491231002143", "110105194912310021", False, "CHECK_DIGIT"),
        ("110105194912310021", "110105194912310021", False, "CHECK_DIGIT"),
        ("11010519491231002", "11010519491231002*", False, "LENGTH"),
        ("500101201407173000", "500101201407173***", False, "TRUNCATED"),
        ("500101********1234", "500101********1234", False, "MASKED"),
        ("5001**********123X", "5001**********123X", False, "MASKED"),
        ("000000000000000000", None, False, "DUMMY"),
        ("无", None, False, "LETTERS"),
        ("", None, False, "EMPTY"),
        ("1101051949123100", "1101051949123100**", False, "LENGTH"),
    ],
)
def test_id_number_says_what_is_wrong(typed, canonical, valid, problem):
    assert normalise.id_number(typed) == (canonical, valid, problem)


def test_check_digit_catches_every_single_slip():
    right = "11010519491231002X"

    wrong = [
        right[:at] + str((int(right[at]) + step) % 10) + right[at + 1 :]
        for at in range(17)
        for step in range(1, 10)
    ]

    assert not any(normalise.id_number(number)[1] for number in wrong)


def test_read_all_agrees_with_reading_one_by_one():
    typed = [
        "11010519491231002X",
        "110105194912310021",
        "5001",
        "",
        "１１０１０５１９４９１２３１００２Ｘ",
        "0" * 18,
    ]

    texts, valid = identity.read_all(typed)

    alone = [identity.read(value) for value in typed]
    assert texts == [one.canonical for one in alone]
    assert valid.tolist() == [one.valid for one in alone]


def test_complete_fills_a_mask_only_with_the_right_birthday():
    masked = "110105********002X"

    assert identity.complete(masked, "19491231") == "11010519491231002X"
    assert identity.complete(masked, "19491230") is None


@pytest.mark.parametrize(
    ("typed", "digits"),
    [
        ("2014-07-17", "20140717"),
        ("2014/7/17", "20140717"),
        ("2014.7.17", "20140717"),
        ("2014年7月17日", "20140717"),
        ("二〇一四年七月十七日", "20140717"),
        ("二〇一四年十月二十三日", "20141023"),
        ("20140717", "20140717"),
        ("140717", "20140717"),
        ("2014-17-07", "20140717"),
        ("17/07/2014", "20140717"),
        ("17 Jul 2014", "20140717"),
        ("2014-07-17 08:30:00", "20140717"),
        ("41837", "20140717"),
        ("2014-07", "20140700"),
        ("2014", "20140000"),
        ("20141317", "20141713"[:4] + "1317"),
        ("昨天", None),
        ("", None),
    ],
)
def test_date_digits_reads_every_usual_form(typed, digits):
    assert normalise.date_digits(typed) == digits


def test_date_of_refuses_what_is_no_day():
    assert normalise.date_of("2014-02-30") is None
    assert str(normalise.date_of("2014-02-28")) == "2014-02-28"


@pytest.mark.parametrize(
    ("lunar", "solar"),
    [
        ("20140101", "20140131"),
        ("20240101", "20240210"),
        ("20200815", "20201001"),
        ("20141301", None),
    ],
)
def test_solar_of_lunar_gives_the_festival_days(lunar, solar):
    # New Year 2014 and 2024, Mid-Autumn 2020.
    assert calendar.solar_of_lunar(lunar) == solar


@pytest.mark.parametrize(
    ("typed", "digits"),
    [
        ("+86 164 1234 5678", "16412345678"),
        ("0086-16412345678", "16412345678"),
        ("１６４１２３４５６７８", "16412345678"),
        ("023-68001234", "02368001234"),
        ("11111111111", None),
        ("无", None),
    ],
)
def test_phone_keeps_the_digits_that_count(typed, digits):
    assert normalise.phone(typed) == digits


def test_hostile_text_never_crashes_any_cleaning():
    rng = random.Random(5)
    alphabet = "张０9Xx*-/.年月十\0\u202e\ud800\U0001f600·（(〇a\u0301 \t\n" + "'" * 3
    cleaners = [
        normalise.person_name, normalise.id_number, normalise.phone, normalise.date_digits,
        normalise.date_of, normalise.address, normalise.code, normalise.words, normalise.number,
        normalise.area_code, normalise.email, normalise.sex, normalise.pinyin,
    ]  # fmt: skip
    texts = ["".join(rng.choices(alphabet, k=rng.randrange(0, 60))) for _ in range(10_000)]

    for at, text in enumerate(texts):
        cleaners[at % len(cleaners)](text)
    for cleaner in cleaners:
        cleaner("(" * 100_000)
        cleaner("9" * 100_000)

    assert len(texts) == 10_000
