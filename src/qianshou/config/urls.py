"""Every address of the site; each app owns those under its own noun."""

from django.urls import include, path

from qianshou.config.api import api

urlpatterns = [
    path("", include("qianshou.web.urls")),
    path("accounts/", include("qianshou.accounts.urls")),
    path("trail/", include("qianshou.audit.urls")),
    path("messages/", include("qianshou.notices.urls")),
    path("data/", include("qianshou.exchange.urls")),
    path("children/", include("qianshou.registry.urls")),
    path("", include("qianshou.consents.urls")),
    path("quality/", include("qianshou.quality.urls")),
    path("mothers/", include("qianshou.mothers.urls")),
    path("recruitment/", include("qianshou.recruitment.urls")),
    path("assessment/", include("qianshou.assessment.urls")),
    path("pairing/", include("qianshou.pairing.urls")),
    path("plans/", include("qianshou.plans.urls")),
    path("protection/", include("qianshou.protection.urls")),
    path("teams/", include("qianshou.teams.urls")),
    path("cases/", include("qianshou.cases.urls")),
    path("visits/", include("qianshou.visits.urls")),
    path("wishes/", include("qianshou.wishes.urls")),
    path("care/", include("qianshou.care.urls")),
    path("bonds/", include("qianshou.bonds.urls")),
    path("support/", include("qianshou.support.urls")),
    path("out/", include("qianshou.outbound.urls")),
    path("language/", include("django.conf.urls.i18n")),
    path("api/v1/", api.urls),
]
