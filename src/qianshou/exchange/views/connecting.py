"""The pages on which a department is connected: its way, its columns, its bounds, its switch."""

from collections.abc import Mapping
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
from qianshou.exchange.actions import connecting
from qianshou.exchange.connectors import samples, trying
from qianshou.exchange.connectors.failures import PullFailed
from qianshou.exchange.connectors.profile_files import UnfitProfile
from qianshou.exchange.forms import (
    CONNECTIONS,
    BoundsForm,
    ConnectForm,
    FileForm,
    mapping_from,
    required_from,
)
from qianshou.exchange.http import posted
from qianshou.exchange.queries import connections
from qianshou.exchange.rules.problems import FileRefused


@login_required
@require_http_methods(["GET", "POST"])
def connect(request: SignedInRequest) -> HttpResponse:
    """Begin a source whose rows arrive by themselves."""
    powers.require(request.user, Power.EDIT_SOURCES)
    form = ConnectForm(*posted(request)[:1])
    if request.method == "POST" and form.is_valid():
        data = dict(form.cleaned_data)
        data["fetch"] = {"kind": data.pop("kind")}
        try:
            source = connecting.begin(data, by=request.user, area_code=request.area_code)
        except Refused as refusal:
            form.add_error("code", str(refusal))
        else:
            return redirect("exchange:connection", source_id=source.pk)
    status = 422 if form.errors else 200
    return render(request, "exchange/connect.html", {"form": form}, status=status)


@login_required
@require_http_methods(["GET", "POST"])
def connection(request: SignedInRequest, source_id: UUID) -> HttpResponse:
    """Say where a source's rows come from."""
    powers.require(request.user, Power.EDIT_SOURCES)
    source = queries.source_for(request.user, source_id)
    fetch = connections.fetch_of(source)
    form = CONNECTIONS[fetch["kind"]](*posted(request)[:1], fetch=fetch)
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        try:
            connecting.connect(
                source, {**connections.unshown(fetch, form.base_fields), **form.fetch()},
                by=request.user, addresses=given.get("addresses", ()),
                secret=given.get("secret", ""),
            )  # fmt: skip
        except UnfitProfile as refusal:
            _put(form, refusal)
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, _("Kept. Test it next."))
            return redirect("exchange:connection", source_id=source.pk)
    return _connection_page(request, source, form)


def _put(form: Any, refusal: UnfitProfile) -> None:
    """Say what is wrong with a key at the field it came from, or above the form."""
    name = refusal.key.removeprefix("fetch.")
    # The address of a database is asked for in parts.
    name = "host" if name == "url" and "host" in form.fields else name
    if name in form.fields:
        form.add_error(name, refusal.says)
    else:
        form.add_error(None, str(refusal))


def _connection_page(request: SignedInRequest, source: Any, form: Any, **more: Any) -> HttpResponse:
    context = {
        "source": source,
        "form": form,
        "parts": connections.parts_of(form, source.profile["fetch"]["kind"]),
        "steps": connections.steps_of(source, "connection"),
        "ways": queries.ways_for(request.user, source),
        "about": connections.about(source),
        "may_test": source.profile["fetch"]["kind"] in connecting.PULLED,
        "goes_out": source.profile["fetch"]["kind"] in (*connecting.PULLED, "stream"),
        **more,
    }
    status = 422 if form.errors else 200
    return render(request, "exchange/connection.html", context, status=status)


@login_required
@require_POST
def test(request: SignedInRequest, source_id: UUID) -> HttpResponse:
    """Ask a source once and say in words what came of it."""
    powers.require(request.user, Power.EDIT_SOURCES)
    source = queries.source_for(request.user, source_id)
    fetch = connections.fetch_of(source)
    form = CONNECTIONS[fetch["kind"]](fetch=fetch)
    sample, problem = _asked(request, source)
    found = {"columns": sample.names, "rows": len(sample.rows)} if sample else None
    return _connection_page(request, source, form, tested=found, problem=problem)


def _asked(request: SignedInRequest, source: Any) -> tuple[trying.Sample | None, str]:
    """Return a look at a source, or why there is none, in words."""
    try:
        return connecting.test(source, by=request.user), ""
    except PullFailed as failure:
        return None, connections.problem_words(failure.problem)
    except Refused as refusal:
        return None, str(refusal)


@login_required
@require_http_methods(["GET", "POST"])
def columns(request: SignedInRequest, source_id: UUID) -> HttpResponse:
    """Say what each column means, on live rows or on a sample file, and look at the result."""
    powers.require(request.user, Power.EDIT_SOURCES)
    source = queries.source_for(request.user, source_id)
    if source.profile.get("fetch", {}).get("kind") not in connecting.PULLED:
        return _columns_of_a_file(request, source)
    sample, problem = _asked(request, source)
    if sample is None:
        context = {"source": source, "problem": problem,
                   "steps": connections.steps_of(source, "columns")}  # fmt: skip
        return render(request, "exchange/columns.html", context, status=200)
    return _mapping_page(request, source, sample)


def _columns_of_a_file(request: SignedInRequest, source: Any) -> HttpResponse:
    """Map the columns of a source that sends files: on a sample of them."""
    word = request.GET.get("sample", "")
    file_form = FileForm(*(posted(request) if "sample" in request.POST else (None, None)))
    if file_form.is_bound and file_form.is_valid():
        file = file_form.cleaned_data["file"]
        try:
            word = samples.keep(file, by=request.user, name=file.name)
            samples.sample_of(word, by=request.user, target=source.target)
        except (FileRefused, Refused) as refusal:
            file_form.add_error("file", connections.refusal_words(refusal))
        else:
            address = redirect("exchange:columns", source_id=source.pk)
            address["Location"] += f"?sample={word}"
            return address
    if word and not file_form.errors:
        sample = samples.sample_of(word, by=request.user, target=source.target)
        return _mapping_page(request, source, sample, word=word)
    context = {"source": source, "file_form": file_form,
               "steps": connections.steps_of(source, "columns")}  # fmt: skip
    status = 422 if file_form.errors else 200
    return render(request, "exchange/columns.html", context, status=status)


def _mapping_page(
    request: SignedInRequest, source: Any, sample: trying.Sample, *, word: str = ""
) -> HttpResponse:
    mapping = connections.mapping_on(source, sample.names)
    required = connections.required_in(source)
    errors: list[str] = []
    context: dict[str, Any] = {
        "source": source, "steps": connections.steps_of(source, "columns"), "word": word,
    }  # fmt: skip
    if request.method == "POST":
        mapping = mapping_from(request.POST, sample.names, source.target)
        required = required_from(request.POST, mapping, sample.names)
        try:
            if "save" in request.POST:
                connecting.map_columns(source, mapping, by=request.user, required=required)
                samples.drop(word, by=request.user)
                messages.success(request, _("The columns are mapped."))
                return redirect("exchange:source", source_id=source.pk)
            context["tried"] = _tried(source, sample, mapping=mapping, required=required)
        except (FileRefused, Refused) as refusal:
            errors = [connections.refusal_words(refusal)]
    context |= {
        "columns": samples.live_columns(
            sample, source, mapping=mapping, required=required
        ),
        "errors": errors,
    }  # fmt: skip
    return render(request, "exchange/columns.html", context, status=422 if errors else 200)


def _tried(
    source: Any,
    sample: trying.Sample,
    *,
    mapping: Mapping[str, str],
    required: list[str],
) -> dict[str, Any]:
    data = {**source.profile, **connecting.columns_of(source, mapping, required=required)}
    found = trying.check(
        sample, data, source=source, area_code=source.area_code, today=timezone.localdate()
    )
    return samples.preview_of(found, connections.agreed(source, data))


@login_required
@require_http_methods(["GET", "POST"])
def bounds(request: SignedInRequest, source_id: UUID) -> HttpResponse:
    """Set how often a source is expected and what one delivery may change unseen."""
    powers.require(request.user, Power.EDIT_SOURCES)
    source = queries.source_for(request.user, source_id)
    now = connections.bounds_of(source)
    form = BoundsForm(
        *posted(request)[:1], initial=now, wholes=connections.wholes_beside(now["whole_every"])
    )
    if request.method == "POST" and form.is_valid():
        changes = form.changes(source.profile.get("trust", {}))
        try:
            connecting.bound(source, changes, by=request.user)
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, _("The bounds are set."))
            return redirect("exchange:source", source_id=source.pk)
    context = {"source": source, "form": form}
    return render(request, "exchange/bounds.html", context, status=422 if form.errors else 200)


@login_required
@require_POST
def switch(request: SignedInRequest, source_id: UUID) -> HttpResponse:
    """Let a source deliver, or stop it."""
    powers.require(request.user, Power.EDIT_SOURCES)
    source = queries.source_for(request.user, source_id)
    try:
        changed = connecting.switch(source, on="on" in request.POST, by=request.user)
    except Refused as refusal:
        messages.error(request, str(refusal))
    else:
        said = _("It is on: its rows are fetched at the next full minute or taken as they come.")
        messages.success(request, said if changed.is_active else _("It is off."))
    return redirect("exchange:source", source_id=source.pk)
