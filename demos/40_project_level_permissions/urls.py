from django.urls import path
from rest_framework.authtoken.views import ObtainAuthToken
from rest_framework.permissions import (
    AllowAny,
    IsAdminUser,
    IsAuthenticated,
    IsAuthenticatedOrReadOnly,
)
from rest_framework.views import APIView

from . import views

urlpatterns = [
    path("products/default/<str:sku>/", views.ProductDetail.as_view()),
    path("products/live/<str:sku>/", views.LiveProductDetail.as_view()),
    path("products/function/<str:sku>/", views.product_for_staff),
    path("products/plain/<str:sku>/", views.plain_product),
    path("token/", ObtainAuthToken.as_view()),
]

permitted_by = {
    "any": [AllowAny],
    "signed-in": [IsAuthenticated],
    "admin": [IsAdminUser],
    "read-only": [IsAuthenticatedOrReadOnly],
    "empty": [],
    "not-suspended": [views.IsNotSuspended],
    "both": [*APIView.permission_classes, views.IsNotSuspended],
}
for name, classes in permitted_by.items():
    view = views.ProductDetail.as_view(permission_classes=classes)
    urlpatterns.append(path(f"products/{name}/<str:sku>/", view))
