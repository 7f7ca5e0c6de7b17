"""The URLs of a project that includes the login inside the namespace of a version."""

from django.urls import include, path

from . import urls

urls_of_version_1 = [path("api-auth/", include("rest_framework.urls"))]

urlpatterns = [
    path("39/", include(urls)),
    path("39/v1/", include((urls_of_version_1, "v1"))),
]
