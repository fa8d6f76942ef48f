"""How well danger in notes is found, beside plain search for the same words.

    python -m bench.signals --notes 4000 --seed 7

A seeded set of notes is written from sentences: danger told in many ways, some of them with words
that stand on no list; everyday talk; and everyday talk in which a danger word stands harmlessly.
The sentences were written beside the list, not from it, yet by the same hand: the figures tell
whether the rules work, not how well they will do with real mothers. Counted are notes. Writes
bench/out/signals.json and bench/out/signals.md.
"""

import argparse
import json
import random
import time
import tomllib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from qianshou.protection.rules import danger

OUT = Path(__file__).parent / "out"
LIST = Path(danger.__file__).parents[1] / "data" / "danger_words.toml"
HEADS = (
    "way",
    "notes",
    "raised",
    "right",
    "wrong",
    "missed",
    "precision",
    "recall",
    "notes a second",
)

# Danger, told as a child or a mother would.
DANGER: Final = (
    "他说爸爸喝了酒就打他",
    "手臂上有淤青，问他也不说",
    "孩子说继父半夜进她房间摸她",
    "她讲不想活了",
    "孩子昨天又挨打了",
    "遭打惨了，脸都肿了",
    "他说不敢回家",
    "老师发现他手上有割手的印子",
    "家里没得饭吃，孩子饿了两天",
    "几天没回，电话也打不通",
    "同学天天欺负他，还要保护费",
    "奶奶把他锁在屋里出去打牌",
    "她悄悄说表哥脱裤子给她看",
    "孩子说活着没意思",
    "他被同学勒索了三百块",
    "舅舅拿黄荆棍打他，腿上青一块紫一块",
    "她说叔叔不让她说出去",
    "網友叫她出去見面，她跟網友走了",
    "孩子離家出走兩天了",
    "她發現媽媽喝農藥",
    "her father beats her when he drinks",
    "she says she wants to die",
    "he came with bruises on both arms",
    "there was nothing to eat for days",
    "孩子问我死了是不是就不疼了",
    "他说想从楼上跳下去",
    "身上有烟头烫的疤",
    "小姑娘肚子大了，怀疑怀孕",
    "我问有没有人打她，她不说话一直发抖",
    "爸爸一回来他就躲到床底下",
    "她总说下面疼",
    "他把药全吞了",
)
# Danger words, and no danger.
HARMLESS: Final = (
    "让他有事就打我电话",
    "孩子想死我了，抱着不放",
    "他说没有人打他",
    "我问有没有人欺负他，他说没有",
    "看了一部讲欺凌的电影，聊了很久",
    "教他如果有人打他要马上告诉老师",
    "老师讲防性侵安全课，他听得认真",
    "今天游戏里他被打死三次，气得不行",
    "她从来没有挨打，爷爷很疼她",
    "商场跳楼价买了双鞋",
    "他不再说不想活的话了",
    "奶奶怀孕的母猪下崽了，他很高兴",
    "去田里打农药，孩子在家写作业",
    "冷得发抖也要去跑步",
    "故事书里的小孩离家出走了",
    "他会自己脱衣服洗澡了",
    "被打动了，孩子给妈妈写了信",
    "他没有饿肚子，学校有营养餐",
    "我提醒她遇到陌生人摸她要喊",
    "最近没有做噩梦",
    "新闻里说有人失踪，提醒他注意",
    "他摔跤骨折好了",
    "妈妈怀孕了，他要当哥哥",
    "nobody hit him, he fell off his bike",
    "we watched a film about a boy who wants to die",
    "他說沒有人欺負他",
    "孩子说同学不会欺负他",
    "万一有人勒索你要告诉老师，我这样教他",
    "他画的恐龙被打败了",
    "晚上一个人睡也不害怕了",
    "没有人打我电话",
    "班会讲了家暴怎么求助",
)
PLAIN: Final = (
    "数学考了八十五分，很开心",
    "一起读了《小王子》前三章",
    "奶奶膝盖疼，他帮着做饭",
    "他想爸爸了，约好周末视频",
    "学会骑车了",
    "聊运动会，跑了第二名",
    "感冒好了，已经上学",
    "作业写得慢，陪他做了半小时",
    "画了一幅全家福",
    "说食堂的红烧肉好吃",
    "掉了一颗牙",
    "想要一双新球鞋",
    "老师夸他字写得好",
    "天冷了，给他带了棉衣",
    "跟同桌和好了",
    "家里的小狗生了四只",
    "普通话朗诵得了奖",
    "有点低落，问爸爸过年回不回来",
    "he read two pages aloud",
    "she likes her new teacher",
    "英语单词记不住，约好每天五个",
    "下雨没去成公园",
)
OPENINGS: Final = (
    "",
    "今天打电话，",
    "视频聊了二十分钟。",
    "去家里看了看，",
    "放学后碰到他，",
    "她说一切都好。",
)


@dataclass(frozen=True)
class Made:
    """One note, and whether danger is told in it."""

    text: str
    is_danger: bool


def notes(count: int, *, seed: int) -> list[Made]:
    """Write a seeded set: a tenth danger, three tenths look-alikes, the rest plain talk."""
    rng = random.Random(seed)
    return [_note(rng) for _ in range(count)]


def _note(rng: random.Random) -> Made:
    kind = rng.random()
    told = DANGER if kind < 0.1 else HARMLESS if kind < 0.4 else PLAIN
    parts = [rng.choice(told)]
    parts += [rng.choice(PLAIN) for _ in range(rng.randrange(3))]
    rng.shuffle(parts)
    return Made(f"{rng.choice(OPENINGS)}{'。'.join(parts)}。", told is DANGER)


def words() -> list[danger.Word]:
    """Return the list that ships."""
    lists = tomllib.loads(LIST.read_text(encoding="utf-8"))
    return [
        danger.Word(danger.plain(term), kind, weight, language, tuple(map(danger.plain, phrases)))
        for language, kinds in lists.items()
        for kind, rows in kinds.items()
        for term, weight, phrases in rows
    ]


def by_rules(listed: Sequence[danger.Word]) -> Callable[[str], bool]:
    """Return the way of the house: words with what stands around them."""
    return lambda text: danger.weight_of(danger.find(text, listed)) >= danger.ENOUGH


def by_search(listed: Sequence[danger.Word]) -> Callable[[str], bool]:
    """Return the floor: the same words, searched for and nothing else."""
    terms = [each.term for each in listed if each.weight >= danger.ENOUGH]

    def way(text: str) -> bool:
        plain = danger.plain(text)
        return any(term in plain for term in terms)

    return way


def measure(name: str, way: Callable[[str], bool], made: Sequence[Made]) -> dict[str, Any]:
    """Count what one way raises, and how many notes it looks at in a second."""
    begun = time.perf_counter()
    raised = [way(each.text) for each in made]
    spent = time.perf_counter() - begun
    pairs = list(zip(raised, (each.is_danger for each in made), strict=True))
    right = sum(up and is_so for up, is_so in pairs)
    wrong, missed = sum(raised) - right, sum(is_so and not up for up, is_so in pairs)
    return {
        "way": name, "notes": len(made), "raised": sum(raised), "right": right, "wrong": wrong,
        "missed": missed, "precision": round(right / max(sum(raised), 1), 3),
        "recall": round(right / max(right + missed, 1), 3),
        "notes a second": round(len(made) / spent),
    }  # fmt: skip


def results(count: int, *, seed: int) -> list[dict[str, Any]]:
    """Measure both ways on one set."""
    made, listed = notes(count, seed=seed), words()
    ways = {"words with their surroundings": by_rules(listed), "plain search": by_search(listed)}
    return [measure(name, way, made) for name, way in ways.items()]


def table(found: Sequence[dict[str, Any]]) -> str:
    """Return the table in Markdown."""
    lines = ["|" + "|".join(HEADS) + "|", "|" + "-|" * len(HEADS)]
    lines += ["|" + "|".join(str(row[head]) for head in HEADS) + "|" for row in found]
    return "\n".join(lines) + "\n"


def main() -> None:
    """Measure and write."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--notes", type=int, default=4000)
    asked.add_argument("--seed", type=int, default=7)
    wanted = asked.parse_args()
    found = results(wanted.notes, seed=wanted.seed)
    OUT.mkdir(exist_ok=True)
    (OUT / "signals.json").write_text(json.dumps(found, ensure_ascii=False, indent=1))
    (OUT / "signals.md").write_text(table(found), encoding="utf-8")
    print(table(found))


if __name__ == "__main__":
    main()
