"""Addresses of this room."""

from django.urls import path

from qianshou.teams.views import child, members, public, staff, writing

app_name = "teams"
urlpatterns = [
    path("", staff.gaps, name="gaps"),
    path("children/<uuid:child_id>/", child.child, name="child"),
    path("children/<uuid:child_id>/model/", child.form, name="form"),
    path("children/<uuid:child_id>/end/", child.end, name="end"),
    path("children/<uuid:child_id>/fill/<str:role>/", child.fill, name="fill"),
    path("seats/<uuid:seat_id>/", child.seat, name="seat"),
    path("seats/<uuid:seat_id>/replace/", child.replace, name="replace"),
    path("seats/<uuid:seat_id>/handover/", child.handover, name="handover"),
    path("seats/<uuid:seat_id>/ask/", staff.ask, name="ask"),
    path("tasks/", staff.tasks, name="tasks"),
    path("tasks/<uuid:task_id>/", staff.task, name="task"),
    path("tasks/<uuid:task_id>/link/", staff.link, name="link"),
    path("partners/<uuid:partner_id>/account/", staff.account, name="account"),
    path("models/", writing.models, name="models"),
    path("models/write/", writing.write, name="write"),
    path("models/<uuid:model_id>/", writing.model, name="model"),
    path("models/<uuid:model_id>/adopt/", writing.adopt, name="adopt"),
    path("adoptions/<uuid:adoption_id>/end/", writing.unadopt, name="unadopt"),
    path("mine/", members.mine, name="mine"),
    path("mine/<uuid:seat_id>/", members.card, name="card"),
    path("mine/tasks/<uuid:task_id>/", members.answer, name="answer"),
    path("t/<str:token>/", public.open_link, name="open"),
]
