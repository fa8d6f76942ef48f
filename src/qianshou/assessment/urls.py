"""Addresses of the app."""

from django.urls import path

from qianshou.assessment.views import children as views
from qianshou.assessment.views import scales

app_name = "assessment"
urlpatterns = [
    path("", views.grades, name="grades"),
    path("children/<uuid:child_id>/", views.child, name="child"),
    path("children/<uuid:child_id>/ask/", views.ask, name="ask"),
    path("children/<uuid:child_id>/safe/", views.safe, name="safe"),
    path("asked/<uuid:inquiry_id>/", views.asked, name="asked"),
    path("due/", views.due, name="due"),
    path("figures/", views.figures, name="figures"),
    path("instrument/", views.instrument, name="instrument"),
    path("instrument/versions/", scales.versions, name="versions"),
    path("instrument/versions/<uuid:version_id>/", scales.version, name="version"),
    path("instrument/versions/<uuid:version_id>/file/", scales.file, name="version-file"),
    path("instrument/versions/<uuid:version_id>/numbers/", scales.numbers, name="numbers"),
    path("instrument/versions/<uuid:version_id>/adopt/", scales.adopt, name="adopt"),
]
