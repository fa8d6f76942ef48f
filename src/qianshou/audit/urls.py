"""Addresses of the trail."""

from django.urls import path

from qianshou.audit import views

app_name = "audit"
urlpatterns = [path("", views.trail, name="trail")]
