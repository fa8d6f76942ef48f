"""Addresses of a person's messages, and of those that could not be sent."""

from django.urls import path

from qianshou.notices import views

app_name = "notices"
urlpatterns = [
    path("", views.mine, name="mine"),
    path("read/", views.read_all, name="read-all"),
    path("quiet/", views.quiet, name="quiet"),
    path("calendar/", views.calendar, name="calendar"),
    path("calendar/set/", views.set_calendar, name="calendar-set"),
    path("calendar/<uuid:version_id>/", views.calendar_file, name="calendar-file"),
    path("aside/", views.aside, name="aside"),
    path("<uuid:notice_id>/", views.open_notice, name="open"),
    path("<uuid:notice_id>/again/", views.again, name="again"),
]
