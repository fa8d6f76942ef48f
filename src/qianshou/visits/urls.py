"""Addresses of home visits."""

from django.urls import path, register_converter

from qianshou.visits.rules.days import DayConverter
from qianshou.visits.views import planning, visits

register_converter(DayConverter, "day")

app_name = "visits"
DAY = "days/<slug:town>/<day:day>/<uuid:lead_id>/"
urlpatterns = [
    path("", planning.due, name="due"),
    path("plan/", planning.plan, name="plan"),
    path("planned/", planning.planned, name="planned"),
    path(DAY, planning.day, name="day"),
    path(f"{DAY}sheet/", planning.sheet, name="sheet"),
    path("to-write/", visits.to_write, name="to-write"),
    path("tasks/", visits.task_list, name="tasks"),
    path("tasks/<uuid:task_id>/", visits.task, name="task"),
    path("mine/", visits.mine, name="mine"),
    path("book/", planning.book, name="book"),
    path("book/file/", planning.book_file, name="book-file"),
    path("<uuid:visit_id>/", visits.visit, name="visit"),
    path("<uuid:visit_id>/sign/", visits.sign, name="sign"),
    path("<uuid:visit_id>/end/", visits.end, name="end"),
    path("<uuid:visit_id>/write/", visits.write, name="write"),
    path("<uuid:visit_id>/read/", visits.read, name="read"),
]
