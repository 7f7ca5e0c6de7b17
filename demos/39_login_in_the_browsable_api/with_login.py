"""The URLs of a project with the login: a ROOT_URLCONF for the tests.

This repository has one project, and its other demos show pages without a login.
"""

from django.urls import include, path

from . import urls

urlpatterns = [
    path("39/", include(urls)),
    path("39/api-auth/", include("rest_framework.urls")),  # new
]
