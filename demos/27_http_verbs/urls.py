from django.urls import path
from django.views.decorators.cache import cache_page

from . import views

urlpatterns = [
    path("orders/", views.Orders.as_view()),
    path("orders/<str:reference>/", views.OrderDetail.as_view()),
    path("items/<str:reference>/<str:sku>/", views.ItemDetail.as_view()),
    path("items/put-creates/<str:reference>/<str:sku>/", views.CreatedByPutItemDetail.as_view()),
    path("items/adding/<str:reference>/<str:sku>/", views.AddingItemDetail.as_view()),
    path("buy/by-get/<str:sku>/", views.BuyByGet.as_view(), name="27-buy-by-get"),
    path("buy/by-post/<str:sku>/", views.BuyByPost.as_view(), name="27-buy-by-post"),
    path("products/by-get/<str:sku>/", views.ProductPage.as_view()),
    path("products/by-post/<str:sku>/", views.ProductPage.as_view(buy="27-buy-by-post")),
    path("prices/", cache_page(60)(views.Prices.as_view())),
    path("search/by-post/", views.SearchByPost.as_view()),
    path("search/by-query/", views.SearchByQuery.as_view()),
    path("search/by-safe-query/", views.SearchBySafeQuery.as_view()),
]
