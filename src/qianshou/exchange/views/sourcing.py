"""The pages of sources: what each one means, and how a new one begins."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from qianshou.accounts import permissions as powers
from qianshou.accounts.http import SignedInRequest
from qianshou.accounts.rules import Power
from qianshou.common.errors import Refused
from qianshou.exchange import permissions, queries
from qianshou.exchange.actions import sources as source_actions
from qianshou.exchange.connectors import samples
from qianshou.exchange.forms import (
    FileForm,
    SampleForm,
    SourceForm,
    mapping_from,
)
from qianshou.exchange.http import posted
from qianshou.exchange.queries import connections, contracts
from qianshou.exchange.rules.problems import FileRefused

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@login_required
@require_GET
def sources(request: SignedInRequest) -> HttpResponse:
    """List the sources and what is on file from each."""
    context = {
        "rows": queries.sources_for(request.user, request.area_code),
        "may_edit": permissions.can_edit_sources(request.user),
        "may_upload": permissions.can_upload(request.user, request.area_code),
    }
    return render(request, "exchange/sources.html", context)


@login_required
@require_http_methods(["GET", "POST"])
def source(request: SignedInRequest, source_id: UUID) -> HttpResponse:
    """Show what a source means; a sample file can be tried on it."""
    found = queries.source_for(request.user, source_id)
    form = FileForm(*posted(request))
    context: dict[str, Any] = {
        "source": found,
        "mapping": queries.mapping_of(found),
        "versions": queries.versions_of(found),
        "area_name": queries.area_name(found.area_code),
        "form": form,
        "may_edit": permissions.can_edit_sources(request.user),
        "drift": contracts.drift_words(
            contracts.drifts_for(request.user, request.area_code, found)
        ),
        **connections.page_of(found),
    }
    if request.method == "POST" and form.is_valid():
        file = form.cleaned_data["file"]
        try:
            word = samples.keep(file, by=request.user, name=file.name)
            try:
                context["tried"] = _tried(request, word, connections.agreed(found, found.profile))
            finally:
                samples.drop(word, by=request.user)
        except FileRefused as refusal:
            form.add_error("file", queries.refusal_words(refusal.code, refusal.params))
        except Refused as refusal:
            form.add_error("file", str(refusal))
    return render(request, "exchange/source.html", context, status=422 if form.errors else 200)


def _tried(request: SignedInRequest, word: str, profile: dict[str, Any]) -> dict[str, Any]:
    rows = samples.try_out(
        word, profile, by=request.user, area_code=request.area_code, today=timezone.localdate()
    )
    return samples.preview_of(rows, profile)


@login_required
@require_http_methods(["GET", "POST"])
def new_source(request: SignedInRequest) -> HttpResponse:
    """Begin a new source with a sample of its files."""
    powers.require(request.user, Power.EDIT_SOURCES)
    form = SampleForm(*posted(request))
    if request.method == "POST" and form.is_valid():
        file = form.cleaned_data["file"]
        try:
            word = samples.keep(file, by=request.user, name=file.name)
            samples.look(word, by=request.user, target=form.cleaned_data["target"])
        except FileRefused as refusal:
            form.add_error("file", queries.refusal_words(refusal.code, refusal.params))
        except Refused as refusal:
            form.add_error("file", str(refusal))
        else:
            address = redirect("exchange:map-source", sample=word)
            address["Location"] += f"?target={form.cleaned_data['target']}"
            return address
    return render(
        request, "exchange/new_source.html", {"form": form}, status=422 if form.errors else 200
    )


@login_required
@require_http_methods(["GET", "POST"])
def map_source(request: SignedInRequest, sample: str) -> HttpResponse:
    """Say what each column of the sample means, look at the first rows, and save the source."""
    powers.require(request.user, Power.EDIT_SOURCES)
    target = "MOTHER" if request.GET.get("target") == "MOTHER" else "CHILD"
    look, guesses = samples.look(sample, by=request.user, target=target)
    mapping = {field: header for header, field in guesses.items()}
    form = SourceForm(*posted(request)[:1])
    context: dict[str, Any] = {"form": form, "look": look, "sample": sample}
    if request.method == "POST":
        mapping = mapping_from(request.POST, look.names, target)
        if form.is_valid():
            profile = samples.profile_from(
                form.cleaned_data, mapping, target=target, header_rows=look.header_rows
            )
            saved = _try_or_save(request, context, profile)
            if saved is not None:
                messages.success(request, _("The source is ready."))
                return redirect("exchange:source", source_id=saved.pk)
    context["columns"] = samples.columns_to_map(
        look.names, look.samples, mapping=mapping, target=target
    )
    return render(request, "exchange/map_source.html", context, status=422 if form.errors else 200)


def _try_or_save(request: SignedInRequest, context: dict[str, Any], profile: dict[str, Any]) -> Any:
    """Save when asked to, else put the first rows into the page; problems go to the form."""
    form = context["form"]
    try:
        if "save" in request.POST:
            return source_actions.save_source(profile, by=request.user, area_code=request.area_code)
        context["tried"] = _tried(request, context["sample"], profile)
    except FileRefused as refusal:
        form.add_error(None, queries.refusal_words(refusal.code, refusal.params))
    except Refused as refusal:
        form.add_error(None, str(refusal))
    return None
