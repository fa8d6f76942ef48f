"""Addresses of children's files."""

from django.urls import path

from qianshou.registry.views import (
    asking,
    deciding,
    files,
    joining,
    lists,
    setting,
    today,
)

app_name = "registry"
urlpatterns = [
    path("", lists.children, name="children"),
    path("coverage/", lists.coverage, name="coverage"),
    path("today/", today.today, name="today"),
    path("today/<uuid:notice_id>/visit/", today.visit, name="visit"),
    path("doubts/", deciding.doubts, name="doubts"),
    path("doubts/next/", deciding.next_doubt, name="next-doubt"),
    path("doubts/review/", deciding.review, name="review"),
    path("doubts/<uuid:doubt_id>/", deciding.doubt, name="doubt"),
    path("doubts/<uuid:doubt_id>/reopen/", deciding.reopen, name="reopen"),
    path("events/<uuid:event_id>/undo/", joining.undo, name="undo"),
    path("<uuid:child_id>/", files.child, name="child"),
    path("<uuid:child_id>/rows/", files.rows, name="rows"),
    path("<uuid:child_id>/family/", files.family, name="family"),
    path("<uuid:child_id>/history/", files.history, name="history"),
    path("<uuid:child_id>/reveal/", files.reveal, name="reveal"),
    path(
        "<uuid:child_id>/guardians/<uuid:stands_id>/reveal/",
        files.reveal_guardian,
        name="reveal-guardian",
    ),
    path("<uuid:child_id>/ask/", asking.ask, name="ask"),
    path("<uuid:child_id>/place/", files.place, name="place"),
    path("<uuid:child_id>/values/<slug:field>/", setting.value, name="value"),
    path("<uuid:child_id>/merge/", joining.merge, name="merge"),
    path("<uuid:child_id>/rows/<uuid:record_id>/split/", joining.split, name="split"),
]
