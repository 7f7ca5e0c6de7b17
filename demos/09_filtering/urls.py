from django.urls import path

from . import views

urlpatterns = [
    path("products/", views.FilteredProductList.as_view()),
    path("products/no-backend/", views.NoBackendProductList.as_view()),
    path("products/old-name/", views.OldNameProductList.as_view()),
    path("products/named-fields/", views.NamedFieldsProductList.as_view()),
    path("products/range/lookups/", views.PriceLookupsProductList.as_view()),
    path("products/range/filter/", views.PriceRangeProductList.as_view()),
    path("products/in-python/", views.PythonFilteredProductList.as_view()),
    path("products/strict/", views.StrictProductList.as_view()),
    path("products/tags/naive/", views.NaiveTagProductList.as_view()),
    path("products/tags/distinct/", views.DistinctTagProductList.as_view()),
    path("products/tags/all/", views.AllTagsProductList.as_view()),
    path("products/tags/searched/", views.SearchedTagProductList.as_view()),
    path("products/untagged/lenient/", views.LenientUntaggedProductList.as_view()),
    path("products/untagged/strict/", views.StrictUntaggedProductList.as_view()),
    path("products/several-brands/", views.SeveralBrandsProductList.as_view()),
    path("products/category-by-text/", views.CategoryByTextProductList.as_view()),
    path("products/<str:sku>/", views.FilteredProductDetail.as_view()),
    path("products/<str:sku>/unfiltered/", views.UnfilteredProductDetail.as_view()),
    path("orders/separate/", views.SeparateItemOrderList.as_view()),
    path("orders/since/", views.OrderedSinceOrderList.as_view()),
    path("orders/one-item/", views.OneItemOrderList.as_view()),
]
