from django.urls import include, path
from rest_framework.routers import SimpleRouter

from . import views

router = SimpleRouter()
router.register("catalogue", views.Catalogue)

urlpatterns = [
    path("", include(router.urls)),
    path("products/all/", views.ProductList.as_view()),
    path("products/by-page/", views.PagedProductList.as_view()),
    path("products/by-cursor/", views.CursorProductList.as_view()),
    path("products/uncapped/", views.UncappedProductList.as_view()),
    path("products/capped/", views.CappedProductList.as_view()),
    path("products/on-request/", views.OnRequestProductList.as_view()),
    path("products/paged-by-hand/", views.PagedByHandProductList.as_view()),
    path("products/hand-written/", views.HandWrittenProductList.as_view()),
    path("in-stock/filtered-in-python/", views.FilteredInPythonList.as_view()),
    path("in-stock/filtered-in-sql/", views.FilteredInTheDatabaseList.as_view()),
    path("brands/annotated/", views.AnnotatedBrandList.as_view()),
    path("brands/annotated-and-ordered/", views.OrderedBrandList.as_view()),
]
