"""Addresses of this room."""

from django.urls import path

from qianshou.protection.views import lead, public, signals

app_name = "protection"
urlpatterns = [
    path("report/", public.report, name="report"),
    path("receipt/<str:secret>/", public.receipt, name="receipt"),
    path("mine/", public.mine, name="mine"),
    path("reports/", lead.listed, name="reports"),
    path("reports/<uuid:report_id>/", lead.one, name="one"),
    path("terms/", lead.terms, name="terms"),
    path("signals/", signals.listed, name="signals"),
    path("signals/<uuid:signal_id>/", signals.one, name="signal"),
    path("words/", signals.words, name="words"),
    path("figures/", signals.figures, name="figures"),
]
