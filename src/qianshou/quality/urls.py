"""Addresses of the quality of data."""

from django.urls import path

from qianshou.quality import views

app_name = "quality"
urlpatterns = [
    path("", views.scorecards, name="scorecards"),
    path("now/", views.score_now, name="score-now"),
    path("linkage/", views.linkage, name="linkage"),
    path("linkage/draw/", views.draw, name="draw"),
    path("linkage/next/", views.next_pair, name="next-pair"),
    path("linkage/pairs/<uuid:pair_id>/", views.pair, name="pair"),
    path("linkage/pairs/<uuid:pair_id>/take-back/", views.take_back, name="take-back"),
    path("<str:area_code>/<uuid:source_id>/", views.scorecard, name="scorecard"),
    path("<str:area_code>/<uuid:source_id>/report.xlsx", views.report, name="report"),
]
