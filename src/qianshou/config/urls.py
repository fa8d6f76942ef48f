"""Every address of the site; each app owns those under its own noun."""

from django.urls import include, path

from qianshou.config.api import api

urlpatterns = [
    path("", include("qianshou.web.urls")),
    path("accounts/", include("qianshou.accounts.urls")),
    path("trail/", include("qianshou.audit.urls")),
    path("data/", include("qianshou.exchange.urls")),
    path("children/", include("qianshou.registry.urls")),
    path("quality/", include("qianshou.quality.urls")),
    path("mothers/", include("qianshou.mothers.urls")),
    path("assessment/", include("qianshou.assessment.urls")),
    path("pairing/", include("qianshou.pairing.urls")),
    path("out/", include("qianshou.outbound.urls")),
    path("language/", include("django.conf.urls.i18n")),
    path("api/v1/", api.urls),
]
