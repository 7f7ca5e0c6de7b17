from django.urls import include, path
from rest_framework.routers import DefaultRouter, SimpleRouter

from . import views

router = SimpleRouter(use_regex_path=False)
router.register("categories", views.Categories)
router.register("members", views.MemberCategories, basename="member")

# Three ways to treat the slash at the end: the router above demands it.

without_slash = SimpleRouter(trailing_slash=False)
without_slash.register("without/categories", views.Categories)

either = SimpleRouter()
either.trailing_slash = "/?"
either.register("either/categories", views.Categories)

# It adds a root, and a second URL for each format.

linked = DefaultRouter()
linked.register("categories", views.LinkedCategories, basename="linked")

urlpatterns = [
    *router.urls,
    *without_slash.urls,
    *either.urls,
    path("linked/", include(linked.urls)),
    path("slug-first/<slug:slug>/", views.OneCategory.as_view()),
    path("slug-first/first/", views.FirstCategory.as_view()),
    path("name-first/first/", views.FirstCategory.as_view()),
    path("name-first/<slug:slug>/", views.OneCategory.as_view()),
]
