from django.urls import path
from rest_framework.routers import SimpleRouter

from . import views

routed = {
    "bare": views.Bare,
    "created-and-read": views.CreatedAndRead,
    "updated": views.Updated,
    "read-only": views.ReadOnly,
    "full": views.Full,
}

router = SimpleRouter()
for prefix, viewset in routed.items():
    router.register(prefix, viewset, basename=f"64 {prefix}")

urlpatterns = [
    *router.urls,
    path("names/<slug:slug>/", views.NameOfCategory.as_view()),
    path("bare-view/", views.BareView.as_view()),
    path("mixin/view/", views.MixinInView.as_view()),
    path("mixin/viewset/", views.MixinInViewSet.as_view({"get": "list"})),
    path("list/", views.CategoryList.as_view()),
    path("search/misspelt/", views.MisspeltSearch.as_view()),
    path("search/right/", views.RightSearch.as_view()),
    path("own-get/", views.OwnGet.as_view()),
    path("own-get-with-hooks/", views.OwnGetWithHooks.as_view()),
    path("mixin-first/orders/", views.MixinFirst.as_view()),
    path("mixin-last/orders/", views.MixinLast.as_view()),
    path("without/queryset/", views.WithoutQueryset.as_view()),
    path("without/serializer/", views.WithoutSerializer.as_view()),
    path("without/lookup/<slug:slug>/", views.WithoutLookup.as_view()),
]
