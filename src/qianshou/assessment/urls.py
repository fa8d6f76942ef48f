"""Addresses of the app."""

from django.urls import path

from qianshou.assessment import views

app_name = "assessment"
urlpatterns = [
    path("", views.grades, name="grades"),
    path("children/<uuid:child_id>/", views.child, name="child"),
    path("figures/", views.figures, name="figures"),
    path("instrument/", views.instrument, name="instrument"),
]
