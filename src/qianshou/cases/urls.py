"""Addresses of task teams."""

from django.urls import path

from qianshou.cases.views import people, teams, work

app_name = "cases"
urlpatterns = [
    path("", teams.teams, name="teams"),
    path("mine/", people.mine, name="mine"),
    path("mine/<uuid:action_id>/", people.done, name="done"),
    path("children/<uuid:child_id>/open/", teams.open_one, name="open"),
    path("teams/<uuid:team_id>/", teams.team, name="team"),
    path("teams/<uuid:team_id>/paper/", teams.paper, name="paper"),
    path("teams/<uuid:team_id>/answer/", teams.answer, name="answer"),
    path("teams/<uuid:team_id>/lead/", people.lead, name="lead"),
    path("teams/<uuid:team_id>/members/", people.member, name="member"),
    path("members/<uuid:member_id>/end/", people.member_end, name="member-end"),
    path("teams/<uuid:team_id>/strategy/", work.strategy, name="strategy"),
    path("teams/<uuid:team_id>/meetings/", work.plan, name="plan"),
    path("meetings/<uuid:meeting_id>/", work.meeting, name="meeting"),
    path("meetings/<uuid:meeting_id>/off/", work.call_off, name="call-off"),
    path("teams/<uuid:team_id>/actions/", work.give, name="give"),
    path("actions/<uuid:action_id>/", work.action, name="action"),
    path("teams/<uuid:team_id>/review/", work.review, name="review"),
    path("rhythm/", teams.rhythm, name="rhythm"),
]
