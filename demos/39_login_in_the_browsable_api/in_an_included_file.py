"""The URLs of a project that has the login at another path, in a list that it includes."""

from django.urls import include, path

from . import urls

urls_of_the_shop = [path("door/", include("rest_framework.urls"))]

urlpatterns = [
    path("39/", include(urls)),
    path("39/shop/", include(urls_of_the_shop)),
]
