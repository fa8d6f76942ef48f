"""Whether parents were in touch, and how often they want to be reminded."""

from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from qianshou.accounts.http import SignedInRequest
from qianshou.plans.actions import parents
from qianshou.plans.forms import ParentsForm, ReminderForm
from qianshou.plans.queries import guidance
from qianshou.plans.queries import plan as plans


@login_required
@require_POST
def note(request: SignedInRequest, pairing_id: UUID) -> HttpResponse:
    """Note whether a parent was in touch in a week."""
    found = plans.pairing_to_act(request.user, pairing_id)
    form = ParentsForm(request.POST)
    if form.is_valid():
        parents.note(
            found.child, form.cleaned_data["who"], by=request.user, pairing=found,
            week=form.cleaned_data["week"], today=timezone.localdate(),
        )  # fmt: skip
        messages.success(request, _("Noted."))
    else:
        messages.error(request, _("Choose the week and who was in touch."))
    return redirect("plans:plan", pairing_id=pairing_id)


@login_required
@require_POST
def set_reminders(request: SignedInRequest, guardian_id: UUID) -> HttpResponse:
    """Set how often a parent is reminded, as he or she asked."""
    found = guidance.guardian_for(request.user, guardian_id)
    form = ReminderForm(request.POST)
    if form.is_valid():
        parents.choose(found, form.cleaned_data["every"], by=request.user)
        messages.success(request, _("Set as the parent asked."))
    else:
        messages.error(request, _("Choose how often."))
    back = request.POST.get("back", "")
    if url_has_allowed_host_and_scheme(back, allowed_hosts=None):
        return redirect(back)
    return redirect("plans:guidance-list")


@never_cache
@require_http_methods(["GET", "POST"])
def reminders(request: HttpRequest, token: str) -> HttpResponse:
    """Let a parent choose by the link of a message; nothing about anybody stands here."""
    parents.guardian_of(token)
    form, chosen = ReminderForm(request.POST or None), ""
    if request.method == "POST" and form.is_valid():
        made = parents.choose_by_link(token, form.cleaned_data["every"])
        chosen = made.get_every_display()
    context = {"form": form, "chosen": chosen}
    return render(request, "plans/reminders.html", context, status=422 if form.errors else 200)
