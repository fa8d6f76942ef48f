"""The pages on which the contract of a source is stated, field by field, and taken back."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from qianshou.accounts import permissions as powers
from qianshou.accounts.http import SignedInRequest
from qianshou.accounts.rules import Power
from qianshou.common.errors import Refused
from qianshou.exchange import queries
from qianshou.exchange.actions import stating as actions
from qianshou.exchange.connectors import readings
from qianshou.exchange.queries import stating as asking
from qianshou.exchange.rules import stating


@login_required
@require_http_methods(["GET", "POST"])
def field(request: SignedInRequest, source_id: UUID, name: str) -> HttpResponse:
    """State what may stand in one field, look at it on real cells, and keep it."""
    powers.require(request.user, Power.EDIT_SOURCES)
    source = queries.source_for(request.user, source_id)
    known = asking.field_of(source, name)
    stated = stating.stated_in(source.profile["columns"][name], known)
    errors: list[str] = []
    if request.method == "POST":
        stated = stating.read(request.POST)
        errors = asking.flaw_words(stating.flaws_of(stated, known))
        if not errors and "save" in request.POST:
            try:
                actions.state(source, name, stated, by=request.user, version=_version(request))
            except Refused as refusal:
                errors = [str(refusal)]
            else:
                messages.success(request, _("It is kept as a new version of the source."))
                return redirect("exchange:source", source_id=source.pk)
    context: dict[str, Any] = {
        "source": source, "label": _(known.label), "errors": errors,
        "form": asking.form_of(stated, known, name),
    }  # fmt: skip
    if not errors:
        context["tried"] = _tried(request, source, name, stated=stated)
    return render(request, "exchange/field.html", context, status=422 if errors else 200)


def _version(request: SignedInRequest) -> int:
    """Return the version that the page was opened at; nonsense is none."""
    text = request.POST.get("version", "")
    return int(text) if text.isdecimal() and len(text) < 9 else -1


def _tried(request: SignedInRequest, source: Any, name: str, *, stated: stating.Stated) -> Any:
    """Read the cells of rows that were kept out as they stand, and as they would be read."""
    before, after = (
        readings.column_of(data, source.code, name)
        for data in (source.profile, actions.profile_with(source, name, stated))
    )
    texts = asking.texts_for(request.user, source, after[1], area_code=request.area_code)
    return readings.compared(
        texts, before, after, area_code=request.area_code, today=timezone.localdate()
    )


@login_required
@require_POST
def adopt(request: SignedInRequest, source_id: UUID, number: int) -> HttpResponse:
    """Let a former version of a source hold again."""
    powers.require(request.user, Power.EDIT_SOURCES)
    source = queries.source_for(request.user, source_id)
    try:
        made = actions.adopt(source, number, by=request.user, version=_version(request))
    except Refused as refusal:
        messages.error(request, str(refusal))
    else:
        said = _("Version %(former)s holds again, as version %(version)s.")
        messages.success(request, said % {"former": number, "version": made.version})
    return redirect("exchange:source", source_id=source.pk)
