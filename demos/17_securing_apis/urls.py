from django.urls import path
from rest_framework.authentication import SessionAuthentication
from rest_framework.permissions import AllowAny
from rest_framework_simplejwt.authentication import (
    JWTAuthentication,
    JWTStatelessUserAuthentication,
)
from rest_framework_simplejwt.views import TokenRefreshView

from . import serializers, views

urlpatterns = [
    path("orders/open/<str:reference>/", views.OpenOrderDetail.as_view()),
    path("orders/signed-in/<str:reference>/", views.SignedInOrderDetail.as_view()),
    path("orders/owner-checked/", views.OwnerCheckedOrderList.as_view()),
    path("orders/owner-checked/<str:reference>/", views.OwnerCheckedOrderDetail.as_view()),
    path("orders/hand-fetched/<str:reference>/", views.HandFetchedOrderDetail.as_view()),
    path("new-orders/owner-checked/", views.OwnerCheckedOrderCreate.as_view()),
    path("new-orders/own/", views.OwnOrderCreate.as_view()),
    path("orders/own/", views.OwnOrderList.as_view()),
    path("orders/own/<str:reference>/", views.OwnOrderDetail.as_view()),
    path("reports/staff/", views.StaffSalesReport.as_view()),
    path("reports/managers/", views.ManagerSalesReport.as_view()),
    path("rates/", views.ShippingRates.as_view(permission_classes=[AllowAny])),
    path("rates/shared/", views.SharedShippingRates.as_view(permission_classes=[AllowAny])),
    path("tokens/refresh/", TokenRefreshView.as_view()),
    path(
        "tokens/refresh-safely/",
        TokenRefreshView.as_view(serializer_class=serializers.SafeTokenRefreshSerializer),
    ),
]

hidden_by = {
    "write-only-fields": serializers.WriteOnlyFieldsSerializer,
    "extra-kwargs": serializers.ExtraKwargsSerializer,
}
for name, serializer in hidden_by.items():
    view = views.AccountDetail.as_view(serializer_class=serializer)
    urlpatterns.append(path(f"accounts/{name}/<str:username>/", view))

authenticated_by = {
    "jwt": [JWTAuthentication],
    "unverified-jwt": [views.UnverifiedJWTAuthentication],
    "stateless-jwt": [JWTStatelessUserAuthentication],
    "jwt-first": [JWTAuthentication, SessionAuthentication],
    "session-first": [SessionAuthentication, JWTAuthentication],
}
for name, classes in authenticated_by.items():
    view = views.ShippingRates.as_view(authentication_classes=classes)
    urlpatterns.append(path(f"rates/{name}/", view))
