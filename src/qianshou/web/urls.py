"""Addresses of the shell."""

from django.urls import path

from qianshou.web import views

app_name = "web"
urlpatterns = [
    path("", views.home, name="home"),
    path("look/", views.look, name="look"),
    path("area/", views.area, name="area"),
    path("pulse/", views.pulse, name="pulse"),
    path("components/", views.components, name="components"),
]
