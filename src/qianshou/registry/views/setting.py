"""The page on which a person sets one value of a file, or leaves it to the departments again."""

from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from qianshou.accounts.http import SignedInRequest
from qianshou.common.errors import NotAllowed, Refused
from qianshou.registry import permissions
from qianshou.registry.actions import setting
from qianshou.registry.forms import ReasonForm, ValueForm
from qianshou.registry.queries import child as files
from qianshou.registry.queries import setting as queries


@login_required
@require_http_methods(["GET", "POST"])
def value(request: SignedInRequest, child_id: UUID, field: str) -> HttpResponse:
    """Set a value with its reason, take a set value away, or say that a warning is over."""
    child = files.child_for(request.user, child_id)
    found = queries.setting_for(request.user, child, field)
    if not permissions.can_set_value(request.user, child, field):
        raise NotAllowed
    act = request.POST.get("act", "set") if request.method == "POST" else ""
    form = ValueForm(request.POST if act == "set" else None, choices=found.choices, kind=found.kind)
    leave = ReasonForm(request.POST if act == "release" else None, prefix=None)
    asked = form if act == "set" else leave
    if act and asked.is_valid():
        reason = asked.cleaned_data["reason"]
        try:
            if act == "set":
                setting.pin(child, field, form.typed(), by=request.user, reason=reason)
            else:
                setting.release(child, field, by=request.user, reason=reason)
        except setting.NotAValue as refusal:
            form.add_error("value", str(refusal))
        except Refused as refusal:
            asked.add_error(None, str(refusal))
        else:
            messages.success(request, _("Done. The change is on record."))
            return redirect("registry:child", child_id=child.pk)
    context = {"child": child, "setting": found, "form": form, "leave": leave}
    status = 422 if form.errors or leave.errors else 200
    return render(request, "registry/value.html", context, status=status)
