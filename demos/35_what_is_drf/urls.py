from django.urls import path
from django.views.decorators.cache import cache_page
from rest_framework.routers import SimpleRouter

from . import views

designs = {
    "defaults": views.DefaultTags,
    "signed-in": views.SignedInTags,
    "json": views.JsonTags,
}

router = SimpleRouter()
for name, viewset in designs.items():
    router.register(f"{name}/tags", viewset, basename=name)

listed = {"get": "list"}
urlpatterns = [
    *router.urls,
    path("plain/", views.PlainView.as_view()),
    path("drf/", views.DrfView.as_view()),
    path("cached/by-url/", views.CachedByUrl.as_view(listed)),
    path("cached/by-vary/", cache_page(60)(views.DefaultTags.as_view(listed))),
    path("bodies/read/", views.ReadingView.as_view()),
    path("bodies/unread/", views.DeafView.as_view()),
    path("answers/response/", views.ReturnsResponse.as_view()),
    path("answers/dict/", views.ReturnsDict.as_view()),
]
