"""Learning a model from a long delivery before it is linked, portion by portion.

A portion is too small to learn from. The first rows of the delivery, with the rows on file that
they meet, are what one transaction would have held without portions. Nothing is stored but the
model.
"""

from qianshou.common.identity import new_ids
from qianshou.engines.linkage import engine, prepare
from qianshou.exchange.events import RowsComing
from qianshou.registry.actions import modelling, neighbours, sources
from qianshou.registry.rules import columns


def learn_from(event: RowsComing) -> None:
    """Learn a model if these rows and their neighbours teach more than the one at hand."""
    newest = modelling.newest()
    on_file = neighbours.rows_on_file()
    # Rows meet about as many on file as they are; a first department meets nobody.
    if not on_file or not modelling.enough(3 * len(event.rows), newest):
        return
    ids = new_ids(len(event.rows))
    rows = [
        (str(row_id), columns.engine_row(values, event.department))
        for row_id, values in zip(ids, event.rows, strict=True)
    ]
    feeds = sources.feeds()
    for each in neighbours.near(neighbours.tokens_of(neighbours.frame_of(rows))):
        row = columns.engine_row(each.values, feeds[each.source].department)
        rows.append((str(each.record), row))
    frame = neighbours.frame_of(rows)
    if not modelling.teaches(frame, newest):
        return
    model = engine.estimated(prepare.prepare(frame.to_dict(), len(frame), columns.spec()))
    modelling.store(model, len(frame))
