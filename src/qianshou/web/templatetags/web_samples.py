"""Invented people and figures for the living page of the components; none of them is real."""

from datetime import date, datetime
from typing import Any

from django import forms, template
from django.core.paginator import Paginator

register = template.Library()

LONG_NAME = "阿依古丽·买买提江·古丽巴哈尔·阿卜杜热合曼·吐尔逊娜依·努尔艾合买提·热依汗古丽·艾力"
SURNAMES = "陈李王周吴郑何罗谭冉向田"
GIVEN = ("小雨", "佳怡", "子涵", "明月", "思源", "晓峰", "桂兰", "雪梅", "天佑", "梓萱", "文静")
VILLAGES = ("青杠村", "白鹤村", "大石村", "双河社区", "柏林村", "玉泉村", "三合村")
GRADES = ("RED", "ORANGE", "YELLOW", "GREEN", "GREEN", "YELLOW", "")
PER_PAGE = 12

# Row and column of each county's tile; neighbours on the map are neighbours here.
TILES = """
0 8 城口 | 1 7 开州 | 1 9 巫溪 | 2 6 梁平 | 2 7 万州 | 2 8 云阳 | 2 9 奉节 | 2 10 巫山
3 0 潼南 | 3 1 合川 | 3 2 北碚 | 3 3 渝北 | 3 4 长寿 | 3 5 垫江 | 3 6 忠县
4 0 大足 | 4 1 铜梁 | 4 2 沙坪坝 | 4 3 江北 | 4 4 涪陵 | 4 5 丰都 | 4 6 石柱
5 0 荣昌 | 5 1 璧山 | 5 2 九龙坡 | 5 3 渝中 | 5 4 南岸 | 5 5 武隆 | 5 6 彭水 | 5 7 黔江
6 1 永川 | 6 2 大渡口 | 6 3 巴南 | 6 4 南川 | 6 7 酉阳 | 7 2 江津 | 7 3 綦江 | 7 7 秀山
"""


class SampleForm(forms.Form):
    """A form with one field of each kind that the pages use."""

    name = forms.CharField(
        label="姓名", help_text="与身份证上的姓名一致，少数民族姓名请保留间隔号。"
    )
    phone = forms.RegexField(
        r"^1\d{10}$",
        label="手机号码",
        error_messages={"invalid": "手机号码应为 11 位数字，您输入了 10 位，请补上一位。"},
    )
    birth = forms.DateField(label="出生日期", widget=forms.DateInput(attrs={"type": "date"}))
    category = forms.ChoiceField(
        label="儿童类别",
        choices=[("", "请选择"), ("1", "留守儿童"), ("2", "困境儿童"), ("3", "事实无人抚养儿童")],
    )
    channel = forms.ChoiceField(
        label="怎样联系",
        widget=forms.RadioSelect,
        help_text="选最近一次的方式。",
        choices=[("CALL", "电话"), ("VISIT", "上门"), ("MESSAGE", "消息")],
    )
    days = forms.MultipleChoiceField(
        label="可以陪伴的时间",
        required=False,
        widget=forms.CheckboxSelectMultiple,
        choices=[("1", "工作日晚上"), ("2", "周末"), ("3", "寒暑假")],
    )
    note = forms.CharField(label="备注", required=False, widget=forms.Textarea)
    agreed = forms.BooleanField(label="监护人已当面同意")


def _people(number: int) -> list[dict[str, Any]]:
    return [
        {
            "pk": index,
            "name": LONG_NAME
            if index == 2
            else SURNAMES[index % len(SURNAMES)] + GIVEN[index % len(GIVEN)],
            "age": 6 + index * 7 % 11,
            "grade": GRADES[index * 5 % len(GRADES)],
            "village": VILLAGES[index % len(VILLAGES)],
            "waiting": index * 37 % 200,
            "paired": index % 3 == 0,
        }
        for index in range(number)
    ]


def _coverage(row: int, column: int) -> int:
    """Fall with the distance from the city's heart, and a little at random but always alike."""
    return 92 - 7 * (abs(row - 4) + abs(column - 3)) + row * column * 5 % 7


def _tiles() -> list[dict[str, Any]]:
    tiles = []
    for index, line in enumerate(TILES.replace("\n", "|").strip("|").split("|")):
        row, column, name = line.split()
        tiles.append(
            {
                "code": f"{index:02d}",
                "short_name": name,
                "label": name,
                "row": int(row),
                "column": int(column),
                "value": None if name == "城口" else float(_coverage(int(row), int(column))),
                "url": f"?place={index:02d}",
            }
        )
    return tiles


@register.simple_tag(takes_context=True)
def samples(context: template.Context) -> dict[str, Any]:
    """Answer everything that the living page shows; `?page=` turns the pages of its long list."""
    request = context.get("request")
    number = request.GET.get("page", 1) if request else 1
    wrong = SampleForm({"phone": "1380013800", "channel": "CALL"}, auto_id="wrong_%s")
    return {
        "long_name": LONG_NAME,
        "page": Paginator(_people(1000), PER_PAGE).get_page(number),
        "filters": _filters(),
        "tabs": _tabs(),
        "tiles": _tiles(),
        "form": SampleForm(),
        "wrong": wrong,
        "day": date(2026, 11, 23),
        "earlier": date(2026, 11, 7),
        "instant": datetime(2026, 11, 23, 14, 5),  # noqa: DTZ001 - shown as written
        "facts": _facts(),
        "steps": _steps(),
        "compared": _compared(),
        "scores": _scores(),
        **_figures(),
    }


def _filters() -> list[dict[str, Any]]:
    return [
        {
            "name": "grade",
            "label": "风险等级",
            "multiple": True,
            "choices": [
                ("RED", "红色", 12),
                ("ORANGE", "橙色", 86),
                ("YELLOW", "黄色", 431),
                ("GREEN", "绿色", 1890),
            ],
        },
        {"name": "paired", "label": "结对", "choices": [("1", "已结对"), ("0", "等待结对", 518)]},
        {"name": "village", "label": "村社区", "choices": [(name, name, 40) for name in VILLAGES]},
    ]


def _tabs() -> list[dict[str, Any]]:
    return [
        {"label": "概况", "url": "?", "active": True},
        {"label": "来源与变更", "url": "?", "badge": 3},
        {"label": "评估", "url": "?"},
        {"label": "关爱记录", "url": "?", "badge": 48},
        {"label": "团队", "url": "?"},
    ]


def _facts() -> list[Any]:
    return [
        {
            "label": "姓名",
            "value": "冉佳怡",
            "source": "民政局·困境儿童台账",
            "on": date(2026, 10, 9),
            "row": "第 42 行",
        },
        {
            "label": "就读学校",
            "value": "玉泉镇中心小学 四年级",
            "source": "教委·学籍系统",
            "on": date(2026, 9, 1),
            "row": "第 1288 行",
        },
        ("与谁同住", "祖母（67 岁）"),
        ("方言", "重庆话、少量苗语"),
        ("过敏史", None),
    ]


def _steps() -> list[dict[str, Any]]:
    return [
        {"label": "读取", "state": "done", "count": 48211, "unit": "行", "note": "用时 4 秒"},
        {"label": "核对", "state": "done", "count": 47960, "unit": "行", "note": "251 行待改"},
        {
            "label": "比对建档",
            "state": "now",
            "count": 31402,
            "unit": "行",
            "rate": "每秒 2,100 行",
            "note": "还需 8 秒",
        },
        {"label": "疑似重复", "state": "waiting", "count": 17, "unit": "对"},
        {"label": "写入", "state": "todo"},
        {"label": "通知", "state": "failed", "note": "短信网关没有应答"},
    ]


def _compared() -> list[dict[str, Any]]:
    return [
        {
            "label": "姓名",
            "left": "冉佳怡",
            "right": "冉家怡",
            "weight": "for",
            "words": "同音，一字不同",
        },
        {
            "label": "出生日期",
            "left": "2016-03-12",
            "right": "2016-12-03",
            "weight": "for",
            "words": "月和日像是写反了",
        },
        {
            "label": "身份证号",
            "left": "500***********4127",
            "right": "",
            "weight": "none",
            "words": "一边没有填",
        },
        {
            "label": "监护人",
            "left": "冉光明",
            "right": "冉光明",
            "weight": "for",
            "words": "相同，全县只有 3 人同名",
        },
        {
            "label": "村社区",
            "left": "玉泉村 3 组",
            "right": "柏林村 3 组",
            "weight": "against",
            "words": "两村相距 14 公里",
        },
    ]


def _scores() -> list[dict[str, Any]]:
    return [
        {"label": "路程", "value": 92, "words": "步行 12 分钟，同村"},
        {"label": "时间", "value": 74, "words": "周末和寒暑假都能陪伴"},
        {"label": "需要与所长", "value": 58, "words": "孩子需要学业辅导，她是退休语文老师"},
        {"label": "方言", "value": 31, "words": "她不会苗语", "tone": "orange"},
    ]


def _figures() -> dict[str, Any]:
    spread = (2, 5, 11, 24, 51, 88, 140, 176, 160, 121, 70, 33, 12, 4)
    weeks = (71.2, 72.5, 72.1, 74.8, 77.0, 76.3, 79.9, 83.4, 85.0, 87.6)
    return {
        "bins": [
            {"low": 30 + step * 5, "high": 35 + step * 5, "count": count}
            for step, count in enumerate(spread)
        ],
        "bars": [
            {"label": "青杠镇", "value": 31, "words": "还缺 12 位会辅导功课的妈妈", "url": "?"},
            {"label": "白鹤乡", "value": 22, "words": "还缺 9 位", "url": "?"},
            {"label": "双河街道", "value": 9, "words": "还缺 1 位会手语的妈妈", "url": "?"},
            {"label": "三合乡", "value": 3, "words": "", "url": "?"},
        ],
        "points": [
            {"label": f"第 {week} 周", "value": value} for week, value in enumerate(weeks, start=38)
        ],
        "parts": [
            {"label": "已结对", "value": 1874, "tone": "", "url": "?"},
            {"label": "已推荐待确认", "value": 412, "tone": "hand", "url": "?"},
            {"label": "等待", "value": 133, "tone": "quiet", "url": "?"},
        ],
    }
