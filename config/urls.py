"""Every demo's urls.py, mounted below its number."""

from django.apps import apps
from django.urls import include, path

from config.demos import DEMOS

urlpatterns = [path(f"{demo.number}/", include(f"{demo.module}.urls")) for demo in DEMOS]

if apps.is_installed("debug_toolbar"):
    urlpatterns.append(path("__debug__/", include("debug_toolbar.urls")))
