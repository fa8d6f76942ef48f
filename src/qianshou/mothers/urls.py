"""Addresses of the app."""

from django.urls import path

from qianshou.mothers.views import caring, files, mine, serving

app_name = "mothers"
urlpatterns = [
    path("", files.mothers, name="mothers"),
    path("mine/", mine.mine, name="mine"),
    path("mine/pulse/", mine.pulse, name="pulse"),
    path("mine/rest/", mine.rest, name="rest"),
    path("mine/rest/end/", mine.end_rest, name="end-rest"),
    path("mine/help/", mine.ask_help, name="ask-help"),
    path("mine/help/<uuid:request_id>/withdraw/", mine.withdraw_help, name="withdraw-help"),
    path("mine/change/<slug:field>/", mine.ask_change, name="ask-change"),
    path("mine/changes/<uuid:change_id>/withdraw/", mine.withdraw_change, name="withdraw-change"),
    path("mine/paper/", mine.own_paper, name="own-paper"),
    path("mine/certificates/<uuid:certificate_id>/", mine.own_certificate, name="own-certificate"),
    path("care/", caring.worklist, name="care"),
    path("care/help/<uuid:request_id>/", caring.help_request, name="help"),
    path("care/changes/<uuid:change_id>/", caring.decide_change, name="decide-change"),
    path("service/<uuid:entry_id>/correct/", serving.correct, name="correct"),
    path("certificates/<uuid:certificate_id>/", serving.certificate, name="certificate"),
    path("certificates/<uuid:certificate_id>/withdraw/", serving.withdraw, name="withdraw"),
    path("verify/", serving.verify, name="verify-form"),
    path("verify/<str:number>/", serving.verify, name="verify"),
    path("<uuid:mother_id>/", files.mother, name="mother"),
    path("<uuid:mother_id>/capacity/", files.capacity, name="capacity"),
    path("<uuid:mother_id>/state/", files.state, name="state"),
    path("<uuid:mother_id>/reveal/<slug:field>/", files.reveal, name="reveal"),
    path("<uuid:mother_id>/calendar/", caring.calendar, name="calendar"),
    path("<uuid:mother_id>/service/", serving.record, name="record"),
    path("<uuid:mother_id>/number/", serving.number, name="number"),
    path("<uuid:mother_id>/honour/", serving.commend, name="commend"),
    path("<uuid:mother_id>/evaluation/", serving.evaluate, name="evaluate"),
    path("<uuid:mother_id>/certificate/", serving.certify, name="certify"),
    path("<uuid:mother_id>/paper/", serving.paper, name="paper"),
]
