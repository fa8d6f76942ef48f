"""Addresses of what goes out: receivers of messages, and exports."""

from django.urls import path

from qianshou.outbound.views import exports, receivers

app_name = "outbound"
urlpatterns = [
    path("receivers/", receivers.receivers, name="receivers"),
    path("receivers/new/", receivers.new_receiver, name="new-receiver"),
    path("receivers/<uuid:receiver_id>/", receivers.receiver, name="receiver"),
    path("receivers/<uuid:receiver_id>/way/", receivers.ask_way, name="ask-way"),
    path("receivers/<uuid:receiver_id>/secret/", receivers.set_secret, name="set-secret"),
    path("receivers/<uuid:receiver_id>/pause/", receivers.pause, name="pause"),
    path("receivers/<uuid:receiver_id>/resume/", receivers.resume, name="resume"),
    path("receivers/<uuid:receiver_id>/again/", receivers.send_again, name="send-again"),
    path("receivers/<uuid:receiver_id>/try/", receivers.try_out, name="try-out"),
    path("ways/<uuid:way_id>/approve/", receivers.approve_way, name="approve-way"),
    path("ways/<uuid:way_id>/end/", receivers.end_way, name="end-way"),
    path("exports/", exports.exports, name="exports"),
    path("exports/new/", exports.new_export, name="new-export"),
    path("exports/<uuid:export_id>/", exports.export, name="export"),
    path("exports/<uuid:export_id>/decide/", exports.decide, name="decide"),
    path("exports/<uuid:export_id>/file/", exports.open_file, name="open-file"),
]
