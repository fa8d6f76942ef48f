"""The page of a child's family and wishes: siblings, wishes for and against, conflicts."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from qianshou.accounts.http import SignedInRequest
from qianshou.common.errors import NotAllowed, Refused
from qianshou.pairing import permissions
from qianshou.pairing.actions import matching, wishing
from qianshou.pairing.actions import siblings as deciding
from qianshou.pairing.forms import ConflictForm, SiblingForm, WishForm
from qianshou.pairing.queries import siblings, wishes

FORMS = {"wish": WishForm, "conflict": ConflictForm, "siblings": SiblingForm}


@login_required
@require_http_methods(["GET", "POST"])
def family(request: SignedInRequest, child_id: UUID) -> HttpResponse:
    """Show what is known of a child's siblings, wishes and conflicts, and note more."""
    child = siblings.child_for(request.user, child_id)
    if not permissions.can_note_wishes(request.user, child.area_code):
        raise NotAllowed
    forms: dict[str, Any] = {name: form(auto_id=f"{name}-%s") for name, form in FORMS.items()}
    asked = request.POST.get("what", "")
    if request.method == "POST" and asked in FORMS:
        form = forms[asked] = FORMS[asked](request.POST, auto_id=f"{asked}-%s")
        if form.is_valid():
            try:
                _carry_out(request, child, what=asked, form=form)
            except NotAllowed:
                raise
            except Refused as refusal:
                form.add_error(None, str(refusal))
            else:
                messages.success(request, _("It is noted, and holds from the next plan on."))
                return redirect("pairing:family", child_id=child.pk)
    return _shown(request, child, forms)


def _shown(request: SignedInRequest, child: Any, forms: dict[str, Any]) -> HttpResponse:
    policy = matching.engine_policy_for(child.area_code)
    context = {
        "child": child,
        "family": siblings.family_of(request.user, child, policy),
        "wishes": [wishes.row_of(each) for each in wishes.wishes_of(child)],
        "conflicts": wishes.conflicts_of(child),
        "forms": forms,
        "may_decide": permissions.can_steer(request.user, child.area_code),
    }
    wrong = any(form.errors for form in forms.values())
    return render(request, "pairing/family.html", context, status=422 if wrong else 200)


def _carry_out(request: SignedInRequest, child: Any, *, what: str, form: Any) -> None:
    given, user = form.cleaned_data, request.user
    if what == "siblings":
        if given["decision"] == "POLICY":
            deciding.leave(child, by=user)
        else:
            together = given["decision"] == "TOGETHER"
            deciding.decide(child, by=user, together=together, reason=given["reason"])
        return
    mother = wishes.mother_named(user, given["mother"])
    if given["mother"].strip() and mother is None:
        raise wishing.NoSuchMother
    if what == "conflict":
        wishing.note_conflict(
            child, by=user, mother=mother, kind=given["kind"], reason=given["reason"]
        )
    else:
        wishing.note_wish(
            child, by=user, of=given["of"], kind=given["kind"], mother=mother,
            trait=given["trait"], reason=given["reason"],
        )  # fmt: skip


@login_required
@require_POST
def take_back(request: SignedInRequest, kind: str, said_id: UUID) -> HttpResponse:
    """Take a wish or a conflict back."""
    said = wishes.said_for(request.user, kind, said_id)
    try:
        wishing.take_back(said, by=request.user)
    except NotAllowed:
        raise
    except Refused as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, _("It is taken back, and holds no more from the next plan on."))
    return redirect("pairing:family", child_id=said.child_id)
