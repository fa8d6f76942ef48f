"""Addresses of pairing."""

from django.urls import path

from qianshou.pairing import views

app_name = "pairing"
urlpatterns = [
    path("", views.runs, name="runs"),
    path("start/", views.start, name="start"),
    path("what-if/", views.what_if, name="what-if"),
    path("runs/<uuid:run_id>/", views.run, name="run"),
    path("runs/<uuid:run_id>/cancel/", views.cancel, name="cancel"),
    path("runs/<uuid:run_id>/pairs/", views.proposals, name="proposals"),
    path("runs/<uuid:run_id>/left-over/", views.left_over, name="left-over"),
    path("runs/<uuid:run_id>/fairness/", views.fair, name="fairness"),
    path("runs/<uuid:run_id>/recruitment/", views.recruitment, name="recruitment"),
    path("runs/<uuid:run_id>/certificate/", views.certificate, name="certificate"),
    path("runs/<uuid:run_id>/decide/", views.decide_many, name="decide-many"),
    path("proposals/<uuid:proposal_id>/", views.proposal, name="proposal"),
    path("proposals/<uuid:proposal_id>/decide/", views.decide, name="decide"),
    path("pairs/", views.pairings, name="pairings"),
    path("pairs/<uuid:pairing_id>/end/", views.end, name="end"),
    path("policies/<uuid:policy_id>/", views.policy, name="policy"),
]
