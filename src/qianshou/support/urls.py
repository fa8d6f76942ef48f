"""Addresses of support."""

from django.urls import path

from qianshou.support.views import care, ending, moving

app_name = "support"
urlpatterns = [
    path("", care.worklist, name="worklist"),
    path("bulk/", care.bulk, name="bulk"),
    path("digest/", care.digest, name="digest"),
    path("pairs/<uuid:pairing_id>/", care.pairing, name="pairing"),
    path("pairs/<uuid:pairing_id>/state/", care.state, name="state"),
    path("pairs/<uuid:pairing_id>/contact/<str:side>/", care.contact, name="contact"),
    path("pairs/<uuid:pairing_id>/close/", ending.begin, name="close"),
    path("pairs/<uuid:pairing_id>/complain/", moving.complain, name="complain"),
    path("contacts/<uuid:contact_id>/", care.said, name="said"),
    path("endings/", ending.listed, name="endings"),
    path("endings/<uuid:ending_id>/", ending.ending, name="ending"),
    path("endings/<uuid:ending_id>/finish/", ending.finish, name="finish"),
    path("steps/<uuid:step_id>/", ending.step, name="step"),
    path("steps/<uuid:step_id>/talk/", ending.talk, name="talk"),
    path("bars/<uuid:bar_id>/lift/", ending.lift, name="lift"),
    path("duties/", ending.duties, name="duties"),
    path("duties/<uuid:duty_id>/", ending.do, name="duty"),
    path("complaints/", moving.complaints, name="complaints"),
    path("complaints/<uuid:complaint_id>/", moving.complaint, name="complaint"),
    path("transfers/", moving.listed, name="transfers"),
    path("transfers/<uuid:transfer_id>/", moving.transfer, name="transfer"),
    path("children/<uuid:child_id>/move/", moving.move_child, name="move-child"),
    path("mothers/<uuid:mother_id>/move/", moving.move_mother, name="move-mother"),
    path("schedule/", moving.schedule, name="schedule"),
    path("schedule/<uuid:version_id>/", moving.schedule_file, name="schedule-file"),
    path("schedule/<uuid:version_id>/adopt/", moving.adopt, name="schedule-adopt"),
]
