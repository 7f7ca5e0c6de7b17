from django.urls import path
from django.views.decorators.cache import cache_page

from . import views

urlpatterns = [
    path("products/", views.ProductList.as_view()),
    path("products/naive/", views.NaiveProductList.as_view()),
    path("products/paged/", views.PagedProductList.as_view()),
    path("products/joined/", views.JoinedProductList.as_view()),
    path("products/prefetched/", views.PrefetchedProductList.as_view()),
    path("products/cached/", views.CachedProductList.as_view()),
    path("products/plain-errors/", views.PlainErrorsProductList.as_view()),
    path("products/cached-at-the-url/", cache_page(60)(views.UncachedProductList.as_view())),
    path("products/cache-page/", views.CachePageProductList.as_view()),
    path("products/by-hand/", views.ByHandProductList.as_view()),
    path("schema/inferred/", views.schema, {"name": "inferred"}),
    path("schema/complete/", views.schema, {"name": "complete"}),
]
