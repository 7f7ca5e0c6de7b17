from django.urls import path
from django.views.decorators.cache import cache_page
from rest_framework.routers import SimpleRouter

from . import views

designs = {
    "by-hand": views.ByHandCategories,
    "wrap-all": views.WrapAllCategories,
    "renderer": views.RendererCategories,
    "problem": views.ProblemCategories,
    "naive": views.NaiveHandlerCategories,
    "catch-all": views.CatchAllCategories,
}

router = SimpleRouter()
for name, viewset in designs.items():
    router.register(f"{name}/categories", viewset, basename=name)

urlpatterns = [
    *router.urls,
    path(
        "cached/by-hand/<slug:slug>/",
        cache_page(60)(views.ByHandCategories.as_view({"get": "retrieve"})),
    ),
    path(
        "cached/renderer/<slug:slug>/",
        cache_page(60)(views.RendererCategories.as_view({"get": "retrieve"})),
    ),
    path("two-renderers/<slug:slug>/", views.TwoRendererCategories.as_view({"get": "retrieve"})),
]
