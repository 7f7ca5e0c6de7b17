"""A root urlconf as a project has it: Django looks for its error handlers there and only there."""

from django.urls import include, path

from . import responses, urls

handler404 = responses.not_found
handler500 = responses.server_error

urlpatterns = [path("12/", include(urls))]
