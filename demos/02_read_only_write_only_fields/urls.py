from django.urls import path
from rest_framework.generics import CreateAPIView

from . import serializers, views

endpoints = [
    ("cards/<str:pk>/generated/", views.CardDetail, serializers.GeneratedPointsSerializer),
    ("cards/<str:pk>/declared/", views.CardDetail, serializers.DeclaredPointsSerializer),
    ("cards/<str:pk>/read-only/", views.CardDetail, serializers.ReadOnlyPointsSerializer),
    ("cards/<str:pk>/misspelt-name/", views.CardDetail, serializers.MisspeltNameSerializer),
    ("cards/<str:pk>/misspelt-option/", views.CardDetail, serializers.MisspeltOptionSerializer),
    ("cards/<str:pk>/refusing/", views.CardDetail, serializers.RefusingSerializer),
    ("cards/<str:pk>/hidden-field/", views.CardDetail, serializers.HiddenDefaultSerializer),
    ("cards/<str:pk>/pin-at-creation/", views.CardDetail, serializers.PinAtCreationSerializer),
    ("cards/<str:pk>/extra-kwargs/", views.CardDetail, serializers.ExtraKwargsSerializer),
    ("cards/write-only-fields/", CreateAPIView, serializers.WriteOnlyFieldsSerializer),
    ("cards/listed/", views.CardList, serializers.ExtraKwargsSerializer),
    ("cards/leaking/", views.LeakingCardList, serializers.ExtraKwargsSerializer),
    ("cards/pin-at-creation/", CreateAPIView, serializers.PinAtCreationSerializer),
    ("cards/extra-kwargs/", CreateAPIView, serializers.ExtraKwargsSerializer),
    ("cards/declared-extra-kwargs/", CreateAPIView, serializers.DeclaredPinSerializer),
    ("cards/declared-write-only/", CreateAPIView, serializers.WriteOnlyPinSerializer),
    ("presents/read-only-default/", CreateAPIView, serializers.ReadOnlyDefaultSerializer),
    ("presents/hidden-field/", CreateAPIView, serializers.HiddenDefaultSerializer),
    ("presents/save/", views.PresentCreate, serializers.GeneratedPointsSerializer),
    ("redemptions/trusting/", CreateAPIView, serializers.TrustingRedemptionSerializer),
    ("redemptions/", views.RedemptionCreate, serializers.RedemptionSerializer),
    ("redemptions/<str:pk>/depth/", views.RedemptionDetail, serializers.DepthSerializer),
    ("redemptions/<str:pk>/nested/", views.RedemptionDetail, serializers.NestedSerializer),
    ("users/as-sent/", CreateAPIView, serializers.AsSentUserSerializer),
    ("users/hashed/", CreateAPIView, serializers.HashedUserSerializer),
]
urlpatterns = [path(url, view.as_view(serializer_class=cls)) for url, view, cls in endpoints]
