"""Addresses of daily care: a mother's pages, her phone app, and the pages of those who follow."""

from django.urls import path

from qianshou.care.views import mother, phone, recordings, silence, staff

app_name = "care"
urlpatterns = [
    path("", mother.today, name="today"),
    path("pairings/<uuid:pairing_id>/log/", mother.log, name="log"),
    path("pairings/<uuid:pairing_id>/next/", mother.plan, name="plan"),
    path("versions/<uuid:appointment_id>/", mother.settle, name="settle"),
    path("questions/<uuid:reply_id>/", mother.question, name="question"),
    path("my-phones/", mother.my_phones, name="my-phones"),
    path("my-phones/<uuid:device_id>/", mother.revoke_own, name="revoke-own"),
    path("phone/", phone.app, name="app"),
    path("phone/worker.js", phone.worker, name="worker"),
    path("phone/manifest.webmanifest", phone.manifest, name="manifest"),
    path("phone/day/", phone.day, name="day"),
    path("phone/sync/", phone.sync, name="sync"),
    path("phone/recordings/<uuid:key>/", phone.enclosure, name="part"),
    path("recordings/<uuid:enclosure_id>/", recordings.content, name="recording"),
    path("contacts/", staff.contact_list, name="contacts"),
    path("contacts/<uuid:contact_id>/", staff.contact, name="contact"),
    path("overdue/", silence.overdue, name="overdue"),
    path("overdue/acts/", silence.bulk, name="overdue-bulk"),
    path("silence/", silence.figures, name="silence"),
    path("clock/", silence.rules, name="clock"),
    path("clock/set/", silence.set_rules, name="clock-set"),
    path("clock/<uuid:version_id>/", silence.rules_file, name="clock-file"),
    path("held/", staff.held_list, name="held-list"),
    path("held/<uuid:held_id>/", staff.held, name="held"),
    path("phones/", staff.phone_list, name="phones"),
    path("phones/<uuid:device_id>/", staff.phone, name="phone"),
    path("disputed/", staff.disputed, name="disputed"),
]
