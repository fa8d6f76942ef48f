"""Addresses of pairing."""

from django.urls import path

from qianshou.pairing.views import families, learning, policies, seats, steering, teams
from qianshou.pairing.views import runs as views

app_name = "pairing"
urlpatterns = [
    path("", views.runs, name="runs"),
    path("start/", views.start, name="start"),
    path("what-if/", views.what_if, name="what-if"),
    path("what-if/adopt/", views.adopt, name="adopt"),
    path("runs/<uuid:run_id>/", views.run, name="run"),
    path("runs/<uuid:run_id>/cancel/", views.cancel, name="cancel"),
    path("runs/<uuid:run_id>/pairs/", views.proposals, name="proposals"),
    path("runs/<uuid:run_id>/left-over/", views.left_over, name="left-over"),
    path("runs/<uuid:run_id>/fairness/", views.fair, name="fairness"),
    path("runs/<uuid:run_id>/recruitment/", views.recruitment, name="recruitment"),
    path("runs/<uuid:run_id>/certificate/", views.certificate, name="certificate"),
    path("runs/<uuid:run_id>/decide/", views.decide_many, name="decide-many"),
    path("children/<uuid:child_id>/", families.family, name="family"),
    path("said/<str:kind>/<uuid:said_id>/take-back/", families.take_back, name="take-back"),
    path("proposals/<uuid:proposal_id>/", views.proposal, name="proposal"),
    path("proposals/<uuid:proposal_id>/decide/", views.decide, name="decide"),
    path("proposals/<uuid:proposal_id>/steer/", steering.steer, name="steer"),
    path("steering/<uuid:act_id>/", steering.steering, name="steering"),
    path("steering/<uuid:act_id>/undo/", steering.undo, name="undo-steering"),
    path("runs/<uuid:run_id>/moves/", steering.run_moves, name="moves"),
    path("runs/<uuid:run_id>/repair/", steering.repair, name="repair"),
    path("arrivals/", steering.arrivals, name="arrivals"),
    path("batches/", steering.batches, name="batches"),
    path("pairs/", views.pairings, name="pairings"),
    path("pairs/<uuid:pairing_id>/end/", views.end, name="end"),
    path("teams/", teams.teams, name="teams"),
    path("teams/partners/", teams.partners, name="partners"),
    path("teams/partners/to-mend/", teams.given_back, name="partners-to-mend"),
    path("teams/partners/<uuid:partner_id>/rest/", teams.rest, name="partner-rest"),
    path("teams/accepted/", seats.seats, name="seats"),
    path("teams/accepted/<uuid:seat_id>/end/", seats.end, name="seat-end"),
    path("teams/<uuid:run_id>/", teams.team_run, name="team-run"),
    path("teams/<uuid:run_id>/accept/", seats.accept, name="team-accept"),
    path("teams/<uuid:run_id>/certificate/", seats.certificate, name="team-certificate"),
    path("outcomes/", learning.studies, name="studies"),
    path("outcomes/ask/", learning.ask, name="study-ask"),
    path("outcomes/rows/", learning.experience, name="experience"),
    path("outcomes/<uuid:study_id>/", learning.study, name="study"),
    path("policies/", policies.versions, name="policies"),
    path("policies/new/", policies.draft, name="policy-draft"),
    path("policies/<uuid:policy_id>/", policies.policy, name="policy"),
    path("policies/<uuid:policy_id>/file/", policies.policy_file, name="policy-file"),
    path("policies/<uuid:policy_id>/adopt/", policies.adopt, name="policy-adopt"),
    path(
        "policies/<uuid:policy_id>/beside/<uuid:other_id>/",
        policies.compare,
        name="policy-compare",
    ),
]
