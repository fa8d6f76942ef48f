"""Taking in what lies in a source's watched folder, each file exactly once.

A file is taken when two looks find it unchanged. From then on its name holds the id of its run,
so whatever a crash leaves behind says for itself how far it came.
"""

from django.conf import settings
from django.db import transaction
from django.utils import translation
from django.utils.translation import gettext as _

from qianshou.common import rowsecurity
from qianshou.common.errors import Refused
from qianshou.exchange import queries
from qianshou.exchange.actions import receiving
from qianshou.exchange.connectors import files, folder
from qianshou.exchange.models import Feed, ImportRun

State = ImportRun.State
SEEN = "seen"


def collect(feed: Feed) -> list[ImportRun]:
    """Take in the files that have come to rest, and put away those whose run has ended."""
    code = feed.source.code
    _settle(feed)
    before, now = feed.position.get(SEEN, {}), {}
    for file in folder.waiting(code):
        if before.get(file.key) == file.mark:
            folder.claim(code, file)
        else:
            now[file.key] = file.mark
    feed.position = {SEEN: now}
    with rowsecurity.acting(rowsecurity.SYSTEM):
        feed.save(update_fields=["position"])
    return _take_in(feed)


def _settle(feed: Feed) -> None:
    """Put away the files whose runs have ended, with a word on why one was refused."""
    taken = folder.claimed(feed.source.code)
    with rowsecurity.acting(rowsecurity.SYSTEM):
        ids = [file.run_id for file in taken]
        runs = {run.pk: run for run in ImportRun.objects.filter(pk__in=ids)}
    for file in taken:
        run = runs.get(file.run_id)
        if run is None or run.is_open or run.state in (State.WAITING, State.FAILED):
            continue
        if run.state == State.REFUSED:
            with translation.override(settings.LANGUAGE_CODE):
                why = "\n".join(note["text"] for note in queries.notes_of(run)) or _(run.message)
            folder.put_away(feed.source.code, file, folder.REFUSED, why=why)
        else:
            folder.put_away(feed.source.code, file, folder.DONE)


def _take_in(feed: Feed) -> list[ImportRun]:
    """Open a run for each taken file that has none, also for those of an attempt cut short."""
    taken = folder.claimed(feed.source.code)
    with rowsecurity.acting(rowsecurity.SYSTEM):
        ids = [file.run_id for file in taken]
        known = set(ImportRun.objects.filter(pk__in=ids).values_list("pk", flat=True))
    runs = []
    for file in taken:
        if file.run_id in known:
            continue
        try:
            runs.append(_receive(feed, file))
        except folder.StillWritten:
            folder.give_back(feed.source.code, file)
        except Refused as refusal:
            with translation.override(settings.LANGUAGE_CODE):
                why = str(refusal)
            folder.put_away(feed.source.code, file, folder.REFUSED, why=why)
    return runs


def _receive(feed: Feed, file: folder.Claimed) -> ImportRun:
    """Copy a file and open its run in one transaction; the copy must be of a file at rest."""
    with (
        folder.opened(file) as handle,
        rowsecurity.acting(rowsecurity.SYSTEM),
        transaction.atomic(),
    ):
        run = receiving.receive_file(
            feed.source, by=None, file=handle, name=file.name, run_id=file.run_id,
            area_code=file.area_code or feed.source.area_code,
        )  # fmt: skip
        folder.check_rest(file, handle, files.folder() / run.file_path)
        receiving.start(run)
    return run
