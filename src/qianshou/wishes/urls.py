"""Addresses of wishes: the public ones, the office's, and a mother's."""

from django.urls import path

from qianshou.wishes.views import office, public

app_name = "wishes"
urlpatterns = [
    path("open/", public.open_wishes, name="open"),
    path("open/<slug:slug>/", public.take, name="take"),
    path("code/<str:ticket>/", public.code, name="code"),
    path("giver/<str:secret>/", public.giver, name="giver"),
    path("", office.wishes, name="wishes"),
    path("mine/", office.mine, name="mine"),
    path("new/<uuid:child_id>/", office.make, name="make"),
    path("<uuid:wish_id>/", office.wish, name="wish"),
    path("<uuid:wish_id>/screen/", office.screen, name="screen"),
    path("<uuid:wish_id>/act/", office.act, name="act"),
    path("<uuid:wish_id>/giver/", office.who_gives, name="who-gives"),
]
