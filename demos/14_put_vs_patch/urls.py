from django.urls import path

from . import serializers, views

urlpatterns = [
    path("products/plain/<str:sku>/", views.ProductDetail.as_view()),
    path(
        "products/replacing/<str:sku>/",
        views.ProductDetail.as_view(serializer_class=serializers.ReplacingProductSerializer),
    ),
    path(
        "products/changed/<str:sku>/",
        views.ProductDetail.as_view(serializer_class=serializers.ChangedOnlyProductSerializer),
    ),
    path("products/restocking/<str:sku>/", views.Restock.as_view()),
    path("products/condition/<str:sku>/", views.CheckedBeforeProductDetail.as_view()),
    path("products/if-match/<str:sku>/", views.IfMatchProductDetail.as_view()),
    path("products/locked-queryset/<str:sku>/", views.LockedQuerysetProductDetail.as_view()),
    path("orders/plain/<str:reference>/", views.OrderDetail.as_view()),
    path("orders/guarded/<str:reference>/", views.GuardedOrderDetail.as_view()),
    path(
        "orders/forgetful/<str:reference>/",
        views.OrderDetail.as_view(serializer_class=serializers.ForgetfulOrderSerializer),
    ),
    path(
        "orders/changed/<str:reference>/",
        views.OrderDetail.as_view(serializer_class=serializers.ChangedOnlyOrderSerializer),
    ),
    path("subscription/", views.Subscription.as_view()),
]
