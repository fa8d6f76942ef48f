"""Addresses of the app: the office's pages, the public call, and an applicant's own pages."""

from django.urls import path

from qianshou.recruitment.views import campaigns, checks, office, own, public

app_name = "recruitment"
OFFICE = [
    path("", office.applications, name="applications"),
    path("applications/<uuid:application_id>/", office.application, name="application"),
    path("applications/<uuid:application_id>/step/", office.step, name="advance"),
    path("applications/<uuid:application_id>/refuse/", office.refuse, name="refuse"),
    path("applications/<uuid:application_id>/close/", office.close, name="close"),
    path("applications/<uuid:application_id>/decide/", office.decide, name="decide"),
    path("applications/<uuid:application_id>/appeal/", office.decide_appeal, name="decide-appeal"),
    path("applications/<uuid:application_id>/check/", checks.request_check, name="request-check"),
    path("applications/<uuid:application_id>/reference/", checks.reference, name="reference"),
    path("applications/<uuid:application_id>/interview/", checks.interview, name="interview"),
    path("applications/<uuid:application_id>/paper/", checks.paper, name="paper"),
    path("applications/<uuid:application_id>/reveal/<slug:field>/", office.reveal, name="reveal"),
    path("likenesses/<uuid:likeness_id>/", office.likeness, name="likeness"),
    path("checks/<uuid:check_id>/", checks.answer_check, name="answer-check"),
    path("checks/<uuid:check_id>/certificate/", checks.certificate, name="certificate"),
    path("mothers/<uuid:mother_id>/", office.take_over, name="take-over"),
    path("campaigns/", campaigns.calls, name="campaigns"),
    path("campaigns/<uuid:campaign_id>/", campaigns.campaign, name="campaign"),
    path("campaigns/<uuid:campaign_id>/code.svg", campaigns.code, name="campaign-code"),
    path("training/", campaigns.sessions, name="sessions"),
    path("training/<uuid:session_id>/", campaigns.session, name="session"),
    path("lists/", campaigns.lists, name="lists"),
    path("lists/<uuid:load_id>/to-mend/", campaigns.given_back, name="given-back"),
    path("signing/", office.signing, name="signing"),
    path("rules/", campaigns.rules, name="rules"),
    path("promises/", own.promises, name="promises"),
    path("promises/<slug:code>/", own.sign, name="sign-signed-in"),
]
PUBLIC = [
    path("apply/", public.resume, name="resume"),
    path("apply/mine/", public.own, name="own"),
    path("apply/mine/code/", public.renew_code, name="renew-code"),
    path("apply/mine/close/", public.leave, name="leave"),
    path("apply/mine/withdraw/", public.withdraw, name="withdraw"),
    path("apply/mine/appeal/", public.appeal, name="appeal"),
    path("apply/mine/sign/<slug:code>/", public.sign, name="sign"),
    path("apply/mine/<slug:code>/", public.step, name="step"),
    path("apply/to/<slug:slug>/", public.call, name="call"),
]
urlpatterns = OFFICE + PUBLIC
