"""Addresses of the hub: deliveries, the rows that were kept out, and sources."""

from django.urls import path

from qianshou.exchange import views

app_name = "exchange"
urlpatterns = [
    path("", views.runs, name="runs"),
    path("upload/", views.upload, name="upload"),
    path("runs/<uuid:run_id>/", views.run, name="run"),
    path("runs/<uuid:run_id>/approve/", views.approve, name="approve"),
    path("runs/<uuid:run_id>/refuse/", views.refuse, name="refuse"),
    path("runs/<uuid:run_id>/roll-back/", views.roll_back, name="roll-back"),
    path("runs/<uuid:run_id>/again/", views.again, name="again"),
    path("runs/<uuid:run_id>/bad-rows/", views.bad_rows, name="bad-rows"),
    path("runs/<uuid:run_id>/bad-rows.xlsx", views.bad_rows_file, name="bad-rows-file"),
    path("runs/<uuid:run_id>/mend/", views.mend, name="mend"),
    path("rows/<uuid:row_id>/", views.bad_row, name="bad-row"),
    path("rows/<uuid:row_id>/dismiss/", views.dismiss, name="dismiss"),
    path("feeds/", views.feeds, name="feeds"),
    path("feeds/<uuid:source_id>/", views.feed, name="feed"),
    path("feeds/<uuid:source_id>/secret/", views.set_secret, name="set-secret"),
    path("ways/<uuid:way_id>/approve/", views.approve_way, name="approve-way"),
    path("ways/<uuid:way_id>/end/", views.end_way, name="end-way"),
    path("sources/", views.sources, name="sources"),
    path("sources/new/", views.new_source, name="new-source"),
    path("sources/map/<str:sample>/", views.map_source, name="map-source"),
    path("sources/<uuid:source_id>/", views.source, name="source"),
]
