"""Addresses of checklists, care plans, goals, guidance, and the parents' own choice."""

from django.urls import path

from qianshou.plans.views import checklist, goals, guidance, parents, plan

app_name = "plans"
urlpatterns = [
    path("", plan.unfulfilled, name="unfulfilled"),
    path("mine/", plan.mine, name="mine"),
    path("pairs/<uuid:pairing_id>/", plan.plan, name="plan"),
    path("pairs/<uuid:pairing_id>/tick/", plan.tick, name="tick"),
    path("pairs/<uuid:pairing_id>/goal/", goals.new, name="new-goal"),
    path("pairs/<uuid:pairing_id>/parents/", parents.note, name="parents"),
    path("ticks/<uuid:tick_id>/withdraw/", plan.withdraw, name="withdraw"),
    path("ticks/<uuid:tick_id>/note/", plan.read_note, name="tick-note"),
    path("goals/<uuid:goal_id>/", goals.goal, name="goal"),
    path("goals/<uuid:goal_id>/step/", goals.step, name="goal-step"),
    path("goals/<uuid:goal_id>/change/", goals.change, name="change-goal"),
    path("goals/<uuid:goal_id>/words/", goals.words, name="goal-words"),
    path("checklist/", checklist.listed, name="checklist"),
    path("checklist/<uuid:version_id>/", checklist.version, name="version"),
    path("checklist/<uuid:version_id>/edit/", checklist.edit, name="edit-checklist"),
    path("checklist/<uuid:version_id>/adopt/", checklist.adopt, name="adopt-checklist"),
    path("checklist/<uuid:version_id>/move/", checklist.move, name="move-pairs"),
    path("guidance/", guidance.listed, name="guidance-list"),
    path("guidance/<uuid:guidance_id>/", guidance.guidance, name="guidance"),
    path("guidance/<uuid:guidance_id>/read/", guidance.read, name="guidance-read"),
    path("children/<uuid:child_id>/guidance/", guidance.begin, name="begin-guidance"),
    path("sessions/<uuid:session_id>/", guidance.session, name="session"),
    path("homework/<uuid:homework_id>/", guidance.homework, name="homework"),
    path("guardians/<uuid:guardian_id>/reminders/", parents.set_reminders, name="set-reminders"),
    path("parents/<str:token>/", parents.reminders, name="reminders"),
]
