"""Names of invented people: own lists, combined so that chance namesakes are as common as in life.

The five commonest surnames carry 30.8 % of the population (Ministry of Public Security, 2020);
the ten commonest given names of children are the ministry's of the same year.
"""

import numpy as np
from numpy.typing import NDArray

Texts = NDArray[np.str_]

_TOP_FIVE = {"王": 7.1, "李": 7.0, "张": 6.7, "刘": 5.2, "陈": 4.8}
_OTHER_SURNAMES = (
    "杨黄赵吴周徐孙马朱胡林郭何高罗郑梁谢宋唐许邓冯韩曹曾彭萧蔡潘田董袁于余叶蒋杜苏魏程吕丁沈任姚卢傅"
    "钟姜崔谭廖范汪陆金石戴贾韦夏邱方侯邹熊孟秦白江阎薛尹段雷黎史龙陶贺顾毛郝龚邵万覃钱武冉向牟幸付肖"
    "闫代章谌简骆易蒲游舒喻岳敖庞殷柯祝聂梅盛刁童甘冷倪但况晏焦巫巩文古左蓝郎涂税阳鲜庹"
)
_LOCAL_SURNAMES = {
    "土家族": "冉田向彭覃谭马陈杨白",
    "苗族": "龙石吴麻廖杨罗田张李",
    "侗族": "吴杨姚龙",
}
_YI_CLANS = ("吉克", "阿苏", "沙马", "海来", "马海", "曲比", "阿尔", "俄木", "吉木", "阿的")
_YI_GIVEN = {
    1: ("木呷", "拉古", "伍加", "尔古", "日洛", "子布", "达日", "拉铁", "阿依布"),
    2: ("阿呷", "伍各", "小曲", "阿依", "古洛", "尔西", "伍支莫", "阿果", "日果莫"),
}
_TIBETAN = {
    1: ("扎西", "多吉", "次仁", "丹增", "洛桑", "格桑"),
    2: ("卓玛", "拉姆", "央金", "德吉", "白玛", "次仁"),
}

_POPULAR = {
    1: ["奕辰", "宇轩", "浩宇", "亦辰", "宇辰", "子墨", "宇航", "浩然", "梓豪", "亦宸"],
    2: ["一诺", "依诺", "欣怡", "梓涵", "语桐", "欣妍", "可欣", "语汐", "雨桐", "梦瑶"],
}
# (first characters, second characters, characters that stand alone), most common first.
_CHILDREN = {
    1: (
        "子宇浩梓俊泽奕皓嘉铭博文天思明智睿辰一承家志晨昊瑞林云煜弘景建世锦鸿书逸星沐卓乐诚永鹏佳彦振伟",
        "轩宇涵杰豪浩然辰泽博文睿航宸阳晨洋霖铭瑞轶鑫源诚恒昊翔熙琪乐峰凯旭林森成鸣斌涛龙飞健康磊毅祥伟",
        "杰浩宇鑫磊阳涛鹏俊睿昊轩航毅峰",
    ),
    2: (
        "雨梓欣思诗语若佳梦一可依子雅心静晓婉安芷馨雪美艺沐彤玉悦紫慧乐嘉锦书羽钰琳瑾芮清宛念夏奕灵",
        "涵怡萱彤琪轩桐汐妍欣婷悦瑶玥琳诺馨宁颖雯蕊珊茜菲霏洁梅希然芯儿茹晴雪蕾丹瑜娜晗嫣媛嘉妮钰倩云",
        "婷欣悦颖雪丽琳洁静瑶倩雯佳慧娟",
    ),
}
_PARENTS = {
    1: (
        "建志永明国文小德光世正成兴家大伟春晓少朝方中海",
        "军平华强国勇明伟林波涛斌成兵云生刚忠贵才红福祥友全洪东清富",
        "强勇军伟波涛斌刚兵超杰磊鹏飞",
    ),
    2: (
        "秀小晓玉春丽红海美桂雪金艳淑冬素国永明正",
        "英梅芳琴兰华燕玲丽红琼霞蓉群容珍碧敏娟萍菊香莲琳菁",
        "丽敏艳燕霞娟芳玲静琴梅红英洁",
    ),
}
_ELDERS = {
    1: ("大德光明天正朝廷永世万国长文", "富贵财发明才寿元福荣清全华林", "福贵华明"),
    2: ("素碧秀桂玉淑先光永明", "芳英珍琼兰群清华容菊碧", "芳英珍群"),
}
COHORTS = {"children": _CHILDREN, "parents": _PARENTS, "elders": _ELDERS}
_ALONE = {"children": 0.09, "parents": 0.3, "elders": 0.08}


def _weights(count: int, power: float = 0.6) -> NDArray[np.float64]:
    weights = 1.0 / (np.arange(count) + 5.0) ** power
    return np.asarray(weights / weights.sum(), dtype=np.float64)


def _draw(rng: np.random.Generator, choices: str | list[str], count: int) -> Texts:
    pool = np.array(list(choices))
    return pool[rng.choice(len(pool), size=count, p=_weights(len(pool)))]


def draw_surnames(rng: np.random.Generator, count: int) -> Texts:
    """Draw surnames with the weights of the whole population."""
    top = np.array(list(_TOP_FIVE.values())) / 100
    rest = _weights(len(_OTHER_SURNAMES), 0.8) * (1 - top.sum())
    pool = np.array([*_TOP_FIVE, *_OTHER_SURNAMES])
    weights = np.concatenate([top, rest])
    return pool[rng.choice(len(pool), size=count, p=weights / weights.sum())]


def draw_local_surnames(rng: np.random.Generator, ethnicity: Texts, base: Texts) -> Texts:
    """Give most people of a local minority one of its customary surnames; leave the rest."""
    surnames = base.copy()
    for group, chars in _LOCAL_SURNAMES.items():
        mine = np.flatnonzero((ethnicity == group) & (rng.random(len(base)) < 0.75))
        surnames[mine] = _draw(rng, chars, len(mine))
    return surnames


def draw_given(rng: np.random.Generator, sex: NDArray[np.int64], cohort: str) -> Texts:
    """Draw given names of one or two characters for people of the given sex (1 male, 2 female)."""
    names = np.empty(len(sex), dtype="<U4")
    for code in (1, 2):
        mine = np.flatnonzero(sex == code)
        first, second, alone = COHORTS[cohort][code]
        double = np.char.add(_draw(rng, first, len(mine)), _draw(rng, second, len(mine)))
        single = rng.random(len(mine)) < _ALONE[cohort]
        drawn = np.where(single, _draw(rng, alone, len(mine)), double)
        if cohort == "children":
            popular = rng.random(len(mine)) < 0.1
            drawn = np.where(popular, _draw(rng, _POPULAR[code], len(mine)), drawn)
        names[mine] = drawn
    return names


def share_first_character(names: Texts, first: Texts) -> Texts:
    """Put the family's generation character in front of the last character of each name."""
    last = np.array([name[-1] for name in names.tolist()], dtype="<U2")
    return np.char.add(first, last)


def minority_name(rng: np.random.Generator, ethnicity: str, sex: int) -> str:
    """Make a Yi or Tibetan name, written with the separating dot as the register prints it."""
    if ethnicity == "彝族":
        return f"{rng.choice(_YI_CLANS)}·{rng.choice(_YI_GIVEN[sex])}"
    first, second = rng.choice(_TIBETAN[1 if sex == 1 else 2], size=2)
    return f"{first}·{second}" if first != second else f"{first}·{rng.choice(_TIBETAN[1])}"
