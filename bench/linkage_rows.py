"""Seeded department rows of synthetic children with the error mix of the design study.

The names, rates and places here are inventions that only have to be hard in the right ways:
homophones, twins, siblings, shared phones, cut identity numbers. Truth is `child`.
"""

import dataclasses
import datetime as dt
import random
from collections.abc import Callable, Iterator
from typing import Any

import polars as pl

from qianshou.engines.linkage import calendar, identity, sounds, text

# fmt: off
_SURNAMES = (
    "王 7.2 李 7.1 张 6.7 刘 5.4 陈 4.6 杨 3.2 黄 2.3 赵 2.2 吴 2.1 周 2 徐 1.5 孙 "
    "1.5 马 1.3 朱 1.2 胡 1.2 郭 1.2 何 1.2 林 1.1 高 1.1 罗 1.1 郑 1 梁 .9 谢 .8 宋 "
    ".8 唐 .8 许 .7 邓 .7 冯 .6 韩 .6 曹 .6 曾 .6 彭 .6 萧 .5 蔡 .5 潘 .5 田 .5 董 .5 "
    "袁 .5 于 .5 余 .5 蒋 .5 叶 .5 杜 .4 苏 .4 魏 .4 程 .4 吕 .4 丁 .4 沈 .4 任 .4 姚 "
    ".4 卢 .4 傅 .3 钟 .3 姜 .3 崔 .3 谭 .3 廖 .3 范 .3 汪 .3 陆 .3 金 .3 石 .3 戴 .3 "
    "贾 .3 韦 .2 夏 .2 邱 .2 方 .2 侯 .2 邹 .2 熊 .2 孟 .2 秦 .2 白 .2 江 .2 阎 .2 薛 "
    ".2 尹 .2 段 .2 雷 .2 黎 .2 史 .2 龙 .2 陶 .2 贺 .2 顾 .2 毛 .2 郝 .2 龚 .2 邵 .2 "
    "万 .2 钱 .2 严 .2 覃 .2 武 .2 戚 .1 莫 .1 孔 .1 向 .1 汤 .1 单 .1 仇 .1 查 .1 冉 "
    ".3 欧阳 .05 上官 .03"
)
_BOYS = (
    "奕辰 宇轩 浩宇 亦辰 宇辰 子墨 宇航 浩然 梓豪 亦宸 俊杰 子轩 梓轩 博文 明轩 志强 "
    "文博 嘉豪 天佑 俊熙 家豪 鑫 杰 涛 浩 磊 鹏 伟 勇 强"
)
_GIRLS = (
    "一诺 依诺 欣怡 梓涵 语桐 欣妍 可欣 语汐 雨桐 梦瑶 思琪 雨涵 诗涵 佳怡 梓萱 子涵 "
    "欣悦 雅婷 静怡 若曦 婷婷 悦 婷 静 敏 玲 丽 颖 雪 欣"
)
CHARS_M = (
    "宇浩子梓俊天志文明嘉博家泽铭宏建国伟鹏飞龙杰轩豪辰瑞皓晨睿哲翔凯旭阳航林森峰恒毅"
    "诚信仁义德福贵才平安康乐东南"
)
CHARS_F = (
    "欣怡雨涵诗琪梦佳雅静思若婷颖雪玲丽敏慧芳秀兰梅英莉娜娟燕霞红艳珍玉洁琳晶露瑶萱妍"
    "悦彤晗芸蕊莹淑慧巧云凤香桃春"
)
# More characters that sound like those above, for slips of the ear.
_EXTRA = (
    "语雨羽语欣馨鑫心昕怡宜仪伊依涵含寒晗函韩诗施师琪奇祺梓紫子姿轩宣萱浩昊皓豪好俊骏"
    "军君钧梦孟佳家嘉加思斯丝若偌婷亭庭颖影莹盈雪学玲灵凌铃龄丽莉立力敏民闽慧惠会芳方"
    "坊静竟敬靖晶宇语玉瑜志智致文雯闻明铭鸣博伯泽择宏洪鸿红建健国果伟维唯鹏朋飞菲杰洁"
    "捷辰晨宸臣瑞锐睿哲翔祥凯恺楷旭绪阳洋扬航行林琳霖森峰锋枫丰恒横毅艺义益诚成城承信"
    "新仁人德得福富贵桂才财平萍安康抗乐东冬南楠"
)
# fmt: on
SURNAMES = _SURNAMES.split()
BOYS, GIRLS = _BOYS.split(), _GIRLS.split()
NOBODY = ("宝宝", "{mother}之子", "{mother}之女", "未取名", "{surname}某某")
SOURCES = {  # coverage, share of rows without ID number, without telephone
    "police": (0.92, 0.002, 0.30),
    "education": (0.85, 0.04, 0.05),
    "health": (0.60, 0.12, 0.06),
    "civil": (0.50, 0.05, 0.10),
    "disabled": (0.06, 0.01, 0.10),
}
# fmt: off
FIELDS = (
    "row_id", "child", "source", "name", "sex", "birth_on", "id_number", "phone", "guardian_name",
    "guardian_id", "guardian_phone", "area_code", "address", "school", "student_no",
)
# fmt: on
Kid = dict[str, Any]


@dataclasses.dataclass(frozen=True)
class Mix:
    """Error rates of one variant; every other rate is scaled by `errors`."""

    errors: float = 1.0
    no_id: float | None = None
    masked: bool = False
    twins: float = 0.035
    homophone: float = 0.012
    province: str = "50"


class _Dice:
    """Seeded chance, shared by all that is made up."""

    def __init__(self, mix: Mix, seed: int) -> None:
        self.mix, self.rng = mix, random.Random(seed)

    def chance(self, rate: float) -> bool:
        """Tell whether something of this rate happens."""
        return self.rng.random() < rate

    def error(self, rate: float) -> bool:
        """Tell whether a mistake of this rate happens in this variant."""
        return self.rng.random() < rate * self.mix.errors

    def mobile(self) -> str:
        """Give a telephone number."""
        return f"1{self.rng.choice('35789')}{self.rng.randrange(10**9):09d}"


class _Families(_Dice):
    """Households and their children as they really are."""

    def __init__(self, mix: Mix, seed: int) -> None:
        super().__init__(mix, seed)
        self.surnames = SURNAMES[0::2]
        self.surname_weights = [float(w) for w in SURNAMES[1::2]]
        self.villages = [
            f"{mix.province}{county:04d}{town:03d}{200 + village:03d}"
            for county in range(101, 139)
            for town in range(100, 127)
            for village in range(11)
        ]
        self.count = 0
        self.numbers: set[str] = set()

    def given(self, *, male: bool, generation: str | None) -> str:
        """Give a given name, often with the generation character of the family."""
        rng, chars = self.rng, CHARS_M if male else CHARS_F
        if generation and self.chance(0.8):
            return generation + rng.choice(chars)
        roll = rng.random()
        if roll < 0.12:
            return rng.choice(BOYS if male else GIRLS)
        # Names follow fashion: low indices are drawn more often.
        first = chars[int(len(chars) * rng.random() ** 1.6)]
        return first if roll < 0.22 else first + chars[int(len(chars) * rng.random() ** 1.2)]

    def surname(self) -> str:
        """Give a surname by its frequency."""
        return self.rng.choices(self.surnames, self.surname_weights)[0]

    def number(self, area: str, born: dt.date, *, male: bool) -> str:
        """Give an identity number that nobody has yet."""
        while True:
            order = self.rng.randrange(0, 500) * 2 + (1 if male else 0)
            body = f"{area[:6]}{born:%Y%m%d}{order:03d}"
            if body not in self.numbers:
                self.numbers.add(body)
                return body + identity.check_digit(body)

    def households(self, children: int) -> Iterator[list[Kid]]:
        """Give households until there are enough children."""
        made = 0
        while made < children:
            kids = self._children(self._home())
            made += len(kids)
            yield kids

    def _home(self) -> Kid:
        rng, surname = self.rng, self.surname()
        mother = self.surname() + self.given(male=False, generation=None)
        father = surname + self.given(male=True, generation=None)
        village = rng.choice(self.villages)
        adult = dt.date(1950, 1, 1) + dt.timedelta(days=rng.randrange(14000))
        return {
            "village": village,
            "mother": mother,
            "surname": surname,
            "phone": self.mobile(),
            "phone2": self.mobile(),
            "guardian": father if self.chance(0.5) else mother,
            "guardian_id": self.number(village, adult, male=True),
            "teacher": f"138{int(village[4:9]) % 97:02d}{rng.randrange(40):02d}0001",
        }

    def _children(self, home: Kid) -> list[Kid]:
        rng = self.rng
        generation = rng.choice(CHARS_M[:20]) if self.chance(0.35) else None
        kids: list[Kid] = []
        born = dt.date(2008, 1, 1) + dt.timedelta(days=rng.randrange(365 * 15))
        for _ in range(rng.choices((1, 2, 3), (0.55, 0.37, 0.08))[0]):
            twin = bool(kids) and self.chance(self.mix.twins)
            if kids and not twin:
                born = born + dt.timedelta(days=rng.randrange(330, 2200))
            kids.append(home | self._child(home, born, taken=kids, generation=generation))
        return kids

    def _child(self, home: Kid, born: dt.date, *, taken: list[Kid], generation: str | None) -> Kid:
        male = self.chance(0.53)
        surname = home["surname"] if self.rng.random() > 1 / 13 else home["mother"][0]
        name = surname + self.given(male=male, generation=generation)
        while any(kid["name"] == name for kid in taken):
            name = surname + self.given(male=male, generation=generation)
        self.count += 1
        return {
            "child": self.count,
            "name": name,
            "male": male,
            "born": born,
            "id": self.number(home["village"], born, male=male),
            "school": f"{home['village'][6:9]}小学",
        }


class City(_Families):
    """A stream of rows for as many children as asked for; equal seeds give equal rows."""

    def __init__(self, mix: Mix, seed: int) -> None:
        super().__init__(mix, seed)
        self.by_sound: dict[str, list[str]] = {}
        self.by_fold: dict[str, list[str]] = {}
        known = CHARS_M + CHARS_F + _EXTRA + "".join(BOYS + GIRLS + self.surnames)
        for char in sorted(set(known)):
            sound = sounds.readings(char)[0]
            self.by_sound.setdefault(sound, []).append(char)
            self.by_fold.setdefault(sounds.fold(sound), []).append(char)
        characters = sorted(text.simplified_characters().items())
        self.traditional = {new: chr(old) for old, new in characters}

    def misspelt(self, kid: Kid) -> str:
        """Give the name as one clerk wrote it."""
        rng, name = self.rng, kid["name"]
        if (dt.date(2024, 1, 1) - kid["born"]).days < 400 and self.chance(0.15):
            return rng.choice(NOBODY).format(mother=kid["mother"], surname=kid["surname"])
        at = rng.randrange(1, len(name))
        before, char, after = name[:at], name[at], name[at + 1 :]
        slips: tuple[tuple[float, Callable[[], str]], ...] = (
            (self.mix.homophone, lambda: before + self._homophone(char) + after),
            (0.004, lambda: "".join(self.traditional.get(c, c) for c in name)),
            (0.002, lambda: before + rng.choice("㛃䶮喆堃犇") + after),
            (0.002, lambda: before + after if len(name) > 2 else name),
            (0.001, lambda: name[0] + name[:0:-1]),
            (0.003, lambda: kid["mother"][0] + name[1:]),
            (0.003, lambda: name[0] + " " + name[1:]),
        )
        for rate, slip in slips:
            if self.error(rate):
                return slip()
        return name

    def _homophone(self, char: str) -> str:
        table, key = self.by_sound, sounds.readings(char)[0]
        if self.chance(0.25):
            table, key = self.by_fold, sounds.fold(key)
        return self.rng.choice([other for other in table[key] if other != char] or [char])

    def born(self, kid: Kid) -> str:
        """Give the birthday as one clerk wrote it."""
        rng, born = self.rng, kid["born"]
        if self.error(0.004):
            lunar = _lunar(born)
            if lunar:
                return lunar
        if self.error(0.003):
            return f"{born.year + rng.choice((-1, 1))}{born:%m%d}"
        if self.error(0.004) and born.day <= 12:
            return f"{born.year}{born.day:02d}{born.month:02d}"
        if self.error(0.004):
            return f"{born.replace(day=rng.randrange(1, 29)):%Y%m%d}"
        return rng.choice(("{0:%Y-%m-%d}", "{0:%Y%m%d}", "{0:%Y/%m/%d}")).format(born)

    def identity(self, kid: Kid, missing: float) -> str | None:
        """Give the identity number as one clerk wrote it, or none."""
        rng, number = self.rng, kid["id"]
        if self.chance(missing if self.mix.no_id is None else self.mix.no_id):
            return None
        if self.mix.masked:
            return number[:6] + "********" + number[-4:]
        at = rng.randrange(6, 16)
        wrong = str((int(number[at]) + rng.randrange(1, 10)) % 10)
        slips = (
            (0.004, number[:at] + wrong + number[at + 1 :]),
            (0.003, number[:at] + number[at + 1] + number[at] + number[at + 2 :]),
            (0.002, number[:at] + number[at + 1 :]),
            (0.004, number[:15] + "000"),
            (0.004, kid["guardian_id"]),
            (0.003, number.lower()),
        )
        return next((slip for rate, slip in slips if self.error(rate)), number)

    def rows(self, kid: Kid) -> Iterator[Kid]:
        """Give the rows of one child in all departments."""
        for source, (coverage, no_id, no_phone) in SOURCES.items():
            if not self.chance(coverage) or (source == "education" and kid["born"].year > 2020):
                continue
            for _ in range(2 if self.chance(0.02) else 1):
                row = self.row(kid, source, no_id=no_id, no_phone=no_phone)
                if source == "disabled" and row["id_number"]:
                    row["id_number"] += "43"
                yield row

    def row(self, kid: Kid, source: str, *, no_id: float, no_phone: float) -> Kid:
        """Give one row."""
        guardian = kid["guardian"] if self.chance(0.75) else kid["mother"]
        known = self.chance(0.35) and guardian == kid["guardian"]
        male = kid["male"] or self.error(0.003)
        return {
            "child": kid["child"],
            "source": source,
            "name": self.misspelt(kid),
            "sex": "男" if male else "女",
            "birth_on": self.born(kid),
            "id_number": self.identity(kid, no_id),
            "phone": None,
            "guardian_phone": None if self.chance(no_phone) else self.telephone(kid),
            "guardian_name": guardian if self.chance(0.8) else None,
            "guardian_id": kid["guardian_id"] if known else None,
            "area_code": self.place(kid["village"]),
            "address": None,
            "school": kid["school"] if source == "education" else None,
            "student_no": self.student_no(kid, source),
        }

    def place(self, village: str) -> str:
        """Give the area as one clerk coded it: moved, wrong, or the township only."""
        if self.error(0.04):
            return village[:6] + self.rng.choice(self.villages)[6:]
        if self.error(0.02):
            return self.rng.choice(self.villages)
        return village[:9] + "000" if self.chance(0.2) else village

    def telephone(self, kid: Kid) -> str:
        """Give the telephone as one clerk wrote it: often the teacher's."""
        if self.error(0.05):
            return str(kid["teacher"])
        if self.error(0.08):
            return self.mobile()
        return str(kid["phone"] if self.chance(0.85) else kid["phone2"])

    def student_no(self, kid: Kid, source: str) -> str | None:
        """Give the student number where the department keeps it."""
        if source not in ("education", "civil") or (source == "civil" and self.chance(0.7)):
            return None
        number = f"L{kid['village'][:6]}{kid['born']:%Y%m%d}{kid['child'] % 10000:04d}"
        if self.error(0.01):
            return number[:-1] + self.rng.choice("0123456789")
        return number


def _lunar(born: dt.date) -> str | None:
    """Give the lunar date of a birthday, None if it was in a leap month."""
    wanted = f"{born:%Y%m%d}"
    for days in range(20, 60):
        lunar = f"{born - dt.timedelta(days=days):%Y%m%d}"
        if calendar.solar_of_lunar(lunar) == wanted:
            return lunar
    return None


def rows(children: int, *, seed: int = 1, mix: Mix | None = None) -> pl.DataFrame:
    """Give about 2.9 rows for each of so many children, shuffled, with the truth in `child`."""
    city = City(mix or Mix(), seed)
    found = [row for kids in city.households(children) for kid in kids for row in city.rows(kid)]
    city.rng.shuffle(found)
    for index, row in enumerate(found):
        row["row_id"] = f"r{index}"
    schema = {field: (pl.Int64 if field == "child" else pl.String) for field in FIELDS}
    return pl.DataFrame(found, schema=schema)
