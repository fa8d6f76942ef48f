"""Addresses of consents: the office's pages, the texts, and the guardian's own page."""

from django.urls import path

from qianshou.consents.views import files, public, texts

app_name = "consents"
urlpatterns = [
    path("consents/", files.worklist, name="worklist"),
    path("consents/texts/", texts.catalogue, name="texts"),
    path("consents/texts/<str:purpose>/", texts.versions, name="text"),
    path("consents/texts/<str:purpose>/new/", texts.new_version, name="new-text"),
    path("consents/children/<uuid:child_id>/", files.child, name="child"),
    path("consents/children/<uuid:child_id>/ask/", files.ask, name="ask"),
    path("consents/children/<uuid:child_id>/note/", files.note, name="note"),
    path(
        "consents/children/<uuid:child_id>/withdraw/<str:purpose>/",
        files.withdraw,
        name="withdraw",
    ),
    path("consents/children/<uuid:child_id>/assent/", files.assent, name="assent"),
    path(
        "consents/children/<uuid:child_id>/assents/<uuid:assent_id>/",
        files.words,
        name="words",
    ),
    path("consents/children/<uuid:child_id>/document/", files.authority, name="authority"),
    path(
        "consents/children/<uuid:child_id>/documents/<uuid:authority_id>/end/",
        files.end_authority,
        name="end-authority",
    ),
    path(
        "consents/children/<uuid:child_id>/links/<uuid:request_id>/cancel/",
        files.cancel,
        name="cancel",
    ),
    path("c/<str:token>/", public.sign, name="sign"),
]
