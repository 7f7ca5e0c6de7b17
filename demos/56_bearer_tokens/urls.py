from django.urls import path
from rest_framework.authentication import TokenAuthentication
from rest_framework_simplejwt.authentication import (
    JWTAuthentication,
    JWTStatelessUserAuthentication,
)

from . import authentication, views

urlpatterns = [
    path("login/", views.BoundLogin.as_view()),
    path("discount/", views.Discount.as_view()),
    path("open/", views.OpenWhoAmI.as_view(authentication_classes=[JWTAuthentication])),
]

authenticated_by = {
    "jwt": [JWTAuthentication],
    "stateless-jwt": [JWTStatelessUserAuthentication],
    "standard-jwt": [authentication.StandardJWTAuthentication],
    "bound-jwt": [authentication.BoundJWTAuthentication],
    "token": [TokenAuthentication],
    "token-and-jwt": [TokenAuthentication, JWTAuthentication],
    "bearer-token-first": [authentication.BearerTokenAuthentication, JWTAuthentication],
    "bearer-token-last": [JWTAuthentication, authentication.BearerTokenAuthentication],
}
for name, classes in authenticated_by.items():
    urlpatterns.append(path(f"{name}/", views.WhoAmI.as_view(authentication_classes=classes)))
