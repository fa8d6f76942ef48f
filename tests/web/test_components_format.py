"""The filters of pages: dates and numbers in words, masked facts."""

from datetime import UTC, date, datetime

import pytest
import time_machine
from django.utils import translation

from qianshou.web.templatetags import web_format as words

MONDAY = date(2026, 11, 23)


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("zh-hans", "2026年11月23日（周一）"),
        ("zh-hant", "2026年11月23日（週一）"),
        ("en", "Mon 23 Nov 2026"),
    ],
)
def test_full_date_speaks_the_language(language, text):
    with translation.override(language):
        assert words.zh_date(MONDAY) == text


def test_short_date_and_moment_use_local_time():
    night = datetime(2026, 11, 22, 17, 5, tzinfo=UTC)

    with translation.override("en"):
        assert words.short_date(night) == "23 Nov"
        assert words.moment(night) == "Mon 23 Nov 2026 01:05"


@pytest.mark.parametrize(
    ("day", "text"),
    [
        (MONDAY, "today"),
        (date(2026, 11, 22), "1 day ago"),
        (date(2026, 11, 7), "16 days ago"),
        (date(2026, 11, 26), "in 3 days"),
    ],
)
@time_machine.travel("2026-11-23 04:00Z", tick=False)
def test_days_ago_counts_from_today(day, text):
    with translation.override("en"):
        assert words.days_ago(day) == text


@pytest.mark.parametrize(
    "write",
    [each for name, each in sorted(words.register.filters.items())],
)
def test_a_missing_value_is_a_dash(write):
    assert write(None) == "—"


@pytest.mark.parametrize(
    ("value", "text"),
    [(1234, "1,234"), (1234.0, "1,234"), (1234.56, "1,234.6"), (0, "0"), ("", "—")],
)
def test_grouped_puts_digits_in_threes(value, text):
    assert words.grouped(value) == text


def test_figures_carry_their_units():
    with translation.override("en"):
        assert words.people(1) == "1 person"
        assert words.people(130211) == "130,211 people"
    assert words.percent(0.9871) == "98.7%"
    assert words.percent(0.5, 0) == "50%"
    assert words.bits(12.34) == "+12.3"
    assert words.bits(-3.2) == "−3.2"


@pytest.mark.parametrize(
    ("duration", "text"),
    [(0.4, "under a second"), (8, "8 s"), (200, "3 min 20 s"), (7260, "2 h 1 min"), (0, "0 s")],
)
def test_seconds_use_at_most_two_units(duration, text):
    with translation.override("en"):
        assert words.seconds(duration) == text


@pytest.mark.parametrize(
    ("size", "text"),
    [(512, "512 B"), (2048, "2 KB"), (5 << 20, "5 MB"), (3 << 30, "3.0 GB")],
)
def test_filesize_uses_the_largest_unit(size, text):
    assert words.filesize_short(size) == text


@pytest.mark.parametrize(
    ("name", "masked"),
    [
        ("张三", "张*"),
        ("冉佳怡", "冉**"),
        ("欧阳明月", "欧阳**"),
        ("欧阳", "欧阳*"),
        ("张", "张*"),
        ("阿依古丽·买买提", "阿**"),
    ],
)
def test_mask_name_keeps_the_surname_only(name, masked):
    assert words.mask_name(name) == masked


@pytest.mark.parametrize(
    ("number", "masked"),
    [
        ("500101201603121234", "500***********1234"),
        ("500101160312123", "500********2123"),
        ("5001", "****"),
    ],
)
def test_mask_id_never_gives_away_a_short_number(number, masked):
    assert words.mask_id(number) == masked


def test_mask_phone_keeps_both_ends():
    assert words.mask_phone("13812345678") == "138****5678"
