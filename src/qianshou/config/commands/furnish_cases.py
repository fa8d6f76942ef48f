"""Task teams for the demo: red children in different conditions, minutes, actions late and done.

The teams opened by themselves when the children turned red; everything after that is done by the
act that a page would call. Only what lies in the past is set back afterwards.
"""

from datetime import date, timedelta
from typing import Final

from django.utils import timezone, translation

from qianshou.accounts.models import User
from qianshou.areas import rules as area_rules
from qianshou.assessment.actions import asking, confirming, due
from qianshou.assessment.models import Assessment, Reassessment
from qianshou.cases.actions import opening, reviewing, staffing, working
from qianshou.cases.models import Action, Meeting, Member, TaskTeam
from qianshou.cases.queries import people
from qianshou.common import rowsecurity
from qianshou.common.errors import Refused

MOST: Final = 9
LOOKS: Final = 12
GOALS: Final = (
    ("孩子夜里有成年人在家", "每周家访记录", "独自过夜", "每晚有人"),
    ("按时上学", "学校出勤表", "本学期缺课 12 天", "不再无故缺课"),
    ("每周与父母通话", "爱心妈妈的联系记录", "两个月没有联系", "每周一次"),
)
MINUTES: Final = (
    "通报家访情况：孩子随奶奶生活，夜间常独自在家。学校反映近期情绪低落。\n"
    "议定：一、姑姑家每晚接送；二、学校每日点名并电话告知；三、心理老师每周面谈一次。"
)
TASKS: Final = (
    ("联系学校，每日点名", 5, True), ("落实夜间看护", -3, False), ("约心理老师面谈", 9, False),
)  # fmt: skip


def furnish(county: str, *, seed: int, today: date) -> int:  # noqa: ARG001 - as its sisters
    """Fill the list of task teams of a county; return how many teams there are."""
    with rowsecurity.acting(rowsecurity.SYSTEM), translation.override("zh-hans"):
        cast = {user.username: user for user in User.objects.all()}
        lead, town = cast["county"], cast.get("town", cast["county"])
        teams = _teams(county, lead)
        for number, team in enumerate(teams):
            CONDITIONS[number % len(CONDITIONS)](team, lead=lead, town=town, today=today)
        look_again(county, lead, today=today)
        due.sweep()
        return len(teams)


def _teams(county: str, lead: User) -> list[TaskTeam]:
    """Return some teams that opened by themselves, and a few of orange children on a referral."""
    inside = {"area_code__range": area_rules.subtree(county)}
    orange = Assessment.objects.current().filter(grade="ORANGE", **inside).order_by("-score", "pk")
    here = TaskTeam.objects.open().filter(**inside)
    for found in orange.exclude(child__in=here.values("child")).select_related("child")[:MOST]:
        if here.count() >= MOST:
            break
        opening.open_by_hand(
            found.child, by=lead, because=TaskTeam.Because.REFERRAL, reason="学校转介，班主任来电"
        )
    return list(here.order_by("opened_at", "pk")[:MOST])


def unanswered(team: TaskTeam, *, lead: User, town: User, today: date) -> None:  # noqa: ARG001
    """Nobody has answered yet, and the day is over."""
    past = timezone.now() - timedelta(hours=30)
    TaskTeam.objects.filter(pk=team.pk).update(opened_at=past, answer_by=past + timedelta(hours=24))


def answered(team: TaskTeam, *, lead: User, town: User, today: date) -> None:  # noqa: ARG001
    """Somebody was there at once; a lead is still to be found."""
    working.answer(team, by=lead, words="当晚与村妇联主席到家看望，孩子平安，已请姑姑陪护。")


def staffed(team: TaskTeam, *, lead: User, town: User, today: date) -> None:
    """It has a lead and members, and its first meeting is planned."""
    answered(team, lead=lead, town=town, today=today)
    if town in people.may_join(team):
        staffing.add_member(team, by=lead, user=town, role="镇妇联主席")
    elif not Member.objects.filter(team=team, ended_at=None).exists():
        staffing.add_member(
            team, by=lead, user=people.may_join(team)[0], role="县妇联", unit="县妇联"
        )
    staffing.take_lead(team, by=lead, lead=lead)
    at = timezone.now() + timedelta(days=3)
    working.plan_meeting(team, by=lead, at=at, place="镇妇女儿童之家", purpose="首次专班会议")


def at_work(team: TaskTeam, *, lead: User, town: User, today: date) -> None:
    """It has met and agreed; one action is done, one is late, one lies ahead."""
    staffed(team, lead=lead, town=town, today=today)
    goals = [
        working.Goal(*words, until=today + timedelta(days=45 + 15 * number))
        for number, words in enumerate(GOALS)
    ]
    working.agree(
        team, by=lead, goals=goals, agreed_with="奶奶、孩子本人、班主任、全体成员",
        agreed_on=today, today=today,
    )  # fmt: skip
    meeting = Meeting.objects.filter(team=team).latest("planned_at")
    Meeting.objects.filter(pk=meeting.pk).update(planned_at=timezone.now() - timedelta(days=12))
    members = list(Member.objects.filter(team=team, ended_at=None).order_by("since", "pk"))
    given = [
        working.Task(what, members[number % len(members)].pk, today + timedelta(days=days))
        for number, (what, days, _done) in enumerate(TASKS)
    ]
    working.hold_meeting(
        meeting, by=lead, came={each.pk for each in members}, minutes=MINUTES, decisions=given,
        now=timezone.now(),
    )  # fmt: skip
    done = Action.objects.filter(meeting=meeting, what=TASKS[0][0]).first()
    if done is not None:
        working.finish(done, by=lead, result="学校已建立每日点名，未到校当天电话告知。")
    at = timezone.now() + timedelta(days=16)
    working.plan_meeting(team, by=lead, at=at, place="镇妇女儿童之家", purpose="月度碰头会")


def reviewed(team: TaskTeam, *, lead: User, town: User, today: date) -> None:
    """Its first review let it go on, and the next one is due."""
    at_work(team, lead=lead, town=town, today=today)
    reviewing.begin(team, by=lead)
    reviewing.go_on(
        team, by=lead, today=today,
        result="夜间看护已落实，缺课明显减少；与父母的联系仍不稳定，专班继续。",
    )  # fmt: skip
    TaskTeam.objects.filter(pk=team.pk).update(review_on=today)


def closed(team: TaskTeam, *, lead: User, town: User, today: date) -> None:
    """It reached its goals, a person confirmed a milder grade, and a review closed it."""
    at_work(team, lead=lead, town=town, today=today)
    for action in Action.objects.open().filter(team=team):
        working.finish(action, by=lead, result="已完成。")
    found = Assessment.objects.current().get(child=team.child_id)
    confirming.confirm_grade(found, by=lead, grade="YELLOW", reason="三次家访核实，情况稳定")
    reviewing.begin(team, by=lead)
    reviewing.close(
        team, by=lead, result="目标均已达到，转入日常关爱。", next_step=TaskTeam.Next.CARE,
        today=today,
    )  # fmt: skip


CONDITIONS: Final = (unanswered, answered, staffed, at_work, at_work, reviewed, closed)


def look_again(county: str, lead: User, *, today: date) -> None:
    """Some grades were confirmed a while ago, so their children are due; one was just visited."""
    inside = {"area_code__range": area_rules.subtree(county)}
    rows = Assessment.objects.current().filter(grade__in=("ORANGE", "YELLOW"), **inside)
    chosen = list(rows.filter(confirmed_at=None).order_by("-score", "pk")[:LOOKS])
    for number, found in enumerate(chosen):
        confirming.confirm_grade(found, by=lead, grade=found.grade)
        day = today - timedelta(days=21 - 4 * number)
        Reassessment.objects.open().filter(child=found.child_id).update(due_on=day)
    for found in chosen[-2:]:
        try:
            asking.answer(
                found.child, by=lead, held_on=today, today=today,
                answers={"HOME": "SOME", "MIND": "LOW", "CARE": "WEAK", "TOUCH": "SELDOM"},
                grounds="灶房电线老化；孩子说父母两个月没有来电话。",
            )  # fmt: skip
        except Refused:
            # An installation may have put a scale in force that asks other things, or nothing.
            return
