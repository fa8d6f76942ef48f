"""Answers, alarms and the day of the next look follow a file that is merged, and go back."""

from uuid import UUID

from django.db.models import F
from django.utils import timezone

from qianshou.assessment.models import Alarm, Inquiry, Reassessment
from qianshou.common import rowsecurity


def follow_merge(*, kept_id: UUID, absorbed_id: UUID, event_id: UUID) -> None:
    """Move what a person answered and what was raised about the absorbed file to the kept one."""
    with rowsecurity.acting(rowsecurity.SYSTEM):
        came = {"child_id": kept_id, "came_from": absorbed_id, "came_by": event_id}
        Alarm.objects.filter(child=absorbed_id, came_by=None).update(**came)
        Inquiry.objects.filter(child=absorbed_id).update(is_current=False)
        Inquiry.objects.filter(child=absorbed_id, came_by=None).update(**came)
        _choose_current(kept_id)
        mine = Reassessment.objects.open().filter(child=absorbed_id).first()
        if mine is not None:
            Reassessment.objects.filter(pk=mine.pk).update(done_at=timezone.now())
            other = Reassessment.objects.open().filter(child=kept_id)
            if not other.exists():
                Reassessment.objects.create(
                    child_id=kept_id, area_code=mine.area_code, because=mine.because,
                    due_on=mine.due_on,
                )  # fmt: skip
            other.filter(due_on__gt=mine.due_on).update(due_on=mine.due_on)


def follow_undo(*, kept_id: UUID, event_id: UUID) -> None:
    """Give everything back to the file that it came from."""
    with rowsecurity.acting(rowsecurity.SYSTEM):
        alarms = Alarm.objects.filter(came_by=event_id)
        alarms.update(child_id=F("came_from"), came_from=None, came_by=None)
        rows = Inquiry.objects.filter(came_by=event_id)
        homes = {kept_id, *rows.values_list("came_from", flat=True)}
        rows.update(is_current=False)
        rows.update(child_id=F("came_from"), came_from=None, came_by=None)
        for home in homes:
            if home is not None:
                _choose_current(home)


def _choose_current(child: UUID) -> None:
    """Let the newest answers of a file count, whoever wrote them."""
    rows = Inquiry.objects.filter(child=child)
    newest = rows.order_by("-held_on", "-at").first()
    rows.update(is_current=False)
    if newest is not None:
        rows.filter(pk=newest.pk).update(is_current=True)
