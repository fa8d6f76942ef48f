"""The canonical fields a department's column can be mapped to, and the words known for them.

A profile names its columns; kind, code list and limits come from here unless it overrides them.
"""

from typing import Final, NamedTuple

CHILD, MOTHER = "CHILD", "MOTHER"
KINDS: Final = frozenset(
    (
        "text",
        "name",
        "id",
        "phone",
        "date",
        "sex",
        "code",
        "codes",
        "flag",
        "int",
        "number",
        "area",
        "words",
    )
)


class Field(NamedTuple):
    """One canonical field: how its cells are read, and what the word for it is (an English id)."""

    kind: str
    label: str
    codes: dict[str, str] = {}
    length: int = 200
    low: float | None = None
    high: float | None = None
    private: bool = False


def _(message: str) -> str:
    """Mark a word for translation without translating it here."""
    return message


def _table(words: str) -> dict[str, str]:
    """Read `word=CODE` pairs."""
    return dict(pair.split("=") for pair in words.split())


SEX: Final = _table("男=M 女=F 男性=M 女性=F 1=M 2=F M=M F=F 男孩=M 女孩=F")
YES_NO: Final = _table(
    "是=1 否=0 1=1 0=0 Y=1 N=0 有=1 无=0 已签=1 未签=0 同意=1 不同意=0 TRUE=1 FALSE=0 √=1 ×=0"
)
# GB/T 3304-1991, the 56 nationalities in the order of the standard's digits 01 to 56.
_NATIONS = """
汉 蒙古 回 藏 维吾尔 苗 彝 壮 布依 朝鲜 满 侗 瑶 白 土家 哈尼 哈萨克 傣 黎 傈僳 佤 畲 高山 拉祜
水 东乡 纳西 景颇 柯尔克孜 土 达斡尔 仫佬 羌 布朗 撒拉 毛南 仡佬 锡伯 阿昌 普米 塔吉克 怒
乌孜别克 俄罗斯 鄂温克 德昂 保安 裕固 京 塔塔尔 独龙 鄂伦春 赫哲 门巴 珞巴 基诺
"""
ETHNICITIES: Final = {
    spelt: f"{number:02d}"
    for number, nation in enumerate(_NATIONS.split(), start=1)
    for spelt in (nation, f"{nation}族", f"{number:02d}", str(number))
}
HEALTH: Final = _table(
    "健康=HEALTHY 良好=HEALTHY 一般=FAIR 较弱=FAIR 慢性病=CHRONIC 重病=SERIOUS_ILL "
    "大病=SERIOUS_ILL 残疾=DISABLED 重残=SEVERE_DISABLED 重度残疾=SEVERE_DISABLED"
)
LANGUAGES: Final = _table(
    "重庆话=chongqing 普通话=putonghua 四川话=sichuan 湖北话=hubei 贵州话=guizhou 土家语=tujia "
    "苗语=miao 彝语=yi"
)
CATEGORIES: Final = _table(
    "农村留守儿童=LEFT_BEHIND_RURAL 留守儿童=LEFT_BEHIND_RURAL 流动儿童=MIGRANT "
    "社会散居孤儿=ORPHAN_SCATTERED 散居孤儿=ORPHAN_SCATTERED 孤儿=ORPHAN_SCATTERED "
    "事实无人抚养儿童=DE_FACTO_UNATTENDED 事孤儿童=DE_FACTO_UNATTENDED "
    "事实孤儿=DE_FACTO_UNATTENDED 家庭困境儿童=POVERTY_HARDSHIP "
    "自身困境儿童=SELF_HARDSHIP 监护困境儿童=SAFETY_HARDSHIP "
    "临时困境儿童=TEMPORARY_HARDSHIP 特困儿童=EXTREME_POOR 单亲家庭儿童=SPECIAL_FAMILY_SINGLE "
    "服刑人员子女=SPECIAL_FAMILY_PRISON"
)
GUARDIANSHIP: Final = _table(
    "父母监护=PARENTS 父母双方监护=PARENTS 父亲单方监护=FATHER 母亲单方监护=MOTHER "
    "祖父母监护=PATERNAL_GRANDPARENTS 外祖父母监护=MATERNAL_GRANDPARENTS 亲属监护=RELATIVES "
    "委托照护=ENTRUSTED 民政部门监护=CIVIL_AFFAIRS 民政监护=CIVIL_AFFAIRS "
    "儿童福利机构监护=CIVIL_AFFAIRS 无人监护=NONE"
)
PARENT_STATUS: Final = _table(
    "在家=HOME 外出务工=MIGRANT_WORK 务工=MIGRANT_WORK 服刑=PRISON 强制戒毒=REHAB "
    "重病=SERIOUS_ILL 重残=SEVERE_DISABLED 失联=LOST 去世=DEAD 死亡=DEAD 离异=DIVORCED "
    "不详=UNKNOWN 未知=UNKNOWN"
)
RELATIONS: Final = _table(
    "父亲=FATHER 父=FATHER 母亲=MOTHER 母=MOTHER 祖父=GRANDFATHER 爷爷=GRANDFATHER "
    "祖母=GRANDMOTHER 奶奶=GRANDMOTHER 外祖父=MATERNAL_GRANDFATHER 外公=MATERNAL_GRANDFATHER "
    "外祖母=MATERNAL_GRANDMOTHER 外婆=MATERNAL_GRANDMOTHER 叔伯=UNCLE_AUNT 伯父=UNCLE_AUNT "
    "叔叔=UNCLE_AUNT 姑姑=UNCLE_AUNT 舅舅=UNCLE_AUNT 姨妈=UNCLE_AUNT 兄姐=SIBLING 哥哥=SIBLING "
    "姐姐=SIBLING 其他亲属=RELATIVE 亲属=RELATIVE 邻居=NEIGHBOUR"
)
AXES: Final = _table(
    "学业辅导=study 心理疏导=mind 健康护理=health 安全保护=safety 生活照料=living 亲情陪伴=family "
    "行为养成=habit 文体活动=company"
)
TIMES: Final = _table(
    "工作日白天=WEEKDAY_DAY 工作日晚上=WEEKDAY_EVENING 周末=WEEKEND 寒暑假=HOLIDAY"
)
STAGES: Final = _table(
    "学前=PRESCHOOL 幼儿园=PRESCHOOL 小学=PRIMARY 初中=JUNIOR 普高=SENIOR 高中=SENIOR "
    "中职=VOCATIONAL 特教=SPECIAL"
)
PSYCH: Final = _table("一般=NORMAL 正常=NORMAL 关注=ATTENTION 重点关注=SERIOUS")
DISABILITIES: Final = _table(
    "视力=VISION 听力=HEARING 言语=SPEECH 肢体=LIMB 智力=INTELLECT 精神=MENTAL 多重=MULTIPLE"
)
LEVELS: Final = _table("一级=1 二级=2 三级=3 四级=4 壹级=1 贰级=2 叁级=3 肆级=4 1=1 2=2 3=3 4=4")
CARD_STATES: Final = _table("正常=VALID 有效=VALID 注销=CANCELLED 冻结=FROZEN")
GROWTH: Final = _table("正常=NORMAL 低体重=LOW_WEIGHT 消瘦=WASTED 肥胖=OBESE 生长迟缓=STUNTED")
SCREENING: Final = _table("无记录=CLEAR 待查=PENDING 有记录=HIT")
STATES: Final = _table("已通过=ACTIVE 审核中=APPLIED 暂停=PAUSED 退出=LEFT")

_PERSON: Final[dict[str, Field]] = {
    "key": Field("text", _("key of the sender"), length=40, private=True),
    "name": Field("name", _("full name"), length=60, private=True),
    "sex": Field("sex", _("sex"), SEX),
    "birth_on": Field("date", _("date of birth"), private=True),
    "id_number": Field("id", _("ID number"), private=True),
    "phone": Field("phone", _("telephone"), private=True),
    "ethnicity": Field("code", _("nationality"), ETHNICITIES),
    "languages": Field("codes", _("languages"), LANGUAGES),
    "area_code": Field("area", _("area of residence")),
    "times": Field("codes", _("free times"), TIMES),
    "interests": Field("words", _("interests")),
}
_CHILD_ONLY: Final[dict[str, Field]] = {
    "health": Field("code", _("state of health"), HEALTH),
    "hukou_code": Field("area", _("area of household registration")),
    "address": Field("text", _("address"), private=True),
    "categories": Field("codes", _("categories"), CATEGORIES),
    "guardianship": Field("code", _("guardianship"), GUARDIANSHIP),
    "father_name": Field("name", _("father's name"), length=60, private=True),
    "father_id": Field("id", _("father's ID number"), private=True),
    "father_status": Field("code", _("father's situation"), PARENT_STATUS),
    "father_phone": Field("phone", _("father's telephone"), private=True),
    "mother_name": Field("name", _("mother's name"), length=60, private=True),
    "mother_id": Field("id", _("mother's ID number"), private=True),
    "mother_status": Field("code", _("mother's situation"), PARENT_STATUS),
    "mother_phone": Field("phone", _("mother's telephone"), private=True),
    "carer_name": Field("name", _("carer's name"), length=60, private=True),
    "carer_relation": Field("code", _("carer's relation"), RELATIONS),
    "carer_id": Field("id", _("carer's ID number"), private=True),
    "carer_phone": Field("phone", _("carer's telephone"), private=True),
    "low_income": Field("flag", _("minimum living allowance"), YES_NO),
    "children_in_home": Field("int", _("children in the home"), low=1, high=20),
    "lives_alone": Field("flag", _("lives alone"), YES_NO, private=True),
    "bullied": Field("flag", _("bullied"), YES_NO, private=True),
    "violence_clue": Field("flag", _("clue of violence at home"), YES_NO, private=True),
    "bad_behaviour": Field("flag", _("bad behaviour"), YES_NO, private=True),
    "self_harm": Field("flag", _("tendency to self-harm"), YES_NO, private=True),
    "needs": Field("codes", _("main needs"), AXES),
    "consent": Field("flag", _("guardian's consent"), YES_NO),
    "consent_on": Field("date", _("date of consent")),
    "registered_on": Field("date", _("registered on")),
    "updated_on": Field("date", _("updated on")),
    "student_no": Field("text", _("student number"), length=40, private=True),
    "school": Field("text", _("school"), length=100),
    "stage": Field("code", _("stage of schooling"), STAGES),
    "class_name": Field("text", _("class"), length=40),
    "boarding": Field("flag", _("boarding"), YES_NO),
    "parent_name": Field("name", _("parent's name"), length=60, private=True),
    "parent_relation": Field("code", _("parent's relation"), RELATIONS),
    "parent_phone": Field("phone", _("parent's telephone"), private=True),
    "absent_days": Field("int", _("days absent"), low=0, high=366),
    "dropped_out": Field("flag", _("dropped out"), YES_NO),
    "teacher_name": Field("name", _("class teacher"), length=60, private=True),
    "psych": Field("code", _("psychological screening"), PSYCH, private=True),
    "card_no": Field("text", _("disability certificate"), length=24, private=True),
    "disability": Field("code", _("kind of disability"), DISABILITIES),
    "disability_level": Field("code", _("grade of disability"), LEVELS),
    "card_state": Field("code", _("state of the certificate"), CARD_STATES),
    "guardian_name": Field("name", _("guardian's name"), length=60, private=True),
    "guardian_relation": Field("code", _("guardian's relation"), RELATIONS),
    "guardian_phone": Field("phone", _("guardian's telephone"), private=True),
    "illness": Field("text", _("illness"), private=True),
    "serious_illness": Field("flag", _("serious illness"), YES_NO, private=True),
    "growth": Field("code", _("growth"), GROWTH),
}
_MOTHER_ONLY: Final[dict[str, Field]] = {
    "politics": Field("text", _("political status"), length=20),
    "education": Field("text", _("education"), length=20),
    "employer": Field("text", _("employer"), length=100),
    "categories": Field("words", _("categories")),
    "skills": Field("codes", _("skills"), AXES),
    "travel_km": Field("number", _("distance she travels (km)"), low=0, high=500),
    "capacity": Field("int", _("most children at once"), low=0, high=10),
    "wishes": Field("words", _("wishes")),
    "screening": Field("code", _("result of the screening"), SCREENING),
    "screened_on": Field("date", _("screened on")),
    "training_hours": Field("number", _("hours of training"), low=0, high=1000),
    "trained_on": Field("date", _("trained on")),
    "committed_on": Field("date", _("commitment signed on")),
    "reporting_signed": Field("flag", _("duty to report signed"), YES_NO),
    "applied_on": Field("date", _("applied on")),
    "state": Field("code", _("state of the application"), STATES),
    "updated_on": Field("date", _("updated on")),
}
FIELDS: Final[dict[str, dict[str, Field]]] = {
    CHILD: {**_PERSON, **_CHILD_ONLY},
    MOTHER: {**_PERSON, **_MOTHER_ONLY},
}
# Codes that the canonical form keeps as whole numbers.
NUMERIC_CODES: Final = frozenset({"disability_level"})
