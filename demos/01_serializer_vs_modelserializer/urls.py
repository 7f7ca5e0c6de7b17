from django.urls import path
from rest_framework.generics import CreateAPIView

from . import serializers, views

endpoints = [
    ("brands/bare/", CreateAPIView, serializers.BareBrandSerializer),
    ("brands/plain/", CreateAPIView, serializers.PlainBrandSerializer),
    ("brands/guarded/", CreateAPIView, serializers.GuardedBrandSerializer),
    ("brands/model/", CreateAPIView, serializers.ModelBrandSerializer),
    ("brands/declared/", CreateAPIView, serializers.DeclaredNameSerializer),
    ("brands/extra-kwargs/", CreateAPIView, serializers.ExtraKwargsNameSerializer),
    ("brands/<str:name>/bare/", views.BrandUpdate, serializers.BareBrandSerializer),
    ("brands/<str:name>/plain/", views.BrandUpdate, serializers.PlainBrandSerializer),
    ("brands/<str:name>/model/", views.BrandUpdate, serializers.ModelBrandSerializer),
    ("quotes/plain/", views.Quote, serializers.QuoteSerializer),
    ("quotes/model/", views.Quote, serializers.ModelessQuoteSerializer),
    ("orders/<str:reference>/plain/", views.OrderDetail, serializers.PlainOrderSerializer),
    ("orders/<str:reference>/model/", views.OrderDetail, serializers.ModelOrderSerializer),
    ("orders/<str:reference>/nested/plain/", views.OrderDetail, serializers.PlainNestedSerializer),
    ("orders/<str:reference>/nested/model/", views.OrderDetail, serializers.ModelNestedSerializer),
    ("orders/without-create/", CreateAPIView, serializers.WithoutCreateSerializer),
    ("orders/with-create/", CreateAPIView, serializers.WithCreateSerializer),
    ("orders/<str:reference>/items/at-save/", views.ItemAtSave, serializers.ItemSerializer),
    ("orders/<str:reference>/items/hidden/", views.Item, serializers.HiddenOrderSerializer),
    ("prices/<str:sku>/", views.PriceUpdate, serializers.PriceSerializer),
    ("vouchers/model/", CreateAPIView, serializers.VoucherSerializer),
    ("vouchers/full-clean/", CreateAPIView, serializers.FullCleanVoucherSerializer),
]
urlpatterns = [path(url, view.as_view(serializer_class=cls)) for url, view, cls in endpoints]
