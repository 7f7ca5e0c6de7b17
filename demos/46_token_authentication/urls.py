from django.urls import path
from rest_framework.authentication import TokenAuthentication
from rest_framework.authtoken.views import obtain_auth_token
from rest_framework_simplejwt.authentication import (
    JWTAuthentication,
    JWTStatelessUserAuthentication,
)
from rest_framework_simplejwt.views import TokenObtainPairView

from . import views

urlpatterns = [
    path("login/token/", obtain_auth_token),
    path("login/jwt/", TokenObtainPairView.as_view()),
    path("rotate/by-assigning/", views.RotateByAssigning.as_view()),
    path("rotate/", views.Rotate.as_view()),
]

authenticated_by = {
    "token": TokenAuthentication,
    "bearer-token": views.BearerTokenAuthentication,
    "jwt": JWTAuthentication,
    "stateless": JWTStatelessUserAuthentication,
}
asked = {
    "me/": views.WhoAmI,
    "orders/<str:reference>/": views.OrderDetail,
    "orders-by-text/<str:reference>/": views.OrderDetailByText,
    "products/<str:sku>/": views.ProductDetail,
    "points/": views.Points,
    "points-by-id/": views.PointsById,
}
for name, authentication in authenticated_by.items():
    for route, view in asked.items():
        urlpatterns.append(
            path(f"{name}/{route}", view.as_view(authentication_classes=[authentication]))
        )
