"""The tables of department data, one name for all of them."""

from qianshou.exchange.models.contracts import Agreement, Drift, RunTrace
from qianshou.exchange.models.deliveries import ImportRun, QuarantinedRow, Record, RecordQuerySet
from qianshou.exchange.models.questions import Question
from qianshou.exchange.models.sources import (
    Egress,
    Feed,
    PushBatch,
    Source,
    SourceVersion,
    StreamMessage,
    Way,
)

__all__ = [
    "Agreement",
    "Drift",
    "Egress",
    "Feed",
    "ImportRun",
    "PushBatch",
    "QuarantinedRow",
    "Question",
    "Record",
    "RecordQuerySet",
    "RunTrace",
    "Source",
    "SourceVersion",
    "StreamMessage",
    "Way",
]
