"""Words (English message ids) for the codes that pages about mothers show."""

from collections.abc import Mapping
from typing import Final

from qianshou.mothers.rules import applications


def _(message: str) -> str:
    """Mark a sentence for translation without translating it here."""
    return message


AXES: Final[Mapping[str, str]] = {
    "study": _("help with learning"),
    "mind": _("psychological support"),
    "health": _("health care"),
    "safety": _("safety"),
    "living": _("daily living"),
    "family": _("family company"),
    "habit": _("good habits"),
    "company": _("sports and arts"),
}
TIMES: Final[Mapping[str, str]] = {
    "WEEKDAY_DAY": _("weekdays, daytime"),
    "WEEKDAY_EVENING": _("weekdays, evening"),
    "WEEKEND": _("weekend"),
    "HOLIDAY": _("holidays"),
}
DAYS: Final[Mapping[str, str]] = {
    "MON": _("Monday"),
    "TUE": _("Tuesday"),
    "WED": _("Wednesday"),
    "THU": _("Thursday"),
    "FRI": _("Friday"),
    "SAT": _("Saturday"),
    "SUN": _("Sunday"),
    "HOLIDAY": _("holidays"),
}
PARTS: Final[Mapping[str, str]] = {
    "MORNING": _("morning"),
    "AFTERNOON": _("afternoon"),
    "EVENING": _("evening"),
}
LANGUAGES: Final[Mapping[str, str]] = {
    "chongqing": _("Chongqing dialect"),
    "putonghua": _("standard Chinese"),
    "sichuan": _("Sichuan dialect"),
    "hubei": _("Hubei dialect"),
    "guizhou": _("Guizhou dialect"),
    "tujia": _("Tujia language"),
    "miao": _("Miao language"),
    "yi": _("Yi language"),
}
# The keys are the words that stand on the application form; another word stands for itself.
CATEGORIES: Final[Mapping[str, str]] = {
    "女教师": _("teacher"),
    "退休教师": _("retired teacher"),
    "医护人员": _("doctor or nurse"),
    "社会工作者": _("social worker"),
    "机关干部": _("civil servant"),
    "退休干部": _("retired civil servant"),
    "女企业家": _("entrepreneur"),
    "妇联执委": _("committee member"),
    "志愿者": _("volunteer"),
    "最美家庭": _("role-model family"),
    "巾帼建功标兵": _("role model at work"),
    "三八红旗手": _("red-banner holder"),
    "中共党员": _("Party member"),
}
REMARKS: Final[Mapping[str, str]] = {
    applications.ROW_WITHDRAWN: _(
        "The list no longer holds her row. Ask her, then resume or let go."
    ),
    applications.FEED_SAYS_LEFT: _(
        "The list says that she has left. Ask her, then resume or let go."
    ),
    applications.SCREENING_EXPIRED: _(
        "Her background query is older than a year. A new clear result brings her back by itself."
    ),
    applications.TEXT_UNSIGNED: _(
        "She has not signed the newer text of a promise. Her signature brings her back by itself."
    ),
    applications.SCREENING: _(
        "She is suspended because of her background query; the county federation decides."
    ),
    applications.SCREENING_HIT: _(
        "She may not work with children any more. Re-arrange her children, then end her service."
    ),
}
SETTLED: Final[Mapping[str, str]] = {
    "capacity": _("Places set by a person"),
    "state": _("State set by a person"),
    "slots": _("Calendar set by a person"),
    "interests": _("Likes set by a person"),
    "dislikes": _("Dislikes set by a person"),
}
ACTS: Final[Mapping[str, str]] = {
    "mothers.capacity.edited": _("Capacity changed"),
    "mothers.state.changed": _("State changed"),
    "mothers.number.revealed": _("A number was read"),
    "mothers.calendar.edited": _("Calendar of free time set"),
    "mothers.change.asked": _("She asked for a change"),
    "mothers.change.decided": _("A change was decided"),
    "mothers.change.withdrawn": _("She took a change back"),
    "mothers.service.recorded": _("Service recorded"),
    "mothers.service.corrected": _("Service corrected"),
    "mothers.commended": _("Honour recorded"),
    "mothers.volunteer_number.set": _("Volunteer number noted"),
    "mothers.evaluated": _("Evaluation recorded"),
    "mothers.certificate.issued": _("Certificate issued"),
    "mothers.certificate.withdrawn": _("Certificate withdrawn"),
    "mothers.certificate.printed": _("Certificate printed"),
    "mothers.file.printed": _("File printed"),
    "mothers.file.opened": _("File opened from her application"),
    "mothers.gates.kept": _("Screening, training or commitments brought up to date"),
    "mothers.suspended": _("Suspended"),
    "mothers.restored": _("Active again"),
}
# What a level 0..100 of a skill means; the lower bound of each step.
LEVELS: Final = ((75, _("one of her strengths")), (50, _("can do it")), (0, _("as anybody can")))
STATE_TONES: Final[Mapping[str, str]] = {
    "ACTIVE": "good",
    "APPLIED": "wait",
    "PAUSED": "warn",
    "LEFT": "neutral",
}
HOURS: Final = _("%(hours)s hours of at least %(wanted)s.")
