from django.urls import include, path
from rest_framework.routers import DefaultRouter, Route, SimpleRouter

from . import views


def filled(router, viewsets):
    """The router with these viewsets. No other router has a basename that it gives to them."""
    for prefix, viewset in viewsets.items():
        router.register(prefix, viewset, f"62 {type(router).__name__} {prefix}")
    return router


class ReadOnlyRouter(SimpleRouter):
    routes = [
        Route("^{prefix}/$", {"get": "list"}, "{basename}-list", False, {}),
        Route("^{prefix}/{lookup}/$", {"get": "retrieve"}, "{basename}-detail", True, {}),
    ]


class OpenRouter(DefaultRouter):
    APIRootView = views.OpenRoot


simple = filled(
    SimpleRouter(),
    {
        "categories": views.Categories,
        "with-lists": views.CategoriesWithLists,
        "products": views.Products,
        "by-regex/products": views.ProductsByRegex,
        "orders": views.Orders,
    },
)
without_slash = filled(SimpleRouter(trailing_slash=False), {"without-slash/orders": views.Orders})
by_path = filled(
    SimpleRouter(use_regex_path=False),
    {"by-path/products": views.Products, "by-slug/products": views.ProductsBySlug},
)
read_only = filled(ReadOnlyRouter(), {"read-only/categories": views.Categories})
default = filled(
    DefaultRouter(),
    {
        "categories": views.Categories,
        "products": views.ProductsByRegex,
        "details": views.CategoryDetails,
        "without-format": views.CategoriesWithoutFormat,
    },
)
open_to_all = filled(OpenRouter(), {"categories": views.Categories})

# Nothing refuses the second one.

one_prefix = SimpleRouter()
one_prefix.register("one-prefix/categories", views.CategoryNames, "names-at-one-prefix")
one_prefix.register("one-prefix/categories", views.Categories, "all-at-one-prefix")

# Each of three routers has a "crate", and a router knows only its own names.


def router_of_crates():
    router = DefaultRouter()
    router.register("crates", views.Categories, "crate")
    return router


urlpatterns = [
    *simple.urls,
    *without_slash.urls,
    *by_path.urls,
    *read_only.urls,
    *one_prefix.urls,
    path("default/", include(default.urls)),
    path("open/", include(open_to_all.urls)),
    path("north/", include(router_of_crates().urls)),
    path("south/", include(router_of_crates().urls)),
    path("east/", include((router_of_crates().urls, "east"))),
]
