"""What families are like: situations of guardianship with plausible shares.

The shares are our guesses around public figures: most registered children are left behind with
grandparents, few are orphans, and every kind occurs in every county.
"""

from dataclasses import dataclass

LEFT_BEHIND = "农村留守儿童"
MIGRANT = "流动儿童"
ORPHAN = "社会散居孤儿"
UNATTENDED = "事实无人抚养儿童"
POOR = "家庭困境儿童"
OWN_HARDSHIP = "自身困境儿童"
UNSAFE = "监护困境儿童"
TEMPORARY = "临时困境儿童"
DESTITUTE = "特困儿童"
SINGLE = "单亲家庭儿童"
PRISON = "服刑人员子女"

AXES = ("study", "mind", "health", "safety", "living", "family", "habit", "company")
AXIS_WORDS = {
    "study": "学业辅导",
    "mind": "心理疏导",
    "health": "健康护理",
    "safety": "安全保护",
    "living": "生活照料",
    "family": "亲情陪伴",
    "habit": "行为养成",
    "company": "文体活动",
}

ELDERS = ("祖父", "祖母")
MATERNAL_ELDERS = ("外祖父", "外祖母")
RELATIVES = ("叔伯", "姑姑", "舅舅", "姨妈", "其他亲属", "邻居")
PARENTS = ("母亲", "父亲", "母亲")
MALE_RELATIONS = frozenset({"父亲", "祖父", "外祖父", "叔伯", "舅舅"})


@dataclass(frozen=True)
class Scenario:
    """One kind of family: where the parents are, who looks after the child, what follows."""

    weight: float
    father: str
    mother: str
    guardianship: str
    carers: tuple[str, ...]
    categories: tuple[str, ...]
    strain: int  # 0..100, how much the situation itself weighs on a child


SCENARIOS = (
    Scenario(34, "外出务工", "外出务工", "祖父母监护", ELDERS, (LEFT_BEHIND,), 25),
    Scenario(8, "外出务工", "外出务工", "外祖父母监护", MATERNAL_ELDERS, (LEFT_BEHIND,), 25),
    Scenario(3, "外出务工", "外出务工", "委托照护", RELATIVES, (LEFT_BEHIND,), 38),
    Scenario(7, "外出务工", "重病", "祖父母监护", ELDERS, (LEFT_BEHIND, POOR), 42),
    Scenario(5, "外出务工", "离异", "祖父母监护", ELDERS, (LEFT_BEHIND, SINGLE), 40),
    Scenario(13, "在家", "在家", "父母监护", PARENTS, (POOR,), 22),
    Scenario(9, "在家", "在家", "父母监护", PARENTS, (OWN_HARDSHIP,), 26),
    Scenario(4, "去世", "在家", "母亲单方监护", ("母亲",), (SINGLE, POOR), 36),
    Scenario(3, "在家", "去世", "父亲单方监护", ("父亲",), (SINGLE, POOR), 38),
    Scenario(3, "去世", "失联", "祖父母监护", ELDERS, (UNATTENDED,), 52),
    Scenario(2, "服刑", "失联", "祖父母监护", ELDERS, (UNATTENDED, PRISON), 60),
    Scenario(1.5, "重残", "失联", "祖父母监护", ELDERS, (UNATTENDED,), 50),
    Scenario(1.5, "服刑", "离异", "祖父母监护", ELDERS, (PRISON, UNSAFE), 55),
    Scenario(1.2, "去世", "去世", "亲属监护", RELATIVES[:5], (ORPHAN,), 55),
    Scenario(0.8, "强制戒毒", "失联", "外祖父母监护", MATERNAL_ELDERS, (UNATTENDED,), 62),
    Scenario(3, "在家", "在家", "父母监护", PARENTS, (UNSAFE,), 52),
    Scenario(3, "在家", "在家", "父母监护", PARENTS, (MIGRANT,), 20),
    Scenario(2, "重病", "在家", "母亲单方监护", ("母亲",), (TEMPORARY,), 36),
    Scenario(3, "重残", "在家", "母亲单方监护", ("母亲",), (POOR, DESTITUTE), 38),
    Scenario(1, "外出务工", "失联", "无人监护", ("邻居", "其他亲属"), (LEFT_BEHIND, UNSAFE), 66),
)
