"""How Chinese names sound: toneless pinyin by character, surname readings, dialect folding."""

import functools
import importlib.util
import pathlib
import re
import unicodedata
from typing import NamedTuple

from qianshou.engines.linkage import text

# Surnames whose reading as a surname differs from the first reading of the character.
SURNAME_SOUND = {
    "单": "shan", "曾": "zeng", "仇": "qiu", "查": "zha", "区": "ou", "任": "ren", "解": "xie",
    "朴": "piao", "尉": "wei", "盖": "gai", "翟": "zhai", "覃": "qin", "冼": "xian", "乐": "yue",
    "华": "hua", "逄": "pang", "缪": "miao", "折": "she", "黑": "he", "员": "yun", "召": "shao",
    "秘": "bi", "洗": "xian", "种": "chong", "宓": "mi", "娄": "lou", "洪": "hong", "那": "na",
    "阚": "kan", "纪": "ji", "燕": "yan", "宁": "ning", "葛": "ge", "万": "wan", "车": "che",
    "沈": "shen", "谌": "chen", "句": "gou", "宿": "su", "瞿": "qu", "隗": "wei", "祭": "zhai",
    "卜": "bu", "过": "guo", "盛": "sheng", "应": "ying", "晟": "cheng", "柏": "bai", "哈": "ha",
    "石": "shi", "干": "gan", "佘": "she", "牟": "mou", "都": "du", "郇": "xun", "郗": "xi",
    "尹": "yin", "铁": "tie", "撒": "sa", "适": "kuo", "眭": "sui", "藏": "zang", "焦": "jiao",
    "繁": "po", "卒": "zu", "呙": "guo", "俞": "yu", "曲": "qu", "重": "chong", "长": "chang",
    "冯": "feng", "贾": "jia", "强": "qiang", "行": "xing", "莘": "shen", "臧": "zang", "角": "jue",
}  # fmt: skip

_COMPOUND = (
    "欧阳 上官 司马 诸葛 东方 皇甫 尉迟 公孙 慕容 令狐 司徒 夏侯 轩辕 宇文 长孙 南宫 西门 端木 "
    "独孤 百里 东郭 澹台 公冶 拓跋 闻人 申屠 太史 钟离 呼延 万俟 赫连 濮阳 淳于 单于 公羊 完颜 "
    "第五 梁丘 左丘 东门 南门 宰父 谷梁 段干 微生 羊舌 乐正 漆雕 巫马 子车 颛孙 司空 司寇 仲孙 亓官"
)
COMPOUND_SURNAMES = frozenset(_COMPOUND.split())
_COMPOUND_SOUND = {
    "尉迟": "yuchi", "万俟": "moqi", "单于": "chanyu", "澹台": "tantai", "乐正": "yuezheng",
    "长孙": "zhangsun", "令狐": "linghu", "宰父": "zaifu", "亓官": "qiguan",
}  # fmt: skip

# Characters of given names whose usual reading in a name is not the dictionary's first one.
_GIVEN_SOUND = {
    "乐": "le", "长": "chang", "行": "xing", "重": "chong", "朝": "zhao", "晟": "sheng",
    "茜": "qian", "莎": "sha", "娜": "na", "嘉": "jia", "奇": "qi", "夏": "xia", "石": "shi",
    "翟": "zhai", "传": "chuan", "盛": "sheng", "柏": "bo", "洋": "yang", "曾": "zeng", "単": "dan",
    "伽": "jia", "呈": "cheng", "地": "di", "的": "di", "得": "de", "和": "he", "好": "hao",
    "会": "hui", "冠": "guan", "观": "guan", "还": "huan", "兴": "xing", "仔": "zi", "藏": "zang",
    "大": "da", "贝": "bei", "扎": "zha", "什": "shi", "卡": "ka", "车": "che", "宿": "su",
    "单": "shan", "査": "zha", "朴": "pu", "参": "can", "降": "xiang", "洗": "xi", "予": "yu",
    "峒": "dong", "喏": "nuo", "颉": "jie", "祺": "qi", "珺": "jun", "垚": "yao", "暄": "xuan",
}  # fmt: skip
_PHRASE_SOUND = {"重庆": "chongqing", "长寿": "changshou", "长安": "changan", "重阳": "chongyang"}


@functools.cache
def _dictionary() -> dict[int, str]:
    """Load the table of characters of pypinyin alone.

    The package as a whole also loads its phrases: fifty megabytes in every process, which names
    have no use for.
    """
    package = importlib.util.find_spec("pypinyin")
    path = pathlib.Path((package and package.origin) or "").with_name("pinyin_dict.py")
    spec = importlib.util.spec_from_file_location("qianshou_pinyin_dict", path)
    if spec is None or spec.loader is None:
        raise ImportError("pypinyin")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    found: dict[int, str] = module.pinyin_dict
    return found


@functools.cache
def _readings_of(char: str) -> tuple[str, ...]:
    """Give every toneless reading of one character, the usual one in a given name first."""
    known = _dictionary().get(ord(char), "")
    if not known:
        return (char.lower(),)
    found = [_toneless(reading) for reading in known.split(",")]
    first = _GIVEN_SOUND.get(char)
    if first:
        found.insert(0, first)
    if char in SURNAME_SOUND:
        found.append(SURNAME_SOUND[char])
    return tuple(dict.fromkeys(found))[:4]


def readings(char: str) -> tuple[str, ...]:
    """Give up to four toneless pinyin readings; a character without one stands for itself."""
    return _readings_of(char)


def _toneless(reading: str) -> str:
    """Turn "lǜ" into "lv": tones go, ü becomes v."""
    marked = unicodedata.normalize("NFD", reading).replace("u\u0308", "v")
    return "".join(char for char in marked if "a" <= char <= "z")


# What Chongqing, Sichuan, Hunan and Guizhou ears and keyboards mix up.
_FOLDS = (
    (re.compile(r"^zh"), "z"),
    (re.compile(r"^ch"), "c"),
    (re.compile(r"^sh"), "s"),
    (re.compile(r"^n(?!g)"), "l"),
    (re.compile(r"^hui$"), "fei"),
    (re.compile(r"^hun$"), "fen"),
    (re.compile(r"^hu$"), "fu"),
    (re.compile(r"^hu(?=[ao])"), "f"),
    (re.compile(r"(?<=[aei])ng$"), "n"),
)


@functools.cache
def fold(syllable: str) -> str:
    """Fold one syllable so that zh/z, ch/c, sh/s, n/l, hu/f and -ng/-n sound alike."""
    for pattern, new in _FOLDS:
        syllable = pattern.sub(new, syllable[:8])
    return syllable


def surname_of(name: str) -> str:
    """Give the surname part of a canonical Chinese name: two characters if compound."""
    if len(name) > 2 and name[:2] in COMPOUND_SURNAMES:
        return name[:2]
    return name[:1]


def syllables(name: str) -> list[str]:
    """Give the pinyin of a canonical name, one item per character, surname readings first."""
    surname = surname_of(name)
    if len(name) > 1 and len(surname) == 2:
        whole = _COMPOUND_SOUND.get(surname)
        start = [whole] if whole else [_readings_of(char)[0] for char in surname]
    else:
        start = [SURNAME_SOUND.get(char) or _readings_of(char)[0] for char in surname]
    return start + [_readings_of(char)[0] for char in name[len(surname) :]]


def pinyin(name: str) -> str:
    """Give toneless pinyin without gaps; Latin letters stay, lower case."""
    known = _PHRASE_SOUND.get(name)
    if known:
        return known
    return "".join(syllables(name)) if text.has_han(name) else name.lower()


@functools.lru_cache(maxsize=1 << 14)
def folded(name: str) -> str:
    """Give dialect-folded pinyin without gaps."""
    if not text.has_han(name):
        return name.lower()
    return "".join(map(fold, syllables(name)))


class Spoken(NamedTuple):
    """A name as it is said: toneless pinyin, folded pinyin, folded surname."""

    sound: str
    folded: str
    surname: str


@functools.lru_cache(maxsize=1 << 14)
def spoken(name: str) -> Spoken:
    """Give all the sounds of a canonical name at once."""
    if not text.has_han(name):
        lower = name.lower()
        return Spoken(lower, lower, lower[:1])
    said = syllables(name)
    soft = [fold(syllable) for syllable in said]
    first = 1 if len(said) < len(name) else len(surname_of(name))
    return Spoken(_PHRASE_SOUND.get(name) or "".join(said), "".join(soft), "".join(soft[:first]))


# Characters that handwriting, scans and five-stroke typing take for one another.
_LOOK_ALIKE = (
    "己已巳 未末 土士 戊戌戍 日曰 人入 晴睛 璐潞 浩诰 骏俊峻 煊煜焜 宸辰 梓锌 轩轶 涵函 怡恰治 "
    "若诺 馨磬 婷停 琪棋祺淇 瑶遥谣 萱宣 晗哈 炫眩 琳淋 睿容 璇旋 雯文 钰玉 芮芮 苒再 茗名 蕊芯 "
    "蔓曼 薇微 莹萤荧 菁青 倩清 昊吴 杲果 旻昱 昕听 晖辉 烨桦 炎焱 锋峰 铭名 钧均 锦绵 镇真 洁结 "
    "浠稀 渝榆 瀚翰 泽译 泓弘 圆园 国囯 恒桓 博搏 傅传 伟纬 佳住 仕任 刘列 孟盂 宇字 宏红 寒塞 "
    "凯恺 凌陵 楠南 君郡 天夫 于干 小少 尚当 岚风 帅师 庆床 廷延 建健 彭膨 徐除 微徵 敏梅 斌彬 "
    "方万 旭昫 明朋 春舂 晓浇 朗郎 杨扬 柯何 桐铜 梁粱 憷楚 毅颖 水永 江汪 沈沉 洪供 浪狼 涛焘 "
    "清请 源原 滢莹 潇萧 玲铃 珍诊 瑞端 瑜愉 王玉 甜话 田由 甲申 白百 益盖 盈盆 秀季 程租 紫柴 "
    "江红 纪记 绍昭 维唯 良艮 芳房 芸云 苏办 英央 茹如 莉利 连莲 菲非 蓉容 蓝篮 诚城 谢射 贝见 "
    "贵贡 赵起 超起 越趣 路洛 辉挥 逸免 邓郑 邹驺 郭敦 都部 钟种 长张 阳阴 陆陈 雅稚 静净 韵均 "
    "彤丹 寿涛 杰木 碧壁 淑椒 福富 蓉容 芳芬 秀季 诗诺 洁浩 泽洋 娜婷 霞露 荣容 兰三 华毕 丽而 "
    "才寸 财材 丰半 云去 千干 午牛 万方 东车 乐东 书韦 专转 艺苏 亚业 卫工 义文 永承 冰泳 均钧 "
    "颖颍 鸣呜 鹏朋 麟鳞 未朱 怜伶 泠冷 昱显 焕涣 玮伟 琬婉 玥钥 珂柯 钦软 弈奕 祎炜 翊翌 栩羽"
)


@functools.cache
def look_alikes() -> dict[str, frozenset[str]]:
    """Map a character to the characters that are mistaken for it by shape.

    The table beside this file holds what is printed alike (bench/linkage_shapes.py computes it),
    the list above what handwriting and typing by strokes mix up as well.
    """
    printed = (pathlib.Path(__file__).parent / "data" / "look_alikes.txt").read_text("utf-8")
    table: dict[str, set[str]] = {}
    for group in [*_LOOK_ALIKE.split(), *printed.split()]:
        for char in group:
            table.setdefault(char, set()).update(group)
    return {char: frozenset(group) for char, group in table.items()}
