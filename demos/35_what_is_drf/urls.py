from django.urls import path
from django.views.decorators.cache import cache_page
from rest_framework.routers import SimpleRouter

from . import views

router = SimpleRouter()
router.register("defaults/tags", views.DefaultTags, basename="35-defaults")
router.register("signed-in/tags", views.SignedInTags, basename="35-signed-in")
router.register("json/tags", views.JsonTags, basename="35-json")

tags = views.DefaultTags.as_view({"get": "list"})
urlpatterns = [
    *router.urls,
    path("plain/", views.PlainView.as_view()),
    path("drf/", views.DrfView.as_view()),
    path("cached/by-url/", views.cached_by_url(tags)),
    path("cached/by-vary/", cache_page(60)(tags)),
    path("bodies/read/", views.ReadingView.as_view()),
    path("bodies/unread/", views.DeafView.as_view()),
    path("answers/response/", views.ReturnsResponse.as_view()),
    path("answers/dict/", views.ReturnsDict.as_view()),
]
