from django.urls import path
from rest_framework.authentication import SessionAuthentication, TokenAuthentication
from rest_framework_simplejwt.authentication import (
    JWTAuthentication,
    JWTStatelessUserAuthentication,
)
from rest_framework_simplejwt.views import TokenBlacklistView, TokenObtainPairView

from . import views

urlpatterns = [
    path("login/", TokenObtainPairView.as_view()),
    path("logout/session/", views.SessionLogout.as_view()),
    path("logout/token/", views.TokenLogout.as_view()),
    path("logout/jwt/", TokenBlacklistView.as_view()),
]

authenticated_by = {
    "session": SessionAuthentication,
    "token": TokenAuthentication,
    "jwt": JWTAuthentication,
    "stateless-jwt": JWTStatelessUserAuthentication,
}
for name, authentication in authenticated_by.items():
    view = views.PurchasePrices.as_view(authentication_classes=[authentication])
    urlpatterns.append(path(f"prices/{name}/", view))
