"""The pages of department data: deliveries, the rows that were kept out, and sources."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from qianshou.accounts import permissions as powers
from qianshou.accounts.http import SignedInRequest
from qianshou.accounts.rules import Power
from qianshou.common.errors import Refused
from qianshou.common.paging import page_of
from qianshou.exchange import permissions, queries
from qianshou.exchange.actions import deciding, egress, mending, receiving
from qianshou.exchange.actions import sources as source_actions
from qianshou.exchange.connectors import samples
from qianshou.exchange.forms import (
    FileForm,
    ReasonForm,
    SampleForm,
    SecretForm,
    SourceForm,
    UploadForm,
    WayForm,
    mapping_from,
    texts_from,
)
from qianshou.exchange.rules.problems import FileRefused

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def _posted(request: SignedInRequest) -> tuple[Any, Any]:
    """Return what was sent, also if it was nothing; a page only looked at has sent None."""
    return (request.POST, request.FILES) if request.method == "POST" else (None, None)


@login_required
@require_GET
def runs(request: SignedInRequest) -> HttpResponse:
    """List the deliveries of the area."""
    rows = queries.runs_for(
        request.user,
        request.area_code,
        state=request.GET.get("state", ""),
        source=request.GET.get("source", ""),
    )
    context = {
        "page": page_of(rows, request),
        "filters": queries.run_filters(request.user, request.area_code),
        "waiting": queries.waiting_for(request.user, request.area_code),
        "may_upload": permissions.can_upload(request.user, request.area_code),
        "filtered": bool(request.GET.get("state") or request.GET.get("source")),
    }
    return render(request, "exchange/runs.html", context)


@login_required
@require_http_methods(["GET", "POST"])
def upload(request: SignedInRequest) -> HttpResponse:
    """Choose a source and deliver a file for the area."""
    powers.require(request.user, Power.RUN_IMPORTS, request.area_code)
    sources = queries.open_sources(request.area_code)
    chosen = request.GET.get("source", "")
    form = UploadForm(
        *_posted(request),
        sources=[(each.code, each.name) for each in sources],
        initial={"source": chosen},
    )
    if request.method == "POST" and form.is_valid():
        file = form.cleaned_data["file"]
        try:
            run = receiving.receive_file(
                queries.source_by_code(form.cleaned_data["source"]),
                by=request.user, file=file, name=file.name, area_code=request.area_code,
            )  # fmt: skip
        except Refused as refusal:
            form.add_error("file", _(str(refusal)))
        else:
            receiving.start(run)
            return redirect("exchange:run", run_id=run.pk)
    context = {"form": form, "sources": sources}
    return render(request, "exchange/upload.html", context, status=422 if form.errors else 200)


@login_required
@require_GET
def run(request: SignedInRequest, run_id: UUID) -> HttpResponse:
    """Show one delivery: its steps, what it brought, what was kept out."""
    return render(request, "exchange/run.html", _run_page(request, run_id))


def _run_page(request: SignedInRequest, run_id: UUID, form: Any = None) -> dict[str, Any]:
    found = queries.run_for(request.user, run_id)
    return {
        "run": found,
        "tone": queries.tone_of(found.state),
        "steps": queries.steps_of(found),
        "remaining": queries.remaining_words(found),
        "notes": queries.notes_of(found),
        "reasons": queries.reasons_of(found),
        "open_rows": queries.open_bad_rows(found),
        "changes": queries.changes_of(found),
        "area_name": queries.area_name(found.area_code),
        "may_approve": permissions.can_approve(request.user, found),
        "may_mend": permissions.can_read_rows(request.user, found),
        "form": form or FileForm(),
    }


@login_required
@require_POST
def approve(request: SignedInRequest, run_id: UUID) -> HttpResponse:
    """Let a waiting delivery through."""
    deciding.approve_run(queries.run_for(request.user, run_id), by=request.user)
    messages.success(request, _("The delivery is let through and is being stored."))
    return redirect("exchange:run", run_id=run_id)


@login_required
@require_POST
def refuse(request: SignedInRequest, run_id: UUID) -> HttpResponse:
    """Turn a waiting delivery away."""
    form = ReasonForm(request.POST)
    if not form.is_valid():
        return render(request, "exchange/run.html", _run_page(request, run_id, form), status=422)
    found = queries.run_for(request.user, run_id)
    deciding.refuse_run(found, by=request.user, reason=form.cleaned_data["reason"])
    messages.success(request, _("The delivery is turned away; nothing was changed."))
    return redirect("exchange:run", run_id=run_id)


@login_required
@require_POST
def roll_back(request: SignedInRequest, run_id: UUID) -> HttpResponse:
    """Undo a delivery as a whole."""
    form = ReasonForm(request.POST)
    if not form.is_valid():
        return render(request, "exchange/run.html", _run_page(request, run_id, form), status=422)
    found = queries.run_for(request.user, run_id)
    deciding.roll_back_run(found, by=request.user, reason=form.cleaned_data["reason"])
    messages.success(request, _("The delivery is undone."))
    return redirect("exchange:run", run_id=run_id)


@login_required
@require_POST
def again(request: SignedInRequest, run_id: UUID) -> HttpResponse:
    """Start a failed delivery anew."""
    deciding.try_again(queries.run_for(request.user, run_id), by=request.user)
    return redirect("exchange:run", run_id=run_id)


@login_required
@require_POST
def mend(request: SignedInRequest, run_id: UUID) -> HttpResponse:
    """Take the corrected bad rows back in."""
    found = queries.run_for(request.user, run_id)
    powers.require(request.user, Power.RUN_IMPORTS, found.area_code)
    form = FileForm(request.POST, request.FILES)
    if not form.is_valid():
        return render(request, "exchange/run.html", _run_page(request, run_id, form), status=422)
    file = form.cleaned_data["file"]
    try:
        mended = mending.mend_rows(found, by=request.user, file=file, name=file.name)
    except Refused as refusal:
        form.add_error("file", _(str(refusal)))
        return render(request, "exchange/run.html", _run_page(request, run_id, form), status=422)
    receiving.start(mended)
    return redirect("exchange:run", run_id=mended.pk)


@login_required
@require_GET
def bad_rows(request: SignedInRequest, run_id: UUID) -> HttpResponse:
    """List the rows of a delivery that could not enter; values stay folded."""
    found = queries.run_for(request.user, run_id)
    rule, state = request.GET.get("rule", ""), request.GET.get("state", "")
    page = page_of(queries.bad_rows_for(request.user, found, rule=rule, state=state), request)
    context = {
        "run": found,
        "page": page,
        "rows": queries.shown_rows(list(page)),
        "filters": queries.bad_row_filters(found),
        "filtered": bool(rule or state),
        "may_mend": permissions.can_read_rows(request.user, found),
    }
    return render(request, "exchange/bad_rows.html", context)


@login_required
@require_POST
def bad_rows_file(request: SignedInRequest, run_id: UUID) -> HttpResponse:
    """Hand out the bad rows as a workbook; the reading is on record."""
    found = queries.run_for(request.user, run_id)
    response = HttpResponse(mending.bad_rows_workbook(found, by=request.user), content_type=XLSX)
    response["Content-Disposition"] = f'attachment; filename="bad-rows-{found.pk}.xlsx"'
    return response


@login_required
@require_http_methods(["GET", "POST"])
def bad_row(request: SignedInRequest, row_id: UUID) -> HttpResponse:
    """Show one bad row; with a reason, also what stands in it, to be corrected right there."""
    row = queries.bad_row_for(request.user, row_id)
    if "mend" in request.POST:
        mended = mending.mend_row(row, by=request.user, texts=texts_from(request.POST))
        receiving.start(mended)
        return redirect("exchange:run", run_id=mended.pk)
    context: dict[str, Any] = {
        "row": row,
        "shown": queries.shown_rows([row])[0],
        "may_mend": permissions.can_read_rows(request.user, row.run),
    }
    form = context["form"] = ReasonForm(*_posted(request)[:1])
    if request.method == "POST" and form.is_valid():
        content = mending.reveal_row(row, by=request.user, reason=form.cleaned_data["reason"])
        context["problems"] = queries.problems_in(content)
        context["cells"] = queries.cells_in(content)
    return render(request, "exchange/bad_row.html", context, status=422 if form.errors else 200)


@login_required
@require_POST
def dismiss(request: SignedInRequest, row_id: UUID) -> HttpResponse:
    """Decide that a bad row is not going to be mended."""
    row = queries.bad_row_for(request.user, row_id)
    form = ReasonForm(request.POST)
    if form.is_valid():
        mending.dismiss_row(row, by=request.user, reason=form.cleaned_data["reason"])
        messages.success(request, _("The row is put aside."))
        return redirect("exchange:bad-rows", run_id=row.run_id)
    context = {"row": row, "shown": queries.shown_rows([row])[0], "may_mend": True, "form": form}
    return render(request, "exchange/bad_row.html", context, status=422)


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
    form = FileForm(*_posted(request))
    context: dict[str, Any] = {
        "source": found,
        "mapping": queries.mapping_of(found),
        "versions": queries.versions_of(found),
        "area_name": queries.area_name(found.area_code),
        "form": form,
    }
    if request.method == "POST" and form.is_valid():
        file = form.cleaned_data["file"]
        try:
            word = samples.keep(file, by=request.user, name=file.name)
            tried = _tried(request, word, found.profile)
            context["tried"] = tried
        except FileRefused as refusal:
            form.add_error("file", queries.refusal_words(refusal.code, refusal.params))
        except Refused as refusal:
            form.add_error("file", _(str(refusal)))
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
    form = SampleForm(*_posted(request))
    if request.method == "POST" and form.is_valid():
        file = form.cleaned_data["file"]
        try:
            word = samples.keep(file, by=request.user, name=file.name)
            samples.look(word, by=request.user, target=form.cleaned_data["target"])
        except FileRefused as refusal:
            form.add_error("file", queries.refusal_words(refusal.code, refusal.params))
        except Refused as refusal:
            form.add_error("file", _(str(refusal)))
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
    form = SourceForm(*_posted(request)[:1])
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
        form.add_error(None, _(str(refusal)))
    return None


@login_required
@require_GET
def feeds(request: SignedInRequest) -> HttpResponse:
    """List the sources that rows arrive from by themselves, and where they may be asked."""
    context = {
        "rows": queries.feeds_for(request.user),
        "ways": queries.ways_for(request.user),
        "may_edit": permissions.can_edit_sources(request.user),
        "may_approve": permissions.is_administrator(request.user),
        "may_see": powers.may(request.user, Power.VIEW_IMPORTS),
    }
    return render(request, "exchange/feeds.html", context)


@login_required
@require_http_methods(["GET", "POST"])
def feed(request: SignedInRequest, source_id: UUID) -> HttpResponse:
    """Ask for a destination of a source; two administrators approve it."""
    powers.require(request.user, Power.EDIT_SOURCES)
    found = queries.source_for(request.user, source_id)
    url = found.profile.get("fetch", {}).get("url", "")
    form = WayForm(*_posted(request)[:1], initial={"url": url})
    if request.method == "POST" and form.is_valid():
        try:
            egress.ask(found, by=request.user, **form.cleaned_data)
        except Refused as refusal:
            form.add_error(None, _(str(refusal)))
        else:
            messages.success(request, _("Asked for. Two administrators have to approve it."))
            return redirect("exchange:feeds")
    context = {"source": found, "form": form, "secret_form": SecretForm()}
    return render(request, "exchange/feed.html", context, status=422 if form.errors else 200)


@login_required
@require_POST
def set_secret(request: SignedInRequest, source_id: UUID) -> HttpResponse:
    """Keep the secret that a source is asked with."""
    powers.require(request.user, Power.EDIT_SOURCES)
    found = queries.source_for(request.user, source_id)
    form = SecretForm(request.POST)
    if form.is_valid():
        egress.set_secret(found, by=request.user, secret=form.cleaned_data["secret"])
        messages.success(request, _("The secret is sealed."))
        return redirect("exchange:feeds")
    context = {"source": found, "form": WayForm(), "secret_form": form}
    return render(request, "exchange/feed.html", context, status=422)


@login_required
@require_POST
def approve_way(request: SignedInRequest, way_id: UUID) -> HttpResponse:
    """Approve a destination as one of two administrators."""
    permissions.require_administrator(request.user)
    way = egress.approve(queries.way_for(request.user, way_id), by=request.user)
    said = _("It is open.") if way.is_open else _("Approved. One more administrator is needed.")
    messages.success(request, said)
    return redirect("exchange:feeds")


@login_required
@require_POST
def end_way(request: SignedInRequest, way_id: UUID) -> HttpResponse:
    """Close a destination."""
    if not permissions.can_edit_sources(request.user):
        permissions.require_administrator(request.user)
    egress.end(queries.way_for(request.user, way_id), by=request.user)
    messages.success(request, _("It is closed. No request goes there any more."))
    return redirect("exchange:feeds")
