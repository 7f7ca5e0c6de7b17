from django.urls import path
from rest_framework.routers import SimpleRouter

from . import views

router = SimpleRouter(use_regex_path=False)
router.register("categories", views.CategoryViewSet)
router.register("orders", views.OrderViewSet)

variants = SimpleRouter()
variants.register("read-only/categories", views.ReadOnlyCategoryViewSet, "read-only")
variants.register("search/viewset", views.ViewSetSearch, "search")
variants.register("search/generic-viewset", views.GenericViewSetSearch, "generic-search")
variants.register("stale/list", views.StaleListViewSet, "stale-list")
variants.register("stale/get-queryset", views.StaleGetQuerysetViewSet, "stale-get-queryset")
variants.register("by-action/key-error", views.KeyErrorViewSet, "key-error")
variants.register("by-action/fallback", views.FallbackViewSet, "fallback")

urlpatterns = [
    *router.urls,
    *variants.urls,
    path("by-hand/categories/", views.CategoryListByHand.as_view()),
    path("by-hand/categories/<slug:slug>/", views.CategoryByHand.as_view()),
    path("by-hand/categories/by-id/<str:pk>/", views.CategoryByIdByHand.as_view()),
    path("generic/categories/", views.GenericCategoryList.as_view()),
    path("generic/categories/<slug:slug>/", views.GenericCategory.as_view()),
    path("category-count/", views.category_count),
    path("pay/forgetful/<str:reference>/", views.ForgetfulPayOrder.as_view()),
    path("pay/<str:reference>/", views.PayOrder.as_view()),
    path("search/apiview/", views.APIViewSearch.as_view()),
    path("search/list-api-view/", views.ListAPIViewSearch.as_view()),
    path("stale/guarded-apiview/", views.GuardedAPIView.as_view()),
]
