"""Addresses of the app."""

from django.urls import path

from qianshou.mothers import views

app_name = "mothers"
urlpatterns = [
    path("", views.mothers, name="mothers"),
    path("mine/", views.mine, name="mine"),
    path("<uuid:mother_id>/", views.mother, name="mother"),
    path("<uuid:mother_id>/capacity/", views.capacity, name="capacity"),
    path("<uuid:mother_id>/state/", views.state, name="state"),
    path("<uuid:mother_id>/reveal/<slug:field>/", views.reveal, name="reveal"),
]
